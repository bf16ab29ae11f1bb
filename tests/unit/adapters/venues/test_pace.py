import pytest

from tests.venues.trading import pit
from tradewind.adapters.venues.native import Patience
from tradewind.adapters.venues.pace import Bucket
from tradewind.domain.errors import TransientError


def test_a_burst_is_let_through_and_a_stream_is_paced() -> None:
    now = [100.0]
    bucket = Bucket(2, 1.0, 3, lambda: now[0])

    assert [bucket() for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    now[0] += 10
    assert [bucket() for _ in range(4)] == [0, 0, 0, 0.5]


def test_orders_never_wait_behind_questions() -> None:
    with pit("kraken") as at:
        object.__setattr__(at.venue, "patience", Patience(limiter=lambda: 1e9, monotonic=lambda: at.time.now))

        with pytest.raises(TransientError, match="our own share"):
            at.venue.balances()
        at.venue.submit(at.resting())

        assert len(at.book.orders) == 1
