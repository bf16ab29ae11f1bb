"""What goes wrong between an account and us, at every venue: nothing is doubled, invented or lost for it."""

import logging
from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.venues import faults
from tests.venues.private import KEY, SECRET
from tests.venues.trading import PLACES, Pit, pit
from tradewind.adapters.venues.credentials import CachedCredentials, Credentials
from tradewind.application.ports import Absent, Reported, Unclear
from tradewind.application.ports_venue import SKEW
from tradewind.domain.errors import PermanentError, TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Leg, OrderStatus

ADD = {"kraken": "AddOrder", "bybit": "order/create", "alpaca": "/v2/orders"}
CANCEL = {"kraken": "CancelOrder", "bybit": "order/cancel", "alpaca": "/v2/orders/"}


@pytest.fixture(params=PLACES)
def at(request: pytest.FixtureRequest) -> Iterator[Pit]:
    with pit(request.param) as made:
        yield made


@pytest.fixture
def add(at: Pit) -> str:
    return ADD[at.served.name]


def status(answer: object) -> OrderStatus:
    assert isinstance(answer, Reported), answer
    return answer.status


def leave_it_to_the_deadline(at: Pit) -> None:
    """Let no nonce refuse what is late."""
    assert at.account
    at.account.nonce_window = 1 << 60


def test_an_order_whose_answer_was_lost_is_found(at: Pit, add: str) -> None:
    order = at.resting()
    at.served.faults.append(faults.lost(path=add))

    at.venue.submit(order)

    assert status(at.venue.find(order)) is OrderStatus.ACCEPTED
    assert len(at.book.orders) == 1


def test_an_order_that_filled_while_its_answer_was_lost_is_found_among_the_closed(at: Pit, add: str) -> None:
    order = at.order(Leg.EXIT)
    at.served.faults.append(faults.lost(path=add))

    at.venue.submit(order)

    assert status(at.venue.find(order)) is OrderStatus.FILLED
    assert len(at.book.orders) == 1


def test_an_order_that_was_lost_on_its_way_may_be_sent_again_when_it_can_no_longer_arrive(at: Pit, add: str) -> None:
    order = at.resting()
    at.served.faults.append(faults.hang_up(times=1 if at.served.name != "alpaca" else 9, path=add))

    assert isinstance(at.venue.submit(order), Unclear)
    at.served.faults.clear()
    assert isinstance(at.venue.find(order), Unclear)
    at.time.now = (order.deadline + SKEW + 1) / 1000
    assert isinstance(at.venue.find(order), Absent)


def test_an_order_that_is_late_but_in_time_is_found_when_it_has_arrived(at: Pit, add: str) -> None:
    order = at.resting()
    leave_it_to_the_deadline(at)
    at.served.faults.append(faults.late(4, path=add))
    if at.served.name == "alpaca":
        at.served.faults.append(faults.hang_up(times=9, path=add))

    assert isinstance(at.venue.submit(order), Unclear)
    at.served.faults.clear()
    assert isinstance(at.venue.find(order), Unclear)
    at.time.sleep(5)
    assert status(at.venue.find(order)) is OrderStatus.ACCEPTED


def test_what_was_proven_absent_and_sent_again_makes_one_order_however_late_the_first_arrives(
    at: Pit, add: str
) -> None:
    order = at.resting()
    leave_it_to_the_deadline(at)
    at.served.faults.append(faults.late(90, path=add))
    if at.served.name == "alpaca":
        at.served.faults.append(faults.hang_up(times=9, path=add))
    at.venue.submit(order)
    at.served.faults.clear()
    at.time.now = (order.deadline + SKEW + 1) / 1000
    assert isinstance(at.venue.find(order), Absent)

    again = at.resting(id=order.id)
    assert status(at.venue.submit(again)) is OrderStatus.ACCEPTED
    at.time.sleep(100)

    assert status(at.venue.find(again)) is OrderStatus.ACCEPTED
    assert len(at.book.orders) == 1


def test_an_order_that_was_taken_twice_shows_in_its_fills(at: Pit, add: str) -> None:
    order = at.order(Leg.EXIT)
    at.served.faults.append(faults.twice(path=add))

    at.venue.submit(order)
    fills = at.venue.fills(at.start)

    assert status(at.venue.find(order)) is OrderStatus.FILLED
    assert sum(one.quantity for one in fills) == 2 * order.quantity
    assert {one.client_id for one in fills} == {order.id}
    assert len({one.venue_id for one in fills}) == 2


def test_a_fill_may_be_told_before_its_order(at: Pit) -> None:
    assert at.account
    order = at.order(Leg.EXIT)
    at.account.hides = 3_000

    at.venue.submit(order)

    assert sum(one.quantity for one in at.venue.fills(at.start)) == order.quantity
    assert isinstance(at.venue.find(order), Unclear)
    at.time.sleep(4)
    assert status(at.venue.find(order)) is OrderStatus.FILLED


