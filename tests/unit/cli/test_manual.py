"""What people ask by hand, over real tables: here the queue's other end executes at once."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.builders import book, entry
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
from tradewind.application.steering import Steering
from tradewind.assembly import history
from tradewind.cli.deployed import Deployed
from tradewind.cli.diagnosis.bookkeeping import is_by_hand, is_of
from tradewind.cli.research import recorded
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.events import Event, Severity
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book
from tradewind.domain.messages import Message, from_json, to_json
from tradewind.domain.order import Leg
from tradewind.domain.timeframe import DAY

PAPER = "paper"


def executor(place: Deployed) -> ExecuteMessage:
    ledger = DynamoLedger(place.ledger)
    past = history(place.configuration, lambda: place.market)
    apply_bars = ApplyBars(place.configuration, ledger, past)
    execute = ExecuteOrder(place.configuration, ledger, {"PAPER": PaperVenue()}, apply_bars, ReplayClock())
    return ExecuteMessage(apply_bars, execute, FakePause())


type Items = dict[tuple[str, str], Any]


def all_of(environment: Deployed) -> Items:
    return {
        (one["pk"]["S"], one["sk"]["S"]): one for one in environment.ledger.client.scan(TableName="ledger")["Items"]
    }


@pytest.fixture(scope="module")
def before(replayed: Deployed) -> Items:
    """Return the whole ledger as the replay left it."""
    return all_of(replayed)


@pytest.fixture
def place(standing: Deployed, before: Items, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the replayed environment with an executor at work; put back afterwards what changed in its ledger."""

    def send(_: SqsOrderQueue, messages: Sequence[Message]) -> None:
        for message in messages:
            executor(standing)(from_json(to_json(message)))

    monkeypatch.setattr(SqsOrderQueue, "send", send)
    # The desk stores every book as of the first transaction; the ledger's own reading asks for more.
    yield standing
    after = all_of(standing)
    for key in after.keys() - before.keys():
        standing.ledger.delete(*key)
    standing.ledger.write_many([item for key, item in before.items() if after.get(key) != item])


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


@pytest.mark.parametrize("order", [["close"], ["cancel", "--all"], ["buy", "--stop", "1"]], ids=lambda one: one[0])
@pytest.mark.parametrize(
    ("key", "said"), [("k" * 61, "--key is 61 characters long"), ("my key", "'my key'"), ("", "''")]
)
def test_a_key_that_no_queue_takes_says_which_limit_it_passes(
    command: Run, place: Deployed, order: list[str], key: str, said: str
) -> None:
    what, *options = order
    named = {"close": ["IBM.US"], "cancel": [], "buy": ["IBM.US", "1"]}[what]

    refused = str(command(what, *named, *options, "--key", key).exception)

    assert said in refused
    assert "a key has 1 to 60 letters, digits and . _ : / -" in refused


def test_the_longest_key_is_taken_even_for_everything_at_once(place: Deployed) -> None:
    steering = Steering(place.configuration, lambda _: 1, "ana", "k" * 60)
    order = entry(instrument=InstrumentId("1000000MOG-USDT.BYBIT"), id=IntentId(str(UUID(int=0))))

    (message,) = steering.cancelling([book(order)], "by hand")

    assert isinstance(message, CommandMessage)
    assert len(message.deduplication_id) <= 128


