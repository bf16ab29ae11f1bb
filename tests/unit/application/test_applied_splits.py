"""Fills from before a split count as the shares that they have become, by the journal's order and not by times."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import ACME, PAPER, book
from tests.unit.application.test_tax_lots import fill
from tradewind.application.applied_splits import rescaled, scales
from tradewind.application.round_trips import trip_of
from tradewind.cli.diagnosis.ledger_checks import differences
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.fill import Fill
from tradewind.domain.instrument import InstrumentId

BOUGHT, SOLD = fill(9, 10, 100), replace(fill(9, -40, 30), trade_id="sold")
"""At one time, as where a bar ends with which the next begins."""

OTHER = InstrumentId("OTHER.US")


def entry(seq: int, *events: Event) -> JournalEntry:
    return JournalEntry(PAPER, seq, 9, events, "")


def booked(one: Fill) -> Event:
    return Event("FILLED", Severity.INFO, "", one.instrument, {"trade_id": one.trade_id})


def split(factor: str, instrument: InstrumentId = ACME) -> Event:
    return Event("SPLIT_APPLIED", Severity.WARNING, "", instrument, {"factor": factor})


JOURNAL = [
    entry(1, booked(BOUGHT)), entry(2, split("2")), entry(3, split("7", OTHER)), entry(4, split("2")),
    entry(5, booked(SOLD)),
]  # fmt: skip


@pytest.mark.parametrize("seen", [0, 1])
def test_what_was_bought_before_a_split_is_sold_after_it_in_one_round_trip(seen: int) -> None:
    before, after = rescaled([BOUGHT, SOLD], scales(JOURNAL[seen:]))
    trip = trip_of([before, after])

    assert (before.quantity, before.price, after) == (Decimal(40), Decimal(25), SOLD)
    assert trip
    assert (trip.quantity, trip.entry, trip.exit) == (Decimal(40), Decimal(25), Decimal(30))


def test_a_position_is_the_sum_of_its_fills_through_a_split() -> None:
    fills = rescaled([BOUGHT, SOLD], scales(JOURNAL))

    assert list(differences([book()], fills)) == []
    assert list(differences([book()], [BOUGHT, SOLD])) == [f"{PAPER} {ACME}: 0 held, the fills sum to -30"]
