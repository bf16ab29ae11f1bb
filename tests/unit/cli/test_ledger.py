"""`ledger verify` and `ledger pnl` over real tables: one flipped byte of what was written is found and named."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.cli.conftest import Run
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.application.once import AUDIT
from tradewind.application.publish_events import SYSTEM
from tradewind.application.verify_ledger import verify_chain
from tradewind.cli.deployed import Deployed
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.moments import iso
from tradewind.domain.order import Leg
from tradewind.domain.timeframe import DAY
from tradewind.execution.transactions import day_of

PAPER = "paper"


def found(command: Run, *arguments: str) -> list[str]:
    ran = command("ledger", "verify", "--account", PAPER, "--json", *arguments)
    (row,) = json.loads(ran.output)
    assert (ran.exit_code, row["whole"]) == ((1, False) if row["faults"] else (0, True))
    faults: list[str] = row["faults"]
    return faults


def stored(place: Deployed, seq: int) -> dict[str, Any]:
    return dict(place.ledger.get(*items.journal_key(PAPER, seq)) or {})


def told_of_a_fill(place: Deployed) -> int:
    return next(
        one.seq for one in queries.journal(place.ledger, PAPER) if any(e.kind == "ORDER_FILLED" for e in one.events)
    )


@pytest.fixture
def place(standing: Deployed) -> Iterator[Deployed]:
    """Give the replayed environment, and put back afterwards what a test has altered."""
    before = list(standing.ledger.query(f"JOURNAL#{PAPER}")) + list(standing.ledger.query(f"FILLS#{PAPER}"))
    yield standing
    standing.ledger.write_many(before)


def test_a_ledger_that_nobody_touched_is_whole(command: Run, place: Deployed) -> None:
    assert found(command) == []
    shown = command("ledger", "verify")
    assert shown.exit_code == 0
    assert f"{len(queries.fills(place.ledger, PAPER))} fills" in shown.output
    assert "system" in shown.output


@pytest.mark.parametrize("field", ["data", "previous_hash", "hash"])
@pytest.mark.parametrize("where", [0, 0.5, 1])
def test_one_flipped_byte_is_found_and_its_entry_named(command: Run, place: Deployed, field: str, where: float) -> None:
    seq = told_of_a_fill(place)
    item = stored(place, seq)
    text = item[field]["S"]
    at = int(where * (len(text) - 1))
    flipped = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
    place.ledger.put({**item, field: {"S": flipped}})

    assert found(command)[0].startswith(f"entry {seq} was altered")
    assert f"entry {seq} was altered" in command("ledger", "verify").output


def test_an_entry_forged_with_a_hash_of_its_own_breaks_the_one_after_it(command: Run, place: Deployed) -> None:
    entry = next(iter(queries.journal(place.ledger, PAPER)))
    place.ledger.put(items.entry_item(type(entry)(PAPER, 1, entry.ts + 1, entry.events, entry.previous_hash)))

    assert found(command)[0].startswith("entry 2 does not follow")


def test_a_lost_entry_is_named(command: Run, place: Deployed) -> None:
    place.ledger.delete(*items.journal_key(PAPER, 3))

    assert found(command) == ["entry 3 is missing"]


def test_a_lost_end_is_named_by_the_account(command: Run, place: Deployed) -> None:
    last = queries.account(place.ledger, PAPER)
    assert last is not None
    place.ledger.delete(*items.journal_key(PAPER, last.seq))

    assert found(command)[0].startswith(f"entry {last.seq} is missing: the journal ends there")


def test_a_forged_end_is_not_the_one_that_the_account_names(command: Run, place: Deployed) -> None:
    *_, last = queries.journal(place.ledger, PAPER)
    place.ledger.put(items.entry_item(type(last)(PAPER, last.seq, last.ts + 1, last.events, last.previous_hash)))

    assert "is not the one that the account names" in found(command)[0]


def test_an_entry_put_into_another_s_place_is_found(place: Deployed) -> None:
    links = list(queries.links(place.ledger, PAPER))
    moved = [links[0], links[0]._replace(number=2)]
    renumbered = [link._replace(number=link.number - 1) for link in links[1:]]

    assert verify_chain(PAPER, moved)[1].startswith("entry 2 does not follow")
    assert "it was moved" in verify_chain(PAPER, renumbered, after=(0, links[0].hash))[1]
    assert "it was moved" in verify_chain("other", links)[1]


def test_fills_that_the_journal_tells_otherwise_are_named(command: Run, place: Deployed) -> None:
    fill, *_ = queries.fills(place.ledger, PAPER)
    place.ledger.put(items.fill_item(type(fill)(**{**_fields(fill), "price": fill.price + 1})))

    faults = found(command)
    assert f"fill {fill.trade_id} is not as the journal tells it: price" in faults
    assert any("the fills lead to cash" in text for text in faults)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ts", 1),
        ("strategy", "nobody"),
        ("leg", Leg.STOP),
        ("parent", IntentId("x")),
        ("order_id", IntentId("x")),
        ("reason", "forged"),
        ("instrument", InstrumentId("FB.US")),
    ],
)
def test_every_word_of_a_fill_is_held_to_the_journal(command: Run, place: Deployed, field: str, value: Any) -> None:
    fill = next(one for one in queries.fills(place.ledger, PAPER) if one.leg is Leg.ENTRY)
    place.ledger.put(items.fill_item(type(fill)(**{**_fields(fill), field: value})))

    assert f"fill {fill.trade_id} is not as the journal tells it: {field}" in found(command)


@pytest.mark.parametrize(("field", "said"), [("cost", "says that it cost"), ("strategy", "is nobody's")])
def test_a_position_that_its_fills_do_not_make_is_named(command: Run, place: Deployed, field: str, said: str) -> None:
    book = next(one for one in queries.books(place.ledger, PAPER) if one.positions)
    before = place.ledger.get(*items.book_key(PAPER, book.instrument)) or {}
    position, *others = book.positions
    altered = replace(position, strategy="nobody") if field == "strategy" else replace(position, cost=position.cost * 2)
    place.ledger.put(items.book_item(replace(book, positions=(altered, *others)), int(before["seq"]["N"])))
    faults = found(command)
    place.ledger.put(before)

    assert any(said in text for text in faults)


def test_an_entry_behind_the_end_that_the_account_names_is_found(command: Run, place: Deployed) -> None:
    last = queries.account(place.ledger, PAPER)
    assert last is not None
    forged = JournalEntry(PAPER, last.seq + 1, 5, (Event("NOTE", Severity.INFO, "", ""),), last.journal_hash)
    place.ledger.put(items.entry_item(forged))
    faults = found(command)
    place.ledger.delete(*items.journal_key(PAPER, forged.seq))

    assert faults == [f"entry {forged.seq} lies behind the end that the account names: nobody booked it"]


def appended(place: Deployed, name: str) -> JournalEntry:
    journal = DynamoJournal(place.ledger)
    seq, head = journal.head(name)
    entry = JournalEntry(name, seq + 1, 5, (Event("NOTE", Severity.INFO, "ana asked", ""),), head)
    journal.append(entry)
    return entry


def faults_of(command: Run, name: str) -> list[str]:
    rows = {row["journal"]: row for row in json.loads(command("ledger", "verify", "--json").output)}
    faults: list[str] = rows[name]["faults"]
    return faults


def test_the_system_s_journal_ends_no_sooner_than_it_was_announced(command: Run, place: Deployed) -> None:
    first, cut = appended(place, SYSTEM), appended(place, SYSTEM)
    DynamoJournal(place.ledger).mark_published(SYSTEM, cut.seq)
    whole = faults_of(command, SYSTEM)
    place.ledger.delete(*items.journal_key(SYSTEM, cut.seq))
    broken = faults_of(command, SYSTEM)
    place.ledger.delete(*items.published_key(SYSTEM))
    place.ledger.delete(*items.journal_key(SYSTEM, first.seq))

    assert whole == []
    assert broken == [f"entry {cut.seq} is missing: the journal ends there, and {cut.seq} were announced"]


def test_the_audit_trail_is_verified_as_every_journal_is(command: Run, place: Deployed) -> None:
    key = items.journal_key(AUDIT, appended(place, AUDIT).seq)
    whole = faults_of(command, AUDIT)
    item = place.ledger.get(*key) or {}
    place.ledger.put({**item, "data": {"S": item["data"]["S"].replace("ana", "bob")}})
    altered = faults_of(command, AUDIT)
    place.ledger.delete(*key)

    assert whole == []
    assert altered[0].endswith("was altered: it does not hash to what it says")


def test_a_lost_fill_is_named(command: Run, place: Deployed) -> None:
    fill, *_ = queries.fills(place.ledger, PAPER)
    place.ledger.delete(*items.fill_key(PAPER, fill.trade_id))

    assert f"fill {fill.trade_id} of the journal is lost" in found(command)


@pytest.mark.parametrize("by", ["strategy", "instrument,day", "day"])
def test_what_was_realised_adds_up_to_the_account(command: Run, place: Deployed, by: str) -> None:
    rows = json.loads(command("ledger", "pnl", "--by", by, "--json").output)

    account = queries.account(place.ledger, PAPER)
    assert account is not None
    parts = rows[:-1] or rows
    assert Decimal(rows[-1]["realised"]) == round(account.realised, 2)
    assert sum(Decimal(row["realised"]) for row in parts) == pytest.approx(account.realised, abs=Decimal(len(parts)))
    assert sum(row["entries"] + row["exits"] for row in parts) == len(queries.fills(place.ledger, PAPER))


def test_a_day_earned_what_the_daily_loss_counts_on_it(command: Run, place: Deployed) -> None:
    counted: dict[str, Decimal] = {}
    for entry in queries.journal(place.ledger, PAPER):
        facts = [event.data or {} for event in entry.events if event.kind == "ORDER_FILLED"]
        if facts:
            name = iso(day_of(entry.ts) * DAY)
            counted[name] = counted.get(name, Decimal(0)) + sum(Decimal(one["realised"]) for one in facts)

    *rows, _ = json.loads(command("ledger", "pnl", "--by", "day", "--json").output)

    assert len(counted) > 1
    assert {row["day"]: row["realised"] for row in rows} == {name: f"{sum_:+.2f}" for name, sum_ in counted.items()}


def test_what_was_sold_as_a_bar_ended_at_midnight_was_sold_on_its_day(command: Run, place: Deployed) -> None:
    stops = {one.trade_id for one in queries.fills(place.ledger, PAPER) if one.leg is Leg.STOP and one.ts % DAY == 0}
    rows = [row for row in json.loads(command("ledger", "lots", "--json").output) if row["trade"] in stops]

    assert rows
    assert all(row["sold"].endswith("T23:59:59Z") for row in rows)


def test_what_nothing_is_grouped_by_is_said(command: Run, place: Deployed) -> None:
    assert "cannot group by colour" in str(command("ledger", "pnl", "--by", "colour").exception)
    assert "unknown account 'nobody'" in str(command("ledger", "verify", "--account", "nobody").exception)


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__dataclass_fields__}
