"""Orders meet recorded bars: what the market passed is filled, within its volume, and money is conserved."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.venues.exchange import Exchange
from tests.venues.market import Market, Rules, looped
from tests.venues.orders import DeniedError, Wish
from tradewind.domain.timeframe import MINUTE, Timeframe

SAMPLES = Path(__file__).parents[1] / "samples" / "bars"
NOON = 20_000 * 86_400_000


class Tape:
    def __init__(self) -> None:
        self.now = NOON
        source = looped(SAMPLES, {"BTC-USD": "sample_AAAUSDT_1h.csv.gz"})
        market = Market({"BTC-USD": Rules(tick="0.00000001", lot="0.00001")}, lambda: self.now, source)
        self.exchange = Exchange(market, {"USD": Decimal(100_000_000), "BTC": Decimal(50)})

    def rows(self, minutes: int) -> list[tuple[Decimal, Decimal, Decimal]]:
        rows = self.exchange.market.rows("BTC-USD", Timeframe.M1, NOON, NOON + (minutes - 1) * MINUTE)
        return [(Decimal(row.high), Decimal(row.low), Decimal(row.volume)) for row in rows]


def test_a_resting_order_fills_when_a_recorded_bar_passes_it_and_no_more_than_its_share() -> None:
    tape = Tape()
    last = tape.exchange.market.last("BTC-USD")
    order = tape.exchange.place(
        Wish("BTC-USD", "buy", Decimal(40), "limit", (last * Decimal("0.99")).quantize(Decimal("0.01")))
    )
    tape.now = NOON + 600 * MINUTE

    tape.exchange.settle()

    passed = [volume for _, low, volume in tape.rows(600) if low < order.wish.limit]
    assert passed
    assert 0 < order.filled <= sum(passed) * tape.exchange.share
    assert {one.price for one in tape.exchange.trades} == {order.wish.limit}
    tape.exchange.check()


def test_a_stop_wakes_in_the_first_recorded_bar_that_touches_it() -> None:
    tape = Tape()
    last = tape.exchange.market.last("BTC-USD")
    stop = tape.exchange.place(
        Wish("BTC-USD", "sell", Decimal(1), "stop", trigger=(last * Decimal("0.98")).quantize(Decimal("0.01")))
    )
    tape.now = NOON + 600 * MINUTE

    tape.exchange.settle()

    touched = any(low <= stop.wish.trigger for _, low, _ in tape.rows(600))
    assert (stop.state == "filled") == touched
    assert all(one.price <= stop.wish.trigger for one in tape.exchange.trades)
    tape.exchange.check()


def test_what_cannot_be_paid_is_refused_and_holds_nothing() -> None:
    tape = Tape()

    with pytest.raises(DeniedError, match="funds"):
        tape.exchange.place(Wish("BTC-USD", "sell", Decimal(51), "limit", Decimal(1_000_000)))

    assert tape.exchange.free("BTC") == 50
