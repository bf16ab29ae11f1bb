"""What people ask by hand, over real tables: here the queue's other end executes at once."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.world import FakePause
from tests.unit.cli.conftest import Run
from tradewind.adapters.clock import ReplayClock
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.ledger import DynamoLedger
from tradewind.adapters.sqs import SqsOrderQueue
from tradewind.adapters.venues.paper import PaperVenue
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.cli.deployed import Deployed
from tradewind.domain.ledger import Book
from tradewind.domain.messages import Message, from_json, to_json

PAPER = "paper"


def executor(place: Deployed) -> ExecuteMessage:
    ledger = DynamoLedger(place.ledger)
    apply_bars = ApplyBars(place.configuration, ledger, lambda *_: ())
    execute = ExecuteOrder(place.configuration, ledger, {"PAPER": PaperVenue()}, apply_bars, ReplayClock())
    return ExecuteMessage(apply_bars, execute, FakePause())


@pytest.fixture
def place(standing: Deployed, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the replayed environment with an executor at work; put its ledger back afterwards."""
    before = list(standing.ledger.client.scan(TableName="ledger")["Items"])

    def send(_: SqsOrderQueue, messages: Sequence[Message]) -> None:
        for message in messages:
            executor(standing)(from_json(to_json(message)))

    monkeypatch.setattr(SqsOrderQueue, "send", send)
    # The desk stores every book as of the first transaction; the ledger's own reading asks for more.
    yield standing
    for item in standing.ledger.client.scan(TableName="ledger")["Items"]:
        standing.ledger.delete(item["pk"]["S"], item["sk"]["S"])
    standing.ledger.write_many(before)


def a_book(place: Deployed) -> Book:
    return queries.books(place.ledger, PAPER)[0]


def test_resume_lifts_a_halt_and_says_so(command: Run, place: Deployed) -> None:
    book = a_book(place)
    place.ledger.put(items.book_item(replace(book, halted="a fill came twice"), 1))

    done = command("resume", book.instrument, "--reason", "looked at it", "--by", "ana", "--json")

    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.output)
    assert (row["instrument"], row["outcome"]) == (book.instrument, "lifted")
    assert a_book(place).halted == ""
    *_, last = queries.journal(place.ledger, PAPER)
    assert "resumed by ana: looked at it; it had been halted: a fill came twice" in last.events[0].text


def test_what_is_not_halted_is_not_resumed(command: Run, place: Deployed) -> None:
    assert "is not halted" in str(command("resume", a_book(place).instrument, "--reason", "x").exception)


def test_a_cancel_of_what_is_over_or_unknown_says_so(command: Run, place: Deployed) -> None:
    order = next(one for one in queries.orders(place.ledger, PAPER) if not one.status.is_working)

    assert f"is {order.status} already" in str(command("cancel", order.id).exception)
    assert "no order begins with nobody" in str(command("cancel", "nobody").exception)


def test_close_leaves_nothing_and_says_what_it_brought(command: Run, place: Deployed) -> None:
    book = held(place)

    done = command("close", book.instrument, "--reason", "news", "--by", "ana", "--json")

    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.output)
    assert row["outcome"].startswith("FILLED: ")
    after = next(one for one in queries.books(place.ledger, PAPER) if one.instrument == book.instrument)
    assert (after.positions, after.orders) == ((), ())
    order = next(one for one in queries.orders(place.ledger, PAPER) if one.id == row["id"])
    assert (order.source, order.reason) == ("manual", "news (by ana)")
    assert "nothing is held" in str(command("close", book.instrument).exception)
    assert command("ledger", "verify", "--account", PAPER).exit_code == 0


def test_flatten_asks_first_and_then_leaves_nothing_anywhere(command: Run, place: Deployed) -> None:
    held(place)

    assert command("flatten").exit_code == 1
    assert any(book.is_active for book in queries.books(place.ledger, PAPER))
    done = command("flatten", "--yes")

    assert done.exit_code == 0, done.output
    assert not any(book.is_active for book in queries.books(place.ledger, PAPER))
    assert "nothing is held" in command("flatten", "--yes").output


def held(place: Deployed) -> Book:
    """Return a book with a position, in the moment before the last replayed bar closed it if need be."""
    return next(book for book in queries.books(place.ledger, PAPER) if book.positions)