def test_a_fill_that_was_faster_than_its_cancellation_is_the_answer(at: Pit) -> None:
    assert at.account
    order = at.resting()
    at.venue.submit(order)
    at.account.races = True

    assert status(at.venue.cancel(order)) is OrderStatus.FILLED
    assert sum(one.quantity for one in at.venue.fills(at.start)) == order.quantity


def test_a_fill_after_the_cancellation_is_told(at: Pit) -> None:
    assert at.account
    order = at.resting()
    at.venue.submit(order)
    at.account.fill_late = (Decimal("0.125"), Decimal(900))

    answer = at.venue.cancel(order)

    assert status(answer) is OrderStatus.CANCELED
    assert [one.quantity for one in at.venue.fills(at.start)] == [Decimal("0.125")]


def test_a_cancellation_whose_answer_was_lost_is_asked_about(at: Pit) -> None:
    order = at.resting()
    at.venue.submit(order)
    at.served.faults.append(faults.lost(path=CANCEL[at.served.name]))

    assert status(at.venue.cancel(order)) is OrderStatus.CANCELED


def test_a_venue_that_is_looked_after_takes_nothing_and_says_nothing_final(at: Pit) -> None:
    order = at.resting()
    at.served.faults.append(faults.maintenance())

    assert isinstance(at.venue.submit(order), Unclear | Absent)
    assert isinstance(at.venue.find(order), Unclear)
    assert isinstance(at.venue.cancel(order), Unclear)
    with pytest.raises(TransientError):
        at.venue.balances()
    with pytest.raises(TransientError):
        at.venue.fills(at.start)
    at.served.faults.clear()

    assert at.book.orders == {}
    assert status(at.venue.submit(order)) is OrderStatus.ACCEPTED


def test_an_answer_of_its_gateway_says_nothing_of_the_order(at: Pit, add: str) -> None:
    at.served.faults.append(faults.status(502, times=9, path=add))

    assert isinstance(at.venue.submit(at.resting()), Unclear)


def test_a_throttled_order_waits_its_turn(at: Pit, add: str) -> None:
    order = at.resting()
    refused = at.served.too_many(1.0)
    at.served.faults.append(faults.status(refused.status, body=refused.body, path=add))

    assert status(at.venue.submit(order)) is OrderStatus.ACCEPTED
    assert at.time.naps
    assert len(at.book.orders) == 1


def test_an_order_that_is_throttled_for_long_is_not_taken(at: Pit, add: str) -> None:
    refused = at.served.too_many(1.0)
    at.served.faults.append(faults.status(refused.status, times=-1, body=refused.body, path=add))

    answer = at.venue.submit(at.resting())

    assert isinstance(answer, Absent)
    assert answer.reason.startswith("TOO_MANY_ORDERS: ")
    assert at.book.orders == {}


def test_a_bad_signature_is_refused_and_the_credentials_are_fetched_anew(at: Pit) -> None:
    assert at.account
    at.account.key = "rotated"

    answer = at.venue.submit(at.resting())

    assert isinstance(answer, Reported)
    assert (answer.status, answer.reason.partition(":")[0]) == (OrderStatus.REJECTED, "BAD_CREDENTIALS")
    with pytest.raises(PermanentError, match="BAD_CREDENTIALS"):
        at.venue.balances()
    assert at.venue.credentials._until == 0.0  # type: ignore[attr-defined]


def test_functions_that_share_a_key_get_past_each_others_nonces() -> None:
    with pit("kraken") as at:
        assert at.account
        at.account.nonce = int(at.time.now * 1e6) + 300_000  # another function's, a moment ahead

        answer = at.venue.submit(at.resting())

        assert status(answer) is OrderStatus.ACCEPTED
        assert at.time.naps


def test_kraken_takes_the_id_of_a_closed_order_again() -> None:
    with pit("kraken") as at:
        order = at.order(Leg.EXIT)
        at.venue.submit(order)
        at.venue.submit(order)

        assert len(at.book.orders) == 2  # so whoever forgets to look among the closed ones sends twice


@pytest.mark.parametrize("skew", [-30_000, 30_000])
def test_bybits_clock_is_learned_from_its_refusal(skew: int) -> None:
    with pit("bybit") as at:
        at.skew = skew

        assert status(at.venue.submit(at.resting())) is OrderStatus.ACCEPTED
        assert at.sends("order/create") == 2
        at.venue.balances()
        assert at.sends("wallet-balance") == 1


def test_a_buyer_at_bybit_pays_in_the_coin() -> None:
    with pit("bybit") as at:
        before = at.venue.balances()["BTC"].total
        order = at.order(worst_price=Decimal(200))
        at.venue.submit(order)
        fills = at.venue.fills(at.start)

        assert {one.fee_currency for one in fills} == {"BTC"}
        net = order.quantity - sum(one.fee for one in fills)
        assert at.venue.balances()["BTC"].total - before == net < order.quantity


