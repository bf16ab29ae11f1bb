"""`dlq`: the order queue's dead letters, each with its reason, and what to do with them."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import By, Environment, Json, Reason, Yes
from tradewind.cli.errors import CommandError, InputError

if TYPE_CHECKING:
    from tradewind.application.dead_letters import DeadLetter
    from tradewind.application.redrive import Redrive

dlq = typer.Typer(no_args_is_help=True)

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID...", help="As `dlq list` shows them; a beginning is enough.")]  # fmt: skip # noqa: E501
All = Annotated[bool, typer.Option("--all", help="Every letter that is there.")]

_SHORT = 8
_EVERY = 0.5
_MOMENT = 2.0


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(dlq, name="dlq", rich_help_panel="Operate",
                  help="Messages that could not be executed: why, and once more.")  # fmt: skip


@dlq.command("list")
def list_letters(*, env: Environment = "local", as_json: Json = False) -> None:
    """List the dead letters of the order queue with the reason of each.

    While one is there its instrument takes no new risk (`DEAD_LETTER`); exits and stops go on.

    `done` are those whose effect the ledger shows already: redriving merely removes them.

    For example:

      tradewind dlq list --env prod
    """
    from tradewind.cli.output import emit_json, emit_table

    with _opened(env, None) as (redrive, letters):
        rows = [_row(redrive, letter) for letter in letters]
    if as_json:
        emit_json(rows)
    elif not rows:
        typer.echo("no message is dead")
    else:
        shown = [(row["id"][:_SHORT], *list(row.values())[1:]) for row in rows]
        emit_table("", tuple(rows[0]), shown)


@dlq.command("show")
def show_letter(
    letter: Annotated[str, typer.Argument(metavar="ID", help="As `dlq list` shows it; a beginning is enough.")],
    *,
    env: Environment = "local",
    as_json: Json = False,
) -> None:
    """Show one dead letter whole: its reason, its body, and whether the ledger shows its effect.

    For example:

      tradewind dlq show 5f2c81aa
    """
    from tradewind.cli.output import emit_json

    with _opened(env, None) as (redrive, letters):
        (one,) = _chosen(letters, [letter], every=False)
        row = {**_row(redrive, one), "body": _body(one)}
    if as_json:
        emit_json(row)
        return
    for name, cell in row.items():
        typer.echo(f"{name:<11} {json.dumps(cell, indent=2) if isinstance(cell, dict) else cell}")


@dlq.command("redrive")
def redrive_letters(
    ids: Ids = None,
    *,
    every: All = False,
    env: Environment = "local",
    wait: Annotated[int, typer.Option(min=0, max=240, help="Seconds to wait for the effect.")] = 60,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Send dead letters to the order queue again; each is removed only once the ledger shows its effect.

    Repeats are harmless, and an order past its time is recorded EXPIRED without being sent to the venue. What failed
    again stays a dead letter, and the exit code is 1.

    For example:

      tradewind dlq redrive 5f2c81aa

      tradewind dlq redrive --all --env prod
    """
    from tradewind.cli.output import emit_json, emit_table

    with _opened(env, by) as (redrive, letters):
        chosen = _readable(_chosen(letters, ids, every=every)) if every else _chosen(letters, ids, every=every)
        redrive.admit(letters, chosen)
        times = {letter.id: redrive.send(letter, _now()) for letter in chosen}
        waiting = _settle(redrive, chosen, wait)
    rows = [{"id": one.id, "sent": times[one.id], "outcome": _outcome(one, times, waiting)} for one in chosen]
    if as_json:
        emit_json(rows)
    elif not rows:
        typer.echo("there is nothing to send again")
    else:
        emit_table("", ("id", "outcome"), [(row["id"][:_SHORT], row["outcome"]) for row in rows])  # type: ignore[index]
    raise typer.Exit(1 if waiting else 0)


@dlq.command("discard")
def discard_letters(
    ids: Ids = None,
    *,
    every: All = False,
    reason: Reason,
    env: Environment = "local",
    yes: Yes = False,
    by: By = None,
) -> None:
    """Give dead letters up. Each one is kept whole in the journal, with who and why.

    An order that is discarded leaves its instrument without new risk, since the ledger never shows what became of
    it: redrive it instead, and it is recorded EXPIRED once its time has passed. Of anything else new risk returns with
    the instrument's last letter.

    For example:

      tradewind dlq discard 5f2c81aa --reason "sent by a version that is gone"
    """
    with _opened(env, by) as (redrive, letters):
        chosen = _chosen(letters, ids, every=every)
        for letter in chosen:
            _warn(redrive, letter)
        if chosen and not yes:
            typer.confirm(f"Discard {len(chosen)} of {len(letters)} dead letters of {env}?", abort=True, err=True)
        for letter in chosen:
            redrive.discard(letter, reason, _now())
    typer.echo(f"discarded {len(chosen)}")


