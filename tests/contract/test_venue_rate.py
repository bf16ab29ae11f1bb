"""Our own share of a venue's rate holds back questions, and nothing that opens, changes or ends an order."""

from collections.abc import Iterator

import pytest

from tests.venues.trading import Pit, pit
from tradewind.adapters.venues.native import NativeVenue, Patience
from tradewind.domain.errors import TransientError


@pytest.fixture(params=["kraken", "bybit", "alpaca"])
def at(request: pytest.FixtureRequest) -> Iterator[Pit]:
    with pit(request.param) as found:
        yield found


def used_up(at: Pit) -> None:
    assert isinstance(at.venue, NativeVenue)
    time = at.time
    patience = Patience(limiter=lambda: 1e9, monotonic=lambda: time.now, sleep=time.sleep)
    object.__setattr__(at.venue, "patience", patience)


def test_an_order_waits_behind_no_questions(at: Pit) -> None:
    used_up(at)

    at.venue.submit(at.resting())

    assert len(at.book.working()) == 1


def test_a_cancel_waits_behind_no_questions(at: Pit) -> None:
    order = at.resting()
    at.venue.submit(order)
    used_up(at)

    at.venue.cancel(order)

    assert at.book.working() == []


def test_a_question_waits_and_is_not_asked_where_that_is_too_long(at: Pit) -> None:
    used_up(at)

    with pytest.raises(TransientError, match="our own share of the venue's rate is used up"):
        at.venue.open_orders()