def test_alpaca_takes_no_id_twice_whatever_became_of_its_order() -> None:
    with pit("alpaca") as at:
        order = at.order(Leg.EXIT)
        at.venue.submit(order)

        assert status(at.venue.submit(order)) is OrderStatus.FILLED
        assert len(at.book.orders) == 1


def test_an_order_that_took_anothers_place_at_alpaca_is_still_ours() -> None:
    with pit("alpaca") as at:
        order = at.resting()
        at.venue.submit(order)
        for price in (890, 880):
            assert status(at.venue.replace(order, order.quantity, Decimal(price))) is OrderStatus.ACCEPTED
        at.book.trade(at.symbol, Decimal(880), Decimal(9))

        assert status(at.venue.find(order)) is OrderStatus.FILLED
        assert [(one.client_id, one.price) for one in at.venue.fills(at.start)] == [(order.id, Decimal(880))]
        assert len(at.book.orders) == 3


def test_stocks_have_stops_and_day_orders_at_alpaca() -> None:
    with pit("alpaca") as at:
        stock = {"instrument": InstrumentId("AAPL.ALPACA"), "quantity": Decimal(2)}
        stop, sale = at.order(Leg.STOP, price=Decimal("50.00"), **stock), at.order(Leg.EXIT, **stock)
        at.venue.submit(stop)
        at.venue.submit(sale)

        kinds = {one.wish.client_id: (one.wish.kind, one.wish.lifetime) for one in at.book.orders.values()}
        assert kinds == {stop.id: ("stop", "GTC"), sale.id: ("market", "DAY")}
        assert at.venue.positions()[InstrumentId("AAPL.ALPACA")].quantity == 98


def test_whoever_may_not_look_knows_nothing(at: Pit) -> None:
    assert at.account
    order = at.resting()
    at.venue.submit(order)
    at.account.key = "rotated"
    at.time.now = (order.deadline + SKEW + 1) / 1000

    assert isinstance(at.venue.find(order), Unclear)
    assert isinstance(at.venue.cancel(order), Unclear)


@pytest.mark.parametrize(
    ("error", "kind"), [(TransientError("not now"), Absent), (PermanentError("nothing lies there"), Reported)]
)
def test_without_credentials_nothing_is_sent(at: Pit, add: str, error: Exception, kind: type) -> None:
    def fetch() -> Credentials:
        raise error

    object.__setattr__(at.venue, "credentials", CachedCredentials(fetch, lambda: 0.0))
    answer = at.venue.submit(at.resting())

    assert isinstance(answer, kind)
    assert at.sends(add) == 0
    assert isinstance(at.venue.find(at.resting()), Unclear)


@pytest.mark.parametrize("pages", ["", "duplicate", "missing"])
def test_every_fill_is_told_once_whatever_becomes_of_the_pages(at: Pit, pages: str) -> None:
    assert at.account
    order = at.resting(quantity=Decimal(3))
    at.venue.submit(order)
    for _ in range(120):
        at.book.trade(at.symbol, Decimal(900), Decimal("0.01"))
    at.account.pages = pages

    fills = at.venue.fills(at.start)

    assert len(fills) == len({one.trade_id for one in fills}) == 120
    assert sum(one.quantity for one in fills) == Decimal("1.2")
    assert list(fills) == sorted(fills, key=lambda one: one.ts)


def test_no_output_of_a_session_shows_a_secret(
    at: Pit, add: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert at.account
    caplog.set_level(logging.DEBUG)
    said = [repr(at.venue)]
    kinds = (faults.lost(path=add), faults.status(500, path=add), faults.garbage(b"{", path=add), faults.maintenance(3))
    for fault in (*kinds, faults.truncated(), faults.hang_up()):
        at.served.faults.append(fault)
        order = at.resting()
        said += [repr(at.venue.submit(order)), repr(at.venue.find(order)), repr(at.venue.cancel(order))]
    at.account.key = "rotated"
    for question in (at.venue.balances, at.venue.open_orders, lambda: at.venue.fills(at.start)):
        with pytest.raises(PermanentError) as refused:
            question()
        said += [repr(refused.value), str(refused.getrepr(style="long"))]

    everything = "\n".join([*said, caplog.text, *capfd.readouterr()])

    assert KEY not in everything
    assert SECRET not in everything


@pytest.mark.parametrize("may", [True, False])
def test_the_right_to_trade_is_told_where_the_venue_tells_it_and_else_by_nobody(at: Pit, may: bool) -> None:
    assert at.account
    at.account.may_trade = may

    assert at.venue.may_trade() is (None if at.served.name == "kraken" else may)
    assert at.book.orders == {}
