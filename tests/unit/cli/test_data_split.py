"""`data split`: what was held back is listed, and judged by a person."""

import json
import time
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.cli.conftest import Run
from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.holes import DynamoHoles
from tradewind.adapters.dynamodb.splits import DynamoSplits
from tradewind.application.ports_repair import Hole
from tradewind.assembly import history
from tradewind.bootstrap import process, trading
from tradewind.cli.deployed import Deployed
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book
from tradewind.domain.messages import from_json
from tradewind.domain.splits import Split, SplitState
from tradewind.domain.timeframe import DAY, Timeframe
from tradewind.settings import RuntimeSettings


@pytest.fixture
def jump(standing: Deployed) -> Split:
    """Return a jump of an instrument that no book holds."""
    name = standing.configuration.shards[0].instruments[-1]
    split = Split(name, 5 * DAY, 4.0, SplitState.SUSPECTED, 400.0, 101.0)
    DynamoSplits(standing.market).put(split)
    return split


@pytest.fixture
def executing(standing: Deployed, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the executor take what waits in the order queue whenever the command waits; list what it took."""
    taken: list[str] = []
    sqs, url = standing.client("sqs"), standing.output("OrderQueueUrl")
    settings = RuntimeSettings(
        {
            "CONFIGURATION_PATH": str(standing.configuration_file), "LEDGER_TABLE": "ledger", "MARKET_TABLE": "market",
            "ORDER_DLQ_URL": standing.output("OrderDlqUrl"),
        }
    )  # fmt: skip
    for module in (process, trading):
        monkeypatch.setattr(module, "client", standing.client)
    execute = trading.execute_orders(settings).execute

    def take(_: float) -> None:
        for one in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            taken.append(one["Body"])
            execute(from_json(one["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])

    monkeypatch.setattr("tradewind.cli.commands.splits.time.sleep", take)
    return taken


def states(standing: Deployed) -> list[tuple[str, float]]:
    return [(str(one.state), one.factor) for one in DynamoSplits(standing.market).every()]


def test_a_jump_is_listed_until_and_after_it_is_judged(command: Run, standing: Deployed, jump: Split) -> None:
    rows = json.loads(command("data", "split", "list", "--json").output)

    assert [(row["instrument"], row["factor"], row["state"]) for row in rows] == [(jump.instrument, 4.0, "SUSPECTED")]
    assert "SUSPECTED" in command("data", "split", "list").output


def test_a_denied_jump_waits_no_more(command: Run, standing: Deployed, jump: Split) -> None:
    holes, shard = DynamoHoles(standing.market, time.time), standing.configuration.shards[0].name
    for ts in (jump.ts, jump.ts + DAY):
        holes.note(Hole(shard, ts, due=2**42))

    said = command("data", "split", "deny", jump.instrument)

    assert [(hole.ts_close, hole.due) for hole in holes.open(shard, 9)] == [(jump.ts + DAY, 0), (jump.ts, 2**42)]

    assert said.output == f"{jump.instrument} was not split: its bars enter with the next repair\n"
    assert states(standing) == [("DENIED", 4.0)]
    assert "nothing of" in str(command("data", "split", "confirm", jump.instrument).exception)


@pytest.mark.parametrize(("options", "factor"), [([], 4.0), (["--factor", "0.1"], 0.1)])
def test_a_confirmed_jump_has_its_factor(
    command: Run, standing: Deployed, jump: Split, monkeypatch: pytest.MonkeyPatch, options: list[str], factor: float
) -> None:
    monkeypatch.setattr("tradewind.adapters.dynamodb.queries.books", lambda *_: [])

    said = command("data", "split", "confirm", jump.instrument, *options)

    assert f"was split {factor:g} for 1: no book held it" in said.output
    assert states(standing) == [("CONFIRMED", factor)]


def test_a_confirmed_split_scales_the_book_that_holds_it_through_the_queue(
    command: Run, standing: Deployed, executing: list[str]
) -> None:
    before = next(book for book in queries.books(standing.ledger, "paper") if book.positions)
    split = Split(before.instrument, before.last_bar + DAY, 4.0, SplitState.SUSPECTED, 400.0, 101.0)
    DynamoSplits(standing.market).put(split)
    account = queries.account(standing.ledger, "paper")

    said = command("data", "split", "confirm", before.instrument)

    after = next(book for book in queries.books(standing.ledger, "paper") if book.instrument == before.instrument)
    assert "was split 4 for 1: 1 book scaled; its bars enter with the next repair" in said.output
    assert len(executing) == 1
    assert [one.quantity for one in after.positions] == [4 * one.quantity for one in before.positions]
    assert [one.cost for one in after.positions] == [one.cost for one in before.positions]
    assert [one.quantity for one in after.orders] == [4 * one.quantity for one in before.orders]
    assert all(
        abs(new.stop * 4 - old.stop) <= Decimal("0.04") for new, old in zip(after.orders, before.orders, strict=True)
    )
    assert after.version == before.version + 1
    now = queries.account(standing.ledger, "paper")
    assert account
    assert now
    assert (now.cash, now.stakes[before.instrument].exposure) == (
        account.cash, account.stakes[before.instrument].exposure
    )  # fmt: skip
    assert ("CONFIRMED", 4.0) in states(standing)


@pytest.fixture
def held(standing: Deployed) -> Book:
    """Return a book that holds something, of an instrument that jumped."""
    book = next(book for book in queries.books(standing.ledger, "paper") if book.positions)
    day = max(book.last_bar, book.split) // DAY + 1
    jump = Split(book.instrument, day * DAY, 4.0, SplitState.SUSPECTED, 400.0, 101.0)
    DynamoSplits(standing.market).put(jump)
    return book


def quantities(standing: Deployed, name: InstrumentId) -> list[Decimal]:
    (book,) = (book for book in queries.books(standing.ledger, "paper") if book.instrument == name)
    return [one.quantity for one in book.positions]


def test_a_confirmation_that_was_interrupted_goes_on_and_scales_no_book_twice(
    command: Run, standing: Deployed, executing: list[str], held: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr("tradewind.cli.commands.splits._hasten", killed)
        dying.setattr(DynamoSplits, "put", killed)
        command("data", "split", "confirm", held.instrument)
    assert states(standing).count(("SUSPECTED", 4.0)) == 1
    another = str(command("data", "split", "confirm", held.instrument, "--factor", "2").exception)
    assert "is scaled by 4 already in paper" in another
    assert "is scaled by 4 already in paper" in str(command("data", "split", "deny", held.instrument).exception)

    said = command("data", "split", "confirm", held.instrument)

    assert "was split 4 for 1: 1 book scaled" in said.output
    assert quantities(standing, held.instrument) == [4 * one.quantity for one in held.positions]
    assert len(executing) == 1


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_book_that_moved_before_it_was_scaled_is_scaled_as_it_is_then(
    command: Run, standing: Deployed, executing: list[str], held: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [queries.books(standing.ledger, "paper")]
    stale = [replace(book, version=book.version - 1) for book in every[0]]
    answers = iter([stale, stale])
    read = queries.books
    monkeypatch.setattr("tradewind.adapters.dynamodb.queries.books", lambda *of: next(answers, None) or read(*of))

    said = command("data", "split", "confirm", held.instrument)

    assert "1 book scaled" in said.output
    assert quantities(standing, held.instrument) == [4 * one.quantity for one in held.positions]
    assert len(executing) == 2


@pytest.mark.parametrize("factor", ["0", "inf"])
def test_a_factor_is_a_number_of_shares(command: Run, standing: Deployed, jump: Split, factor: str) -> None:
    assert "--factor" in str(command("data", "split", "confirm", jump.instrument, "--factor", factor).exception)
    assert jump in DynamoSplits(standing.market).every()


def test_whoever_reads_the_past_of_a_book_reads_it_on_the_book_s_scale(standing: Deployed) -> None:
    name = standing.configuration.shards[0].instruments[0]
    read = history(standing.configuration, lambda: standing.market)
    raw = read(name, Timeframe.D1, 0, 2**42)
    cut = raw[len(raw) // 2].ts_open
    DynamoSplits(standing.market).put(Split(name, cut, 2.0, SplitState.CONFIRMED))

    on_one_scale = history(standing.configuration, lambda: standing.market)(name, Timeframe.D1, 0, 2**42)

    expected = [bar.close / 2 if bar.ts_open < cut else bar.close for bar in raw]
    assert [bar.close for bar in on_one_scale] == expected
