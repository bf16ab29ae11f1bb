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
