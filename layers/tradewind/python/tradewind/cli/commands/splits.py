"""`data split`: what looks like a split of shares, and saying whether it is one."""

import time
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.commands import data
from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import CommandError, InputError

if TYPE_CHECKING:
    from tradewind.cli.deployed import Deployed
    from tradewind.domain.splits import Split

app = typer.Typer(no_args_is_help=True)
Instrument = Annotated[str, typer.Argument(metavar="ID", help="As AAPL.US.")]
_PATIENCE = 60


def register(_: typer.Typer) -> None:
    """Add the commands."""
    data.app.add_typer(app, name="split", help="Jumps of shares that look like splits: list, confirm, deny.")


@app.command("list")
def listing(*, env: Environment = "local", as_json: Json = False) -> None:
    """List jumps that were held back, and what was said of them.

    For example:

      tradewind data split list --env prod
    """
    from tradewind.adapters.dynamodb.splits import DynamoSplits
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json, emit_table
    from tradewind.cli.times import iso

    rows = [
        {"instrument": one.instrument, "from": iso(one.ts), "factor": one.factor, "state": str(one.state),
         "before": one.before, "after": one.after}
        for one in DynamoSplits(connect(env).market).every()
    ]  # fmt: skip
    if as_json:
        emit_json(rows)
    elif not rows:
        typer.echo("nothing looked like a split")
    else:
        emit_table("", tuple(rows[0]), [tuple(row.values()) for row in rows], ("factor", "before", "after"))


@app.command()
def confirm(
    instrument: Instrument,
    *,
    factor: Annotated[float | None, typer.Option(min=0, help="New shares for one old, where it is another.")] = None,
    env: Environment = "local",
) -> None:
    """Say that a jump is a split: positions, orders and stops are scaled, then its bars enter.

    Raw bars stay as they were told; series are read on one scale, and strategies warm up anew on the new one.

    For example:

      tradewind data split confirm AAPL.US

      tradewind data split confirm ACME.US --factor 0.1
    """
    from tradewind.adapters.dynamodb.splits import DynamoSplits
    from tradewind.cli.deployed import connect
    from tradewind.domain.splits import SplitState

    deployed = connect(env)
    split = _suspected(deployed, instrument).becomes(SplitState.CONFIRMED, factor or 0.0)
    scaled = _scale_books(deployed, split)
    DynamoSplits(deployed.market).put(split)
    _hasten(deployed, split)
    books = f"{scaled} book{'s' * (scaled != 1)} scaled" if scaled else "no book held it"
    typer.echo(f"{split.instrument} was split {split.factor:g} for 1: {books}; its bars enter with the next repair")


@app.command()
def deny(instrument: Instrument, *, env: Environment = "local") -> None:
    """Say that a jump is no split: its bars enter as they are.

    For example:

      tradewind data split deny AAPL.US
    """
    from tradewind.adapters.dynamodb.splits import DynamoSplits
    from tradewind.cli.deployed import connect
    from tradewind.domain.splits import SplitState

    deployed = connect(env)
    split = _suspected(deployed, instrument)
    DynamoSplits(deployed.market).put(split.becomes(SplitState.DENIED))
    _hasten(deployed, split)
    typer.echo(f"{split.instrument} was not split: its bars enter with the next repair")


def _suspected(deployed: "Deployed", instrument: str) -> "Split":
    from tradewind.adapters.dynamodb.splits import DynamoSplits
    from tradewind.cli.diagnosis.explanation import find_instrument
    from tradewind.domain.splits import SplitState

    name = find_instrument(deployed.configuration, instrument)
    waiting = [
        one
        for one in DynamoSplits(deployed.market).every()
        if one.instrument == name and one.state is SplitState.SUSPECTED
    ]
    if not waiting:
        raise InputError(f"nothing of {name} waits to be judged: see `tradewind data split list`")
    return waiting[0]


def _hasten(deployed: "Deployed", split: "Split") -> None:
    """Let the next repair, which comes within a minute, ask for what was held back."""
    from dataclasses import replace

    from tradewind.adapters.dynamodb.holes import DynamoHoles
    from tradewind.application.repair_bars import KNOWN

    holes = DynamoHoles(deployed.market, time.time)
    for shard in deployed.configuration.shards:
        for hole in holes.open(shard.name, KNOWN) if split.instrument in shard.instruments else ():
            if hole.ts_close > split.ts:
                holes.note(replace(hole, due=0))


def _scale_books(deployed: "Deployed", split: "Split") -> int:
    """Have the executor scale every book that holds the instrument, and wait until it has."""
    from tradewind.adapters.dynamodb import queries
    from tradewind.adapters.sqs import SqsOrderQueue
    from tradewind.domain.split_message import SplitMessage

    books = {
        (book.account, book.version)
        for account in deployed.configuration.accounts
        for book in queries.books(deployed.ledger, account.name)
        if book.instrument == split.instrument and book.is_active
    }
    now, factor = time.time_ns() // 1_000_000, Decimal(repr(split.factor))
    queue = SqsOrderQueue(deployed.client("sqs"), deployed.output("OrderQueueUrl"), "")
    queue.send(
        [
            SplitMessage(account, split.instrument, factor, version, now, f"split@{split.ts}")
            for account, version in sorted(books)
        ]
    )
    for _ in range(_PATIENCE):
        left = [
            account
            for account, version in books
            for book in queries.books(deployed.ledger, account)
            if book.instrument == split.instrument and book.version == version
        ]
        if not left:
            return len(books)
        time.sleep(1)
    raise CommandError(
        f"{split.instrument} was not scaled in {', '.join(sorted(left))} within {_PATIENCE} s: look at `tradewind "
        "doctor` and the dead letters; nothing was confirmed"
    )
