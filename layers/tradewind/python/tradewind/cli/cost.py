"""`tradewind cost`: what a month costs, counted over the real functions and priced by a dated list."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Json
from tradewind.cli.errors import CommandError
from tradewind.cli.output import emit_json, emit_table, note

if TYPE_CHECKING:
    from tradewind.cli.pricing.bill import Bill, Line
    from tradewind.cli.pricing.templates import Deployment

PROFILES = ("minimal", "standard", "full")
TITLES = {
    "deciding": "From slice to ledger",
    "around": "Fetching and watching",
    "keeping": "Kept for years",
}
DEFAULT = (90, 611)


def register(parent: typer.Typer) -> None:
    """Add the command."""
    parent.command(rich_help_panel="Ask")(cost)


def cost(
    *,
    instruments: Annotated[
        list[int] | None, typer.Option("--instruments", "-n", min=5, help="How many at one minute; 90 and 611 without.")
    ] = None,
    env: Annotated[str, typer.Option("--env", metavar="ENV", help="Whose sizes and fixed items: dev or prod.")] = "dev",
    metered: Annotated[
        bool, typer.Option("--metered", help="What an environment has really used, by its logs.")
    ] = False,
    hours: Annotated[int, typer.Option("--hours", min=1, max=744, help="With --metered: how far back.")] = 24,
    as_json: Json = False,
) -> None:
    """Say what a month costs, line by line, at AWS's list prices without a free tier.

    The functions themselves run here over an in-memory AWS, with five positions held and fifty orders a day; their
    calls, bytes and CPU time are counted and extrapolated to a month. Nothing is deployed and nothing is asked of AWS.

    For example:

      tradewind cost --instruments 30

      tradewind cost --env prod --json

      tradewind cost --metered --env local

    With --metered nothing is assumed: each function logs what it used, for which strategies, and that is added up.
    """
    if metered:
        _show_metered(env, hours, as_json=as_json)
        return
    bills = [_bill(count, env, quiet=as_json) for count in instruments or DEFAULT]
    fixed = _fixed(env, bills[-1])
    if as_json:
        emit_json(_data(bills, fixed))
        return
    for bill in bills:
        _print(bill)
    for profile, lines in fixed.items():
        _table(f"Fixed, profile {profile}", lines, sum(line.dollars for line in lines))
    _notes()


def _show_metered(env: str, hours: int, *, as_json: bool) -> None:
    from tradewind.cli.deployed import connect
    from tradewind.cli.pricing import metered

    deployed = connect(env)
    spending = metered.spent(deployed, hours)
    if as_json:
        emit_json(metered.to_json(spending))
        return
    if not spending.functions:
        typer.echo(f"the functions of {env} have logged nothing that they used in this time")
        return
    functions = ("function", "calls", "ms", "requests", "read units", "write units", "$")
    emit_table("By function", functions, metered.function_rows(spending), functions[1:])
    strategies = ("strategy", "decisions", "signals", "$", "$ a signal")
    emit_table("\nBy strategy", strategies, metered.strategy_rows(spending), strategies[1:])
    typer.echo(
        f"\n${spending.dollars:.6f} in all, at the list prices that `tradewind cost` shows; logs and storage apart"
    )


def _bill(count: int, environment: str, *, quiet: bool) -> "Bill":
    try:
        from tradewind.cli.pricing.sample import take
    except ModuleNotFoundError as error:
        raise CommandError(
            f"{error.name} is missing: `tradewind cost` runs from a checkout after `make setup`"
        ) from None
    from tradewind.cli.pricing.bill import Bill
    from tradewind.cli.pricing.templates import deployment

    if not quiet:
        note(f"counting what {count} instruments use …")
    return Bill(take(count), deployment(environment, PROFILES[0]).terms())


def _fixed(environment: str, bill: "Bill") -> "dict[str, list[Line]]":
    from tradewind.cli.pricing.templates import deployment

    found: dict[str, Deployment] = {profile: deployment(environment, profile) for profile in PROFILES}
    return {profile: one.fixed(bill.stored) for profile, one in found.items()}


def _print(bill: "Bill") -> None:
    count = bill.sample.scenario.count
    for part, title in TITLES.items():
        lines = [line for line in bill.lines() if line.part == part]
        _table(f"{title}, {count} instruments at one minute", lines, bill.total(part))
    typer.echo(f"  {count} instruments in all: ${bill.total(*TITLES):.2f} a month\n")


def _table(title: str, lines: "Sequence[Line]", total: float) -> None:
    rows = [(line.name, f"{line.dollars:.3f}", line.detail) for line in lines]
    emit_table(title, ("", "$ a month", "of"), [*rows, ("together", f"{total:.3f}", "")], ("$ a month",))
    typer.echo()


def _notes() -> None:
    from tradewind.cli.pricing import assumptions

    for text in assumptions():
        typer.echo(f"  · {text}")


def _data(bills: "Sequence[Bill]", fixed: "dict[str, list[Line]]") -> dict[str, Any]:
    from dataclasses import asdict

    from tradewind.cli.pricing import assumptions
    from tradewind.domain.prices import DATE, LIST, REGION

    return {
        "prices": {"date": DATE, "region": REGION, **asdict(LIST)},
        "bills": [
            {
                "instruments": bill.sample.scenario.count,
                "from_slice_to_ledger": bill.total("deciding"),
                "with_fetching": bill.total("deciding", "around"),
                "in_all": bill.total(*TITLES),
                "lines": [asdict(line) for line in bill.lines()],
            }
            for bill in bills
        ],
        "fixed": {profile: [asdict(line) for line in lines] for profile, lines in fixed.items()},
        "assumptions": list(assumptions()),
    }