@contextmanager
def _opened(env: str, by: str | None) -> "Iterator[tuple[Redrive, list[DeadLetter]]]":
    """Hold the letters while something is done with them; whatever is left is seen by others again."""
    from getpass import getuser

    from tradewind.adapters.clock import JitterPause, SystemClock
    from tradewind.adapters.dynamodb.controls import DynamoControls
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.adapters.dynamodb.ledger import DynamoLedger
    from tradewind.adapters.sqs_letters import SqsDeadLetters
    from tradewind.application.dead_letters import LetterBlocks
    from tradewind.application.redrive import Redrive
    from tradewind.application.switch import SwitchTrading
    from tradewind.cli.deployed import connect

    deployed = connect(env)
    queue = SqsDeadLetters(
        deployed.client("sqs"), deployed.output("OrderDlqUrl"), deployed.output("OrderQueueUrl"), deployed.ledger
    )
    who, pause, journal = by or getuser(), JitterPause(), DynamoJournal(deployed.ledger)
    switch = SwitchTrading(DynamoControls(deployed.ledger), journal, pause)
    blocks = LetterBlocks(deployed.configuration, switch, SystemClock(), who)
    redrive = Redrive(queue, DynamoLedger(deployed.ledger), journal, pause, who, blocks)
    letters = queue.take()
    if len(letters) < queue.depth():  # the watch looks at them every minute, for a moment
        time.sleep(_MOMENT)
        letters += queue.take()
    try:
        yield redrive, letters
    finally:
        redrive.finish(letters)


def _chosen(letters: "Sequence[DeadLetter]", ids: Sequence[str] | None, *, every: bool) -> "list[DeadLetter]":
    if bool(ids) == every:
        raise InputError("say which: the ids that `tradewind dlq list` shows, or --all")
    if every:
        return list(letters)
    return [_one(letters, wanted) for wanted in ids or ()]


def _readable(letters: "Sequence[DeadLetter]") -> "list[DeadLetter]":
    """Return the letters that can be sent again; the others are named, and hold nobody up."""
    from tradewind.cli.output import note

    for letter in letters:
        if letter.message is None:
            note(f"{letter.id[:_SHORT]} cannot be read, so it can only be discarded: {letter.reason}")
    return [letter for letter in letters if letter.message is not None]


def _one(letters: "Sequence[DeadLetter]", wanted: str) -> "DeadLetter":
    found = [letter for letter in letters if letter.id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{wanted} is the beginning of {len(found)} dead letters: write more of it")
    known = ", ".join(letter.id[:_SHORT] for letter in letters[:10]) or "none"
    raise CommandError(f"no dead letter {wanted} can be seen; there are {known}")


def _settle(redrive: "Redrive", chosen: "Sequence[DeadLetter]", wait: int) -> set[str]:
    """Remove the letters whose effect shows, until all do or the time is over; return the rest."""
    waiting = {letter.id: letter for letter in chosen}
    until = time.monotonic() + wait
    while True:
        waiting = {name: letter for name, letter in waiting.items() if not redrive.settle(letter)}
        if not waiting or time.monotonic() >= until:
            return set(waiting)
        time.sleep(_EVERY)


def _outcome(letter: "DeadLetter", times: dict[str, int], waiting: set[str]) -> str:
    if letter.id in waiting:
        return f"sent again (time {times[letter.id]}), and its effect is not in the ledger: it stays a dead letter"
    if not times[letter.id]:
        return "the ledger showed its effect already: removed"
    return f"sent again (time {times[letter.id]}), and the ledger shows its effect: removed"


def _row(redrive: "Redrive", letter: "DeadLetter") -> dict[str, Any]:
    from tradewind.domain.moments import iso

    message = letter.message
    return {
        "id": letter.id,
        "since": iso(letter.sent),
        "account": message.account if message else "?",
        "instrument": message.instrument if message else "?",
        "kind": type(message).__name__.removesuffix("Message").lower() if message else "unreadable",
        "of": iso(message.ts) if message else "",
        "done": "yes" if redrive.in_effect(letter) else "no",
        "trace": letter.trace,
        "reason": letter.reason,
    }


def _body(letter: "DeadLetter") -> Any:
    try:
        return json.loads(letter.body)
    except ValueError:
        return letter.body


def _warn(redrive: "Redrive", letter: "DeadLetter") -> None:
    from tradewind.cli.output import note
    from tradewind.domain.messages import IntentMessage

    message = letter.message
    if isinstance(message, IntentMessage) and not redrive.in_effect(letter):
        note(f"{letter.id[:_SHORT]}: the ledger does not show this order of {message.instrument}; without it the "
             "instrument takes no new risk. `tradewind dlq redrive` lets it be recorded.")  # fmt: skip


def _now() -> int:
    return time.time_ns() // 1_000_000