def test_settle_asks_for_its_sentence_and_sends_what_was_said(
    command: Run, place: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = next(one for one in queries.orders(place.ledger, PAPER) if one.status.is_working)
    asked = ("settle", order.id[:12], "--reason", "it is nowhere", "--by", "ana", "--wait", "0")
    assert "on paper" in str(command(*asked).exception)
    sent = list[Message]()
    monkeypatch.setattr(SqsOrderQueue, "send", lambda _, messages: sent.extend(messages))
    monkeypatch.setattr("tradewind.cli.commands.settle._venue", lambda *_: "ccxt:bitstamp")
    monkeypatch.setattr("tradewind.application.settle_absent.AFTER", -(10**12))
    sentence = f"order {order.id[:8]} is not at ccxt:bitstamp"

    assert f"which is: {sentence}" in str(command(*asked, "--confirm", "yes").exception)
    assert sent == []
    command(*asked, "--confirm", sentence)

    (message,) = sent
    assert isinstance(message, CommandMessage)
    assert (message.command, message.order_id, message.by) == (Command.SETTLE, order.id, "ana")
    assert from_json(to_json(message)) == message


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


def test_a_buy_by_hand_fills_at_once_and_a_sale_leaves_the_rest_with_its_stop(command: Run, place: Deployed) -> None:
    name = InstrumentId("FB.US")
    close = queries.slices(place.market, "us-1d-1")[-1].bars[name].close

    bought = command("buy", "FB", 10, "--stop", round(close * 0.9, 2), "--by", "ana", "--reason", "news", "--json")
    sold = command("sell", "FB", 4, "--by", "ana", "--json")

    assert (bought.exit_code, sold.exit_code) == (0, 0), bought.output + sold.output
    assert json.loads(bought.output)[0]["outcome"].startswith("FILLED: 10 at ")
    book = next(one for one in queries.books(place.ledger, PAPER) if one.instrument == name)
    mine = book.position("manual")
    assert mine
    stop = book.bracket(mine.parent, Leg.STOP)
    assert stop
    assert (mine.quantity, stop.quantity) == (Decimal(6), Decimal(6))
    assert command("ledger", "verify", "--account", PAPER).exit_code == 0
    assert_it_is_told_apart(command)


def test_what_was_filled_by_hand_is_filled_again_where_its_decisions_are_replayed(
    command: Run, place: Deployed
) -> None:
    there = held(place).instrument
    shard = place.configuration.shards[0].name
    known = recorded.read(place, shard)
    slices = known.known_at(known.records[-1])
    close = slices[-1].bars[InstrumentId("FB.US")].close

    for words in (("close", there), ("buy", "FB", 10, "--stop", round(close * 0.9, 2)), ("sell", "FB", 4)):
        assert command(*words).exit_code == 0

    again = recorded.read(place, shard)
    later = replace(slices[-1], ts_close=slices[-1].ts_close + DAY, bars={})
    stored = {one.instrument: one for one in queries.books(place.ledger, PAPER)}
    for name, one in stored.items():
        assert again.book(PAPER, name, [*slices, later]).positions == one.positions
        # The last bar had been decided on before.
        assert again.book(PAPER, name, slices).positions == known.book(PAPER, name, slices).positions
    assert stored[InstrumentId("FB.US")].position("manual")
    assert "a backtest has no people" in command("parity").output


def assert_it_is_told_apart(command: Run) -> None:
    """Check that what was traded by hand is compared with what was not, and that the audit says whose it was."""
    earned = {row["who"]: row for row in json.loads(command("ledger", "pnl", "--by", "who", "--json").output)}
    assert {"manual", "automatic", "all"} <= earned.keys()
    assert (earned["manual"]["entries"], earned["manual"]["exits"]) == (1, 1)
    done = json.loads(command("ledger", "audit", "--by", "ana", "--instrument", "FB", "--json").output)
    assert [row["what"] for row in done] == ["ORDER_SUBMITTED", "FILLED_BY_HAND"] * 2
    assert "10 FB.US by hand at " in done[1]["text"]
    assert command("ledger", "audit", "--by", "nobody").output == "nobody has done anything by hand\n"


def test_lots_add_up_to_what_the_ledger_realised_and_go_into_a_file(
    command: Run, place: Deployed, tmp_path: Path
) -> None:
    command("flatten", "--yes")
    rows = json.loads(command("ledger", "lots", "--json").output)
    written = command("ledger", "lots", "--method", "average", "--csv", tmp_path / "lots.csv")

    account = queries.account(place.ledger, PAPER)
    assert account
    assert sum(Decimal(row["gain"]) for row in rows) == account.realised
    assert written.exit_code == 0
    lines = (tmp_path / "lots.csv").read_text().splitlines()
    assert lines[0].startswith("account,instrument,acquired,sold,")
    assert len(lines) > 1
    assert command("ledger", "lots", "--year", 1999).output == "nothing was sold in 1999\n"
    assert "use fifo, average" in str(command("ledger", "lots", "--method", "lifo").exception)


def test_the_double_entry_comes_to_the_account_s_own_sums(command: Run, place: Deployed, tmp_path: Path) -> None:
    rows = json.loads(command("ledger", "postings", "--json").output)
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row["ledger"]] += Decimal(row["amount"]) if row["currency"] == "USD" else 0  # type: ignore[assignment]

    account = queries.account(place.ledger, PAPER)
    assert account
    assert sum(sums.values()) == 0
    assert sums["cash"] == account.cash - account.opening
    assert -sums["realised"] - sums["fees"] == account.realised
    assert sums["position"] == account.opening + account.realised - account.cash
    assert command("ledger", "postings", "--csv", tmp_path / "p.csv").output.startswith(f"{len(rows)} rows in ")
    assert len((tmp_path / "p.csv").read_text().splitlines()) == len(rows) + 1
    assert "realised" in command("ledger", "postings").output


def test_an_order_waits_is_changed_and_all_that_waits_is_cancelled(command: Run, place: Deployed) -> None:
    book, name = a_book(place), a_book(place).instrument
    close = book.mark
    stop = f"{(close * Decimal('0.5')).quantize(Decimal('0.01'))}"

    (sold,) = json.loads(command("sell", name, 1, "--limit", f"{close * 2:.2f}", "--tif", "day", "--json").output)
    assert sold["outcome"] == f"ACCEPTED: limit {close * 2:.2f} DAY"
    (level,) = (one for one in a_book(place).orders if one.leg is Leg.STOP)
    (moved,) = json.loads(command("replace", level.id, "--stop", stop, "--json").output)
    refused = command("replace", level.id, "--stop", f"{close * 3:.2f}", "--json")
    assert moved["outcome"] == f"ACCEPTED: stop at {stop}"
    assert refused.exit_code == 1
    assert "CHANGE_REFUSED WOULD_TRIGGER: it has to be below the last price" in refused.output
    assert "has no quantity" in str(command("replace", level.id, "--quantity", 1).exception)

    waits = command("buy", "FB", 1, "--stop", 1, "--limit", 2, "--until", "2030-01-01", "--json")
    (bought,) = json.loads(waits.output)
    assert bought["outcome"] == "ACCEPTED: limit 2 GTD"
    assert "unknown time in force 'soon'" in str(command("buy", "FB", 1, "--stop", 1, "--tif", "soon").exception)
    done = json.loads(command("cancel", "--all", "--json").output)
    assert [row["outcome"].partition(":")[0] for row in done] == ["CANCELED"] * 2
    assert command("cancel", "--all").output == "no order is working but what protects positions\n"
    assert "say which order, or --all" in str(command("cancel").exception)


