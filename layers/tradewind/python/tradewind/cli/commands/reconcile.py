"""`reconcile`: the ledger beside its venue, now."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Account, By, Environment, Json
from tradewind.cli.errors import CommandError, InputError

if TYPE_CHECKING:
    from tradewind.cli.asking import Asking
    from tradewind.cli.deployed import Deployed

_FUNCTION = "reconcile"
_EVERY = 0.5


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reconcile", rich_help_panel="Operate")(reconcile)


def reconcile(
    *,
    env: Environment = "local",
    account: Account = None,
    accept: Annotated[bool, typer.Option("--accept", help="Take the venue's balances for right, and say why.")] = False,
    reason: Annotated[str, typer.Option(help="With --accept: why; it is journaled and announced.")] = "",
    by: By = None,
    wait: Annotated[int, typer.Option(min=0, help="With --accept: seconds to wait until the ledger shows it.")] = 60,
    as_json: Json = False,
) -> None:
    """Hold each account's ledger beside what its venue says: orders, fills, positions and balances.

    What the venue can prove is booked, once and by its own ids. What nobody can explain halts its instrument, or the
    account where it is money, and both sides are shown. The same runs every five minutes by itself. Accounts on paper
    have no other side: `tradewind ledger verify` looks at those. Exit code 1 if anything differs.

    For example:

      tradewind reconcile --env prod

      tradewind reconcile --env prod --account kraken --accept --reason "moved 0.5 BTC to cold storage"
    """
    from tradewind.cli.commands.ledger import accounts
    from tradewind.cli.deployed import connect

    deployed = connect(env)
    chosen = accounts(deployed, account)
    at_venues = [one.name for one in deployed.configuration.accounts if one.venue != "PAPER" and one.name in chosen]
    if not at_venues:
        raise CommandError(
            f"{', '.join(chosen)} trades on paper, where the ledger is the venue: `tradewind ledger verify`"
        )
    if accept:
        _accept(env, at_venues, reason, by, wait)
    found = _asked(deployed, account or "")
    _show(found, as_json=as_json)
    raise typer.Exit(0 if all(one["alike"] for one in found) else 1)


def _asked(deployed: "Deployed", account: str) -> list[dict[str, Any]]:
    """Let the function look, for only functions may read the keys of accounts.

    Raises
    ------
    CommandError
        If it is not there, or fails.
    """
    import json

    from tradewind.cli.output import note

    function = deployed.functions.get(_FUNCTION)
    if function is None:
        raise CommandError(f"{deployed.environment} was deployed without accounts at venues: deploy it again")
    payload = json.dumps({"account": account}).encode()
    note("asking the venue; it takes some seconds")
    answer = deployed.client("lambda").invoke(FunctionName=function, Payload=payload)
    told = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        raise CommandError(f"the comparison failed: {told.get('errorMessage', told)}; its log says more")
    rows: list[dict[str, Any]] = told["accounts"]
    return rows


def _accept(env: str, names: list[str], reason: str, by: str | None, wait: int) -> None:
    from tradewind.adapters.sqs import SqsOrderQueue
    from tradewind.cli.asking import Asking
    from tradewind.domain.commands import Command, CommandMessage
    from tradewind.domain.timeframe import DAY
    from tradewind.execution.reconciling import NOWHERE

    if len(names) != 1 or not reason:
        raise InputError("say whose balances you accept, and why: --account NAME --reason TEXT")
    asking = Asking.of(env, by, None)
    at, before = time.time_ns() // 1_000_000, _adopted(asking, names[0])
    message = CommandMessage(Command.ACCEPT, names[0], NOWHERE, at, reason, asking.by, asking.key, at - DAY)
    SqsOrderQueue(asking.deployed.client("sqs"), asking.deployed.output("OrderQueueUrl"), "").send([message])
    until = time.monotonic() + wait
    while _adopted(asking, names[0]) == before:
        if time.monotonic() > until:
            raise CommandError("the ledger does not show it yet: see `tradewind dlq list`, and try again")
        time.sleep(_EVERY)


def _adopted(asking: "Asking", account: str) -> int:
    found = asking.ledger.snapshot(account, (), ()).account
    return found.adopted if found else 0


def _show(found: list[dict[str, Any]], *, as_json: bool) -> None:
    from tradewind.cli.output import coloured, emit_json, emit_table

    if as_json:
        emit_json(found)
        return
    rows: list[tuple[object, ...]] = []
    for one in found:
        verdict = coloured("alike", "green") if one["alike"] else coloured("differs", "red")
        if one["failure"]:
            verdict = coloured("not compared", "yellow")
        told = [(each["action"], each["text"]) for each in one["findings"]]
        lines = told or [("", one["failure"] or "orders, fills, positions and balances are alike")]
        rows += [(one["account"] if i == 0 else "", verdict if i == 0 else "", *line) for i, line in enumerate(lines)]
    emit_table("", ("account", "", "done", "what"), rows)
