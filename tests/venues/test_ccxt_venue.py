"""Any exchange through ccxt: what it promises holds at the simulated venues too, and it promises no more."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from tests.venues import faults
from tests.venues.private import KEY, SECRET
from tests.venues.test_ccxt import provider
from tests.venues.trading import PLACES, Pit, pit
from tradewind.adapters.venues.ccxt_exchange import CcxtVenue
from tradewind.adapters.venues.credentials import CachedCredentials, Credentials
from tradewind.adapters.venues.native import Patience
from tradewind.application.ports import Reported, Unclear
from tradewind.application.ports_venue import SKEW
from tradewind.domain.order import Leg, OrderStatus

ADD = {"kraken": "AddOrder", "bybit": "order/create", "alpaca": "/v2/orders"}


@dataclass
class Through:
    at: Pit
    venue: CcxtVenue


@pytest.fixture(params=PLACES)
def through(request: pytest.FixtureRequest) -> Iterator[Through]:
    with pit(request.param) as at:
        assert at.account
        at.account.nonce_window = 1 << 60
        market = provider(at.served.name, at.served.url)
        made = market._venue()
        made.milliseconds = at.time.ms
        made.options |= {"enableUnifiedAccount": True, "unifiedMarginStatus": 5, "enableUnifiedMargin": False}
        made.has["fetchCurrencies"] = False
        credentials = CachedCredentials(lambda: Credentials(KEY, SECRET), lambda: 0.0)
        patience = Patience(monotonic=lambda: at.time.now, sleep=at.time.sleep, jitter=lambda: 0.5)
        yield Through(at, CcxtVenue([at.instrument], at.time.ms, patience, market, credentials))


def reported(answer: object) -> Reported:
    assert isinstance(answer, Reported), answer
    return answer


def test_an_order_is_taken_found_and_cancelled(through: Through) -> None:
    order = through.at.resting()

    assert reported(through.venue.submit(order)).status is OrderStatus.ACCEPTED
    (working,) = through.venue.open_orders()
    assert (working.client_id, working.limit, working.instrument) == (order.id, Decimal(900), order.instrument)
    assert reported(through.venue.cancel(order)).status is OrderStatus.CANCELED


def test_a_market_order_fills_and_its_fills_are_ours(through: Through) -> None:
    order = through.at.order(Leg.EXIT, quantity=Decimal("0.75"))

    through.venue.submit(order)

    assert reported(through.venue.find(order)).status is OrderStatus.FILLED
    fills, ours = through.venue.fills(through.at.start), through.at.venue.fills(through.at.start)
    assert {(one.trade_id, one.quantity, one.price) for one in fills} == {
        (one.trade_id, one.quantity, one.price) for one in ours
    }
    assert {one.client_id for one in fills} == {order.id}
    assert through.venue.balances()["BTC"].total == through.at.venue.balances()["BTC"].total


def test_what_is_not_there_is_never_proven_absent(through: Through) -> None:
    order = through.at.resting()
    through.at.time.now = (order.deadline + SKEW + 60_000) / 1000

    assert isinstance(through.venue.find(order), Unclear)


def test_an_order_whose_answer_was_lost_is_found(through: Through) -> None:
    order = through.at.resting()
    through.venue.balances()  # it reads the markets first
    through.at.served.faults.append(faults.lost(path=ADD[through.at.served.name]))

    assert isinstance(through.venue.submit(order), Unclear)
    assert reported(through.venue.find(order)).status is OrderStatus.ACCEPTED


def test_refusals_have_codes_and_show_no_secret(through: Through) -> None:
    poor = reported(through.venue.submit(through.at.resting(quantity=Decimal(5_000))))
    through.at.account.key = "rotated"  # type: ignore[union-attr]
    shut = through.venue.submit(through.at.resting())

    assert poor.reason.startswith("INSUFFICIENT_BALANCE: ")
    assert reported(shut).reason.partition(":")[0] in {"BAD_CREDENTIALS", "NOT_PERMITTED"}
    assert KEY not in f"{poor}{shut}{through.venue}"
    assert SECRET not in f"{poor}{shut}{through.venue}"
