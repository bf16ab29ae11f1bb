"""An entry of a kind that its venue lacks is sent once, when its price has come and still may."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS, Desk, stop_at
from tests.unit.application.held_here.scene import DEAR, DOLLAR, K, S, at_market, held, now_is, passed
from tradewind.domain.ledger import Control, TradingState
from tradewind.domain.order import NOTHING, Leg
from tradewind.domain.terms import OrderKind, Terms
from tradewind.domain.timeframe import MINUTE


@pytest.mark.parametrize(
    ("desk", "kind"),
    [
        ("fake", K.TRAILING_STOP),
        ("fake", K.TAKE_PROFIT),
        ("bybit", K.TRAILING_STOP),
        ("alpaca", K.TAKE_PROFIT),
        ("alpaca", K.TRAILING_STOP),
    ],
    indirect=["desk"],
)
def test_an_entry_of_a_kind_that_its_venue_lacks_waits_here_and_is_sent_once(desk: Desk, kind: OrderKind) -> None:
    price = DEAR
    terms = (
        Terms(kind, trigger=price - 5) if kind is K.TAKE_PROFIT else Terms(kind, trigger=price + 5, trail=5 * DOLLAR)
    )
    order = held(desk, Leg.ENTRY, terms)
    assert order.reserved > 0
    passed(desk, price - 1, price + 1, price)
    assert (desk.at.book.orders, now_is(desk, order).status) == ({}, S.ACCEPTED)

    message = passed(desk, price - 6, price + 6, price)
    desk.execute(message)

    assert now_is(desk, order).status is S.FILLED
    assert "it was watched here" in now_is(desk, order).reason
    assert at_market(desk, side="buy") == 1
    assert len(stop_at(desk)) == 1
    desk.check()


@pytest.mark.parametrize("desk", ["fake"], indirect=True)
def test_a_purchase_that_followed_the_price_down_pays_no_more_than_the_collar_above_the_last_price(desk: Desk) -> None:
    order = held(desk, Leg.ENTRY, Terms(K.TRAILING_STOP, trigger=DEAR + 5, trail=5 * DOLLAR))
    passed(desk, DEAR / 2, DEAR / 2, DEAR / 2)

    passed(desk, DEAR / 2, DEAR / 2 + 5, DEAR / 2 + 5)

    # the last bars had it at about half of what the venue asks by now: nothing is bought at twice the price
    ended = now_is(desk, order)
    assert not ended.status.is_working
    assert not ended.filled
    assert desk.book.positions == ()
    assert ended.worst_price < DEAR * Decimal("0.6")


@pytest.mark.parametrize("desk", ["fake", "bybit"], indirect=True)
def test_a_stopped_account_sends_no_entry_that_had_waited_here(desk: Desk) -> None:
    price = DEAR
    order = held(desk, Leg.ENTRY, Terms(K.TRAILING_STOP, trigger=price + 5, trail=5 * DOLLAR))
    desk.ledger.items.controls[COINS] = Control(TradingState.REDUCING, "enough", 1)

    passed(desk, price, price + 6, price + 6)

    ended = now_is(desk, order)
    assert (ended.status, ended.reserved) == (S.DENIED, NOTHING)
    assert ended.reason.startswith("KILL_SWITCH_REDUCING: ")
    assert (desk.at.book.orders, desk.book.orders) == ({}, ())


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("desk", ["fake"], indirect=True)
def test_an_entry_that_waited_counts_in_the_minute_in_which_it_is_sent(desk: Desk, before: int) -> None:
    most = desk.configuration.account(COINS).limits.orders_per_minute
    order = held(desk, Leg.ENTRY, Terms(K.TAKE_PROFIT, trigger=DEAR - 5))
    desk.at.time.sleep(120)
    minute, items = desk.at.time.ms() // MINUTE + 1, desk.ledger.items
    items.accounts[COINS] = replace(items.accounts[COINS], minute=minute, sent=most - 1 + before)

    passed(desk, DEAR - 6, DEAR + 6, DEAR)

    ended = now_is(desk, order)
    assert (ended.status, ended.reason.startswith("ORDER_RATE")) == ((S.DENIED, True) if before else (S.FILLED, False))
    assert (items.accounts[COINS].minute, items.accounts[COINS].sent) == (minute, most)
