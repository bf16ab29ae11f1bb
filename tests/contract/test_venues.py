"""What every venue promises: paper, the fake, and our adapters in front of served private sides."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.venues.orders import Wish
from tests.venues.trading import EVERYWHERE, Pit, pit
from tradewind.application.ports import Absent, Reported, Unclear
from tradewind.application.ports_venue import SKEW
from tradewind.domain.identifiers import intent_id
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Leg, OrderStatus, Side


@pytest.fixture(params=EVERYWHERE)
def at(request: pytest.FixtureRequest) -> Iterator[Pit]:
    with pit(request.param) as made:
        yield made


@pytest.fixture(params=[name for name in EVERYWHERE if name != "paper"])
def keeps(request: pytest.FixtureRequest) -> Iterator[Pit]:
    """Return a venue with a memory of its own."""
    with pit(request.param) as made:
        yield made


def reported(answer: object) -> Reported:
    assert isinstance(answer, Reported), answer
    return answer


def test_an_order_is_taken_found_and_cancelled(at: Pit) -> None:
    order = at.resting()

    assert reported(at.venue.submit(order)).status is OrderStatus.ACCEPTED
    if at.venue.facts.remembers:
        assert reported(at.venue.find(order)).status is OrderStatus.ACCEPTED
    assert reported(at.venue.cancel(order)).status is OrderStatus.CANCELED
    assert reported(at.venue.cancel(order)).status is OrderStatus.CANCELED
    assert at.venue.open_orders() == type(at.venue.open_orders())()


def test_it_says_what_it_can_do(at: Pit) -> None:
    facts = at.venue.facts

    assert facts.kinds
    assert facts.lifetimes
    assert facts.documentation or facts.name == "FAKE"
    assert facts.proves_absence(0, 1 << 60) is False


def test_an_order_s_own_fills_are_told_and_nobody_else_s(keeps: Pit) -> None:
    first, second = (keeps.order(Leg.EXIT, created=keeps.time.ms(), quantity=Decimal("0.5")) for _ in range(2))
    for order in (first, second):
        keeps.venue.submit(order)

    for order in (first, second):
        told = keeps.venue.fills_of(order)
        assert {one.client_id for one in told} == {order.id}
        assert sum(one.quantity for one in told) == order.quantity
    assert list(keeps.venue.fills_of(keeps.order(created=keeps.time.ms()))) == []


def test_a_market_order_fills_and_every_fill_is_told_once(keeps: Pit) -> None:
    order = keeps.order(Leg.EXIT, quantity=Decimal("1.5"))
    start = keeps.time.ms()
    before = keeps.venue.balances()

    keeps.venue.submit(order)
    found, fills = reported(keeps.venue.find(order)), keeps.venue.fills(start)
    assert keeps.venue.fills_of(order) == fills

    assert found.status is OrderStatus.FILLED
    assert found.filled == sum(one.quantity for one in fills) == Decimal("1.5")
    assert found.average_price == sum(one.quantity * one.price for one in fills) / found.filled
    assert {one.client_id for one in fills} == {order.id}
    assert {(one.instrument, one.side) for one in fills} == {(keeps.instrument, Side.SELL)}
    assert len({one.trade_id for one in fills}) == len(fills) > 1
    after = keeps.venue.balances()
    coin, money = keeps.symbol.split("-")
    assert before[coin].total - after[coin].total == Decimal("1.5")
    proceeds = sum(one.quantity * one.price - one.fee for one in fills)
    assert after[money].total - before[money].total == proceeds
    assert {one.fee_currency for one in fills} == {money}


def test_fills_are_those_since_a_moment(keeps: Pit) -> None:
    keeps.venue.submit(keeps.order(Leg.EXIT))
    first = keeps.venue.fills(keeps.time.ms())
    keeps.time.sleep(2)
    keeps.venue.submit(keeps.order(Leg.EXIT))

    since = keeps.venue.fills(keeps.time.ms() - 1_000)

    assert {one.trade_id for one in since}.isdisjoint({one.trade_id for one in first})
    assert len(keeps.venue.fills(first[0].ts)) == len(first) + len(since)


def test_a_collared_entry_takes_what_it_can_get_within_its_worst_price(keeps: Pit) -> None:
    _, ask = keeps.book.market.best(keeps.symbol)
    order = keeps.order(quantity=Decimal(3), worst_price=ask)

    keeps.venue.submit(order)
    found = reported(keeps.venue.find(order))

    assert found.status is OrderStatus.CANCELED
    assert Decimal(0) < found.filled < 3
    assert found.average_price <= ask


def test_a_stop_waits_for_its_price_and_sells(keeps: Pit) -> None:
    last = keeps.book.market.last(keeps.symbol)
    order = keeps.order(Leg.STOP, price=last - 20)
    keeps.venue.submit(order)
    (working,) = keeps.venue.open_orders()
    assert (working.trigger, working.status, working.client_id) == (last - 20, OrderStatus.ACCEPTED, order.id)

    keeps.book.trade(keeps.symbol, last - 21, Decimal(9))

    assert reported(keeps.venue.find(order)).status is OrderStatus.FILLED
    assert keeps.venue.open_orders() == type(keeps.venue.open_orders())()


def test_a_part_of_an_order_fills_and_the_rest_can_be_cancelled(keeps: Pit) -> None:
    order = keeps.resting(quantity=Decimal(2))
    keeps.venue.submit(order)
    keeps.book.trade(keeps.symbol, Decimal(900), Decimal("0.75"))

    found = reported(keeps.venue.find(order))
    assert (found.status, found.filled) == (OrderStatus.PARTIALLY_FILLED, Decimal("0.75"))
    (working,) = keeps.venue.open_orders()
    assert (working.quantity, working.filled, working.limit) == (Decimal(2), Decimal("0.75"), Decimal(900))

    cancelled = reported(keeps.venue.cancel(order))
    assert (cancelled.status, cancelled.filled) == (OrderStatus.CANCELED, Decimal("0.75"))


def test_what_a_working_order_holds_is_not_free(keeps: Pit) -> None:
    coin = keeps.symbol.split("-")[0]
    total = keeps.venue.balances()[coin].total
    keeps.venue.submit(keeps.resting(quantity=Decimal(4)))

    assert keeps.venue.balances()[coin].total == total
    assert keeps.venue.balances()[coin].locked == 4
    assert keeps.venue.positions()[keeps.instrument].quantity == total


def test_quantity_and_price_of_a_working_order_change(keeps: Pit) -> None:
    order = keeps.resting()
    keeps.venue.submit(order)

    changed = reported(keeps.venue.replace(order, Decimal("0.75"), Decimal(880)))

    assert changed.status is OrderStatus.ACCEPTED
    (working,) = keeps.venue.open_orders()
    assert (working.quantity, working.limit) == (Decimal("0.75"), Decimal(880))
    assert reported(keeps.venue.find(order)).status is OrderStatus.ACCEPTED


def test_a_refused_change_leaves_the_order_as_it_was(keeps: Pit) -> None:
    order = keeps.resting()
    keeps.venue.submit(order)

    changed = reported(keeps.venue.replace(order, Decimal(5_000), Decimal(0)))

    assert changed.status is OrderStatus.ACCEPTED
    assert changed.reason.startswith("INSUFFICIENT_BALANCE: ")
    assert keeps.venue.open_orders()[0].quantity == order.quantity


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quantity": Decimal("0.00001")}, "BELOW_MINIMUM"),
        ({"quantity": Decimal("0.500000001")}, "OFF_GRID"),
        ({"price": Decimal("900.001")}, "OFF_GRID"),
        ({"quantity": Decimal(5_000)}, "INSUFFICIENT_BALANCE"),
        ({"instrument": "NOBODY-USD.KRAKEN"}, "UNKNOWN_INSTRUMENT"),
        ({"instrument": "SOL-USD.KRAKEN"}, "MARKET_CLOSED"),
    ],
)
def test_each_refusal_has_its_code_and_a_sentence(keeps: Pit, changes: dict[str, object], code: str) -> None:
    if "instrument" in changes:
        symbol = str(changes["instrument"]).rpartition(".")[0]
        pair = symbol.replace("-USD", f"-{keeps.symbol.split('-')[1]}")
        changes = {"instrument": InstrumentId(f"{pair}.{keeps.instrument.rpartition('.')[2]}")}
    order = keeps.resting(**changes)

    answer = reported(keeps.venue.submit(order))

    assert (answer.status, answer.reason.partition(": ")[0]) == (OrderStatus.REJECTED, code)
    assert answer.reason.partition(": ")[2]
    assert keeps.book.orders == {}


def test_an_order_that_is_not_there_is_absent_only_when_it_can_no_longer_arrive(keeps: Pit) -> None:
    order = keeps.resting()

    assert isinstance(keeps.venue.find(order), Unclear)
    keeps.time.now = (order.deadline + SKEW) / 1000
    assert isinstance(keeps.venue.find(order), Unclear)
    keeps.time.sleep(0.002)
    assert isinstance(keeps.venue.find(order), Absent)
    assert isinstance(keeps.venue.find(keeps.resting(deadline=0)), Unclear)


def test_a_repeated_client_id_of_an_open_order_makes_no_second_order(keeps: Pit) -> None:
    order = keeps.resting()

    first, second = keeps.venue.submit(order), keeps.venue.submit(order)

    assert reported(first).venue_id == reported(second).venue_id
    assert len(keeps.book.orders) == 1


def test_orders_of_others_are_shown_too(keeps: Pit) -> None:
    keeps.book.place(Wish(keeps.symbol, "sell", Decimal(1), "limit", Decimal(950), client_id="somebody else's"))

    (found,) = keeps.venue.open_orders()
    assert (found.client_id, found.limit, found.instrument) == ("somebody else's", Decimal(950), keeps.instrument)


def test_it_tells_its_rules_and_its_time(keeps: Pit) -> None:
    rules = {one.id.rpartition(".")[0]: one for one in keeps.venue.rules()}

    assert rules[keeps.symbol].tick == Decimal(keeps.book.market.symbols[keeps.symbol].tick)
    assert rules[keeps.symbol].lot == Decimal(keeps.book.market.symbols[keeps.symbol].lot)
    assert abs(keeps.venue.now() - keeps.time.ms()) < 1_000


def test_an_order_that_was_never_sent_cannot_be_cancelled_for_sure(keeps: Pit) -> None:
    assert isinstance(keeps.venue.cancel(keeps.resting(id=intent_id("never"))), Unclear)
