"""`ledger verify` and `ledger pnl`: whether the ledger is what was written, and what it earned."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.cli.deployed import Deployed

ledger = typer.Typer(no_args_is_help=True)

Account = Annotated[str | None, typer.Option(metavar="NAME", help="One account; without it, all of them.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(ledger, name="ledger", rich_help_panel="Operate",
                  help="Verify the ledger to its first entry; profit and loss from its fills.")  # fmt: skip


@ledger.command("verify")
def verify(*, env: Environment = "local", account: Account = None, as_json: Json = False) -> None:
    """Hash every journal entry again, and add up every fill.

    Each account's journal must be one unbroken chain that ends where the account says; its fills must be those that the
    journal tells; cash and every position must be the sum of the fills. The first entry that was altered, moved or lost
    is named. Exit code 1 if anything is wrong.

    For example:

      tradewind ledger verify --env prod

      tradewind ledger verify --account paper --json
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis.verifying import journals, verified
    from tradewind.cli.output import coloured, emit_json, emit_table

    deployed = connect(env)
    results = [verified(deployed, name) for name in journals(deployed, account)]
    broken = [result for result in results if result.faults]
    if as_json:
        emit_json([result.to_json() for result in results])
    else:
        for result in results:
            verdict = coloured("wrong", "red") if result.faults else coloured("whole", "green")
            lines = result.faults or (f"{result.entries} entries, {result.fills} fills, head {result.head}",)
            emit_table("", (result.journal, ""), [(verdict if i == 0 else "", text) for i, text in enumerate(lines)])
    raise typer.Exit(1 if broken else 0)


@ledger.command("pnl")
def pnl(
    *,
    by: Annotated[str, typer.Option(metavar="NAMES", help="Of strategy, instrument, day.")] = "strategy,instrument",
    env: Environment = "local",
    account: Account = None,
    as_json: Json = False,
) -> None:
    """Show what was realised, by strategy, instrument and day (UTC), after fees.

    For example:

      tradewind ledger pnl --by strategy

      tradewind ledger pnl --by day,instrument --json
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis.verifying import earnings
    from tradewind.cli.output import emit_json, emit_table

    names = tuple(name.strip() for name in by.split(","))
    unknown = [name for name in names if name not in {"strategy", "instrument", "day"}]
    if unknown:
        raise InputError(f"cannot group by {', '.join(unknown)}: use strategy, instrument, day")
    deployed = connect(env)
    rows: list[dict[str, Any]] = [
        row for name in accounts(deployed, account) for row in earnings(deployed, name, names)
    ]
    if as_json:
        emit_json(rows)
    elif not rows:
        typer.echo("nothing has filled yet")
    else:
        numeric = ("entries", "exits", "won", "fees", "realised")
        emit_table("", tuple(rows[0]), [tuple(row.values()) for row in rows], numeric)


def accounts(deployed: "Deployed", account: str | None) -> list[str]:
    """Return the accounts that are meant.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    known = [one.name for one in deployed.configuration.accounts]
    if account is not None and account not in known:
        raise InputError(f"unknown account {account!r}: {deployed.environment} has {', '.join(known)}")
    return known if account is None else [account]
