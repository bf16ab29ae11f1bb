"""`data split`: what looks like a split of shares, and saying whether it is one."""

import time
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.commands import data
from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import CommandError, InputError

if TYPE_CHECKING:
    from tradewind.cli.deployed import Deployed
    from tradewind.domain.ledger import Book
    from tradewind.domain.split_message import SplitMessage
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
    from tradewind.domain.moments import iso

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

    if factor is not None and not 0 < factor < float("inf"):
        raise InputError(f"--factor is {factor:g}, and has to be so many new shares for one old, as 4 or 0.1")
    deployed = connect(env)
    waiting = _suspected(deployed, instrument)
    chosen = factor or waiting.factor
    if chosen != waiting.factor:
        _insist_unscaled(deployed, waiting)
        DynamoSplits(deployed.market).put(replace(waiting, factor=chosen))  # whoever is interrupted goes on with it
    split = waiting.becomes(SplitState.CONFIRMED, chosen)
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
    _insist_unscaled(deployed, split)
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
    from tradewind.adapters.dynamodb.holes import DynamoHoles

    holes = DynamoHoles(deployed.market, time.time)
    for shard in deployed.configuration.shards:
        for hole in holes.open(shard.name) if split.instrument in shard.instruments else ():
            if hole.ts_close > split.ts:
                holes.note(replace(hole, due=0))


def _scale_books(deployed: "Deployed", split: "Split") -> int:
    """Have the executor scale every book that holds the instrument, each once, and wait until it has.

    A book that moves meanwhile is asked for anew; one that was scaled before this command was interrupted stays so.
    """
    from tradewind.adapters.sqs import SqsOrderQueue

    queue = SqsOrderQueue(deployed.client("sqs"), deployed.output("OrderQueueUrl"), "")
    asked: set[tuple[str, int]] = set()
    left: list[Book] = []
    for _ in range(_PATIENCE):
        books = _books(deployed, split)
        left = [book for book in books if book.is_active and book.split < split.day]
        if not left:
            return sum(book.split >= split.day for book in books)
        queue.send([_message(book, split) for book in left if (book.account, book.version) not in asked])
        asked |= {(book.account, book.version) for book in left}
        time.sleep(1)
    names = ", ".join(book.account for book in left)
    raise CommandError(
        f"{split.instrument} was not scaled in {names} within {_PATIENCE} s: look at `tradewind doctor` and the dead "
        "letters. Its bars still wait; the same command goes on with the books that are left"
    )


def _books(deployed: "Deployed", split: "Split") -> "list[Book]":
    from tradewind.adapters.dynamodb import queries

    every = (queries.books(deployed.ledger, account.name) for account in deployed.configuration.accounts)
    return [book for books in every for book in books if book.instrument == split.instrument]


def _message(book: "Book", split: "Split") -> "SplitMessage":
    from tradewind.domain.split_message import SplitMessage

    now, factor = time.time_ns() // 1_000_000, Decimal(repr(split.factor))
    return SplitMessage(book.account, split.instrument, factor, book.version, now, f"split@{split.ts}", split.ts)


def _insist_unscaled(deployed: "Deployed", split: "Split") -> None:
    scaled = [book.account for book in _books(deployed, split) if book.split >= split.day]
    if scaled:
        raise InputError(
            f"{split.instrument} is scaled by {split.factor:g} already in {', '.join(scaled)}: only `tradewind data "
            f"split confirm {split.instrument}` without another factor can go on"
        )
