"""What protections and sizing look back on is positions that were left, however many trades that took."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS, Desk
from tests.venues.exchange import Exchange
from tests.venues.trading import pit
from tradewind.domain.identifiers import intent_id
from tradewind.domain.ledger import Closed
from tradewind.domain.order import Leg
from tradewind.domain.protections import Protections
from tradewind.domain.timeframe import MINUTE
from tradewind.risk.protections import Recent, pause


@pytest.fixture(params=["fake", "kraken", "bybit", "alpaca"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with pit(request.param) as at:
        yield Desk(at, remembers=40)


def closed(desk: Desk) -> tuple[Closed, ...]:
    return desk.ledger.items.accounts[COINS].closed


def test_a_position_that_is_sold_in_many_trades_is_left_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.send(desk.wish())
    cost = desk.book.exposure
    take, bit = Exchange._book, Decimal("0.1")
    monkeypatch.setattr(
        Exchange, "_book", lambda *told: ((p, bit) for p, q in take(*told) for _ in range(int(q / bit)))
    )
    desk.at.time.sleep(60)

    desk.send(desk.wish(Leg.EXIT))

    assert desk.book.positions == ()
    sales = [one for one in desk.ledger.items.fills.values() if one.leg is Leg.EXIT]
    assert len(sales) > 5
    (left,) = closed(desk)
    assert (left.cost, left.realised, left.leg) == (cost, sum(one.realised for one in sales), Leg.EXIT)


def test_a_position_that_is_sold_in_parts_is_left_with_the_last(desk: Desk) -> None:
    desk.send(desk.wish())
    cost = desk.book.exposure
    for quantity in ("0.5", "2"):
        assert closed(desk) == ()
        desk.at.time.sleep(60)
        desk.send(desk.wish(Leg.EXIT, id=intent_id(quantity), quantity=Decimal(quantity)))

    (left,) = closed(desk)
    realised = sum(one.realised for one in desk.ledger.items.fills.values() if one.leg is Leg.EXIT)
    assert (left.cost, left.realised) == (cost, realised)


def test_what_is_left_between_two_bars_keeps_from_entering_at_the_next(desk: Desk) -> None:
    desk.send(desk.wish())
    desk.pass_bar(desk.at.book.market.last(desk.at.symbol))
    last_bar = desk.book.last_bar
    desk.at.time.sleep(30)
    desk.send(desk.wish(Leg.EXIT))

    def paused(bars: int) -> bool:
        recent = Recent(closed(desk), last_bar + bars * MINUTE, MINUTE)
        return pause(Protections(cooldown_bars=1), recent, desk.name) is not None

    assert (paused(1), paused(2)) == (True, False)
