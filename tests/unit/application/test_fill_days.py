"""A fill at midnight counts on the day that ends with its bar, or on the one that begins with it: the journal knows."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import PAPER, day, entry
from tradewind.application.fill_days import booked_at, day_of_fill, within_days
from tradewind.application.trade_view import View, add
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.fill import Fill
from tradewind.domain.ledger import START
from tradewind.domain.timeframe import DAY, MINUTE

MIDNIGHT = day(3)
FILL = Fill.of(entry(), 1, Decimal(1), Decimal(100), Decimal(1), Decimal(-1), MIDNIGHT)


def booked(ts: int, fill: Fill = FILL) -> dict[str, int]:
    told = Event("ORDER_FILLED", Severity.INFO, "", fill.instrument, {"trade_id": fill.trade_id})
    return booked_at([JournalEntry(PAPER, 1, ts, (told, Event("NOTE", Severity.INFO, "", "")), START)])


@pytest.mark.parametrize(
    ("booked_on", "ended"),
    [
        pytest.param(MIDNIGHT, 1, id="inside a bar that closes at midnight"),
        pytest.param(MIDNIGHT + MINUTE, 0, id="at the open of the day's first minute"),
        pytest.param(MIDNIGHT + DAY, 0, id="at the open of the day's own bar"),
    ],
)
def test_a_fill_at_midnight_counts_on_the_day_of_its_bar(booked_on: int, ended: int) -> None:
    ends = booked(booked_on)

    assert day_of_fill(FILL, ends) == MIDNIGHT // DAY - ended
    assert [one.ts for one in within_days([FILL], ends)] == [MIDNIGHT - ended]
    view, _ = add(View(), [FILL], booked=ends)
    assert view.days == {MIDNIGHT // DAY - ended: Decimal(-1)}


def test_every_other_fill_counts_on_the_day_of_its_own_time_whenever_it_was_heard_of() -> None:
    late = replace(FILL, ts=MIDNIGHT - 1)

    assert day_of_fill(late, booked(MIDNIGHT + MINUTE, late)) == MIDNIGHT // DAY - 1
    assert day_of_fill(late, {}) == MIDNIGHT // DAY - 1
    assert within_days([late], {}) == [late]