def test_a_strategy_s_limits_hold_for_a_person_too(command: Run, place: Deployed) -> None:
    assert held(place).instrument == "IBM.US"
    done = command("buy", "IBM", 10, "--stop", 150, "--json")

    assert done.exit_code == 1
    assert "DENIED: MAX_INSTRUMENT_EXPOSURE: " in done.output


def test_an_entry_without_a_stop_is_refused_with_its_reason_and_exit_code_one(command: Run, place: Deployed) -> None:
    done = command("buy", "IBM", "$500", "--json")

    assert place.ledger
    assert done.exit_code == 1
    assert json.loads(done.output)[0]["outcome"].startswith("DENIED: STOP_REQUIRED: ")


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("buy", "NOBODY", 1), "unknown instrument NOBODY"),
        (("buy", "IBM", "ten"), "the quantity is 'ten', which is no number"),
        (("buy", "IBM", 0), "it must be above 0"),
        (("buy", "IBM", 1, "--stop", "-3"), "--stop is -3: it must be above 0"),
        (("buy", "IBM", 1, "--account", "nobody"), "unknown account 'nobody'"),
        (("sell", "IBM", 1, "--of", "nobody"), "say whose with --of"),
        (("buy", "IBM", "$1", "--stop", 1), "$1 buys less than one lot of IBM.US, 1 at "),
        (("buy", "IBM", "1e30", "--stop", 1), "the quantity is 1e30: it must be 1,000,000,000,000,000 at most"),
        (("buy", "IBM", 1, "--stop", "1e-13"), "--stop is 1e-13: it must be"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(command: Run, arguments: tuple[object, ...], said: str) -> None:
    assert said in str(command(*arguments).exception)


def test_one_strategy_or_instrument_is_stopped_and_the_rest_goes_on(command: Run, place: Deployed) -> None:
    stopped = json.loads(command("kill-switch", "on", "--instrument", "FB", "--by", "ana", "--json").output)
    assert stopped == {"paper": {"state": "NORMAL", "reason": "", "parts": {"instrument:FB.US": "REDUCING"}}}

    refused = command("buy", "FB", 1, "--stop", 5, "--json").output
    assert "INSTRUMENT_STOPPED: FB.US is REDUCING" in refused
    assert "FB.US" in command("kill-switch", "status").output
    freed = json.loads(command("kill-switch", "off", "--instrument", "FB", "--json").output)
    assert freed["paper"]["state"] == "NORMAL"
    assert "parts" not in freed["paper"]
    assert "unknown strategy 'nobody'" in str(command("kill-switch", "on", "--strategy", "nobody").exception)
    assert place.ledger


@pytest.mark.usefixtures("place")
def test_nobody_arms_the_laptop(command: Run) -> None:
    arm = command("live", "arm", "--env", "local", "--account", PAPER, "--amount", 100)

    assert str(arm.exception).startswith("NEVER_LIVE: local trades no real money")
    (row,) = json.loads(command("live", "status", "--json").output)
    assert (row["state"], row["amount"]) == ("no real money", "")


@pytest.mark.parametrize(
    ("kind", "text", "listed"),
    [
        ("ORDER_CANCELED", "ENTRY BUY 1 X CANCELED: cancelled by ana: no more", True),
        ("ORDER_CHANGED", "ENTRY BUY X changed by ana: closer", True),
        ("CHANGE_REFUSED", "ENTRY BUY X is not changed: OFF_TICK (asked by ana)", True),
        ("BALANCES_ADOPTED", "the venue's balances were accepted by ana: sold a coin; nothing lies apart", True),
        ("ORDER_SETTLED", "order 1 (ENTRY BUY 1 X, UNKNOWN) is settled as absent by ana: looked", True),
        ("ORDER_CANCELED", "STOP SELL 1 X CANCELED: EXIT filled first", False),
        ("BALANCES_ADOPTED", "the balances at Kraken are kept account of; nothing lies apart", False),
    ],
)
def test_the_audit_lists_what_people_did_to_orders_of_others(kind: str, text: str, *, listed: bool) -> None:
    event = Event(kind, Severity.INFO, text, "X", {"trace": "daily@1.1"})

    assert (is_by_hand(event), is_by_hand(event) and is_of(event, "ana")) == (listed, listed)
