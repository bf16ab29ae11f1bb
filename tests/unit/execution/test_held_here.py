"""What a bar makes of an order that waits here is what it makes of the same order on paper."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import ACME, FREE, book, configuration, held, order_id
from tests.builders import entry as entry_of
from tradewind.adapters.dynamodb import codec
from tradewind.domain.bar import Bar
from tradewind.domain.order import AT_MARKET, Leg, Order, OrderStatus, Side
from tradewind.domain.order_terms import OrderKind, Terms, TimeInForce
from tradewind.execution.held_here import is_due, watched
from tradewind.execution.paper import apply_bar
from tradewind.execution.venue_fills import seen

K, S = OrderKind, OrderStatus
START, END = 1_000_000, 1_060_000
RULES = configuration(rules=FREE).instrument(ACME)
PRICES = st.integers(9_000, 11_000).map(lambda cents: cents / 100)


def money(price: float | str) -> Decimal:
    return Decimal(str(price)).quantize(Decimal("0.01"))


def waiting(leg: Leg, terms: Terms, created: int = START) -> Order:
    """Return an order that waits here beside a position of ten, or to open one."""
    return replace(
        entry_of(), leg=leg, side=Side.BUY if leg is Leg.ENTRY else Side.SELL, quantity=Decimal(10), terms=terms,
        created=created, status=S.ACCEPTED, worst_price=Decimal(500), stop=Decimal(1), target=Decimal(0),
        parent=entry_of().id if leg is Leg.ENTRY else held().parent, id=order_id(leg),
        held_here=True,
    )  # fmt: skip


def after(order: Order, bar: Bar) -> Order:
    """Return the order as a bar leaves it."""
    return next(iter(watched(book(order), bar, RULES)), order)


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    prices = sorted(draw(st.lists(PRICES, min_size=4, max_size=4)))
    open_, close = (prices[1], prices[2]) if draw(st.booleans()) else (prices[2], prices[1])
    return Bar(START, END, open_, prices[3], prices[0], close, 0.0)


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    kind, trigger = draw(st.sampled_from([K.STOP, K.TAKE_PROFIT, K.TRAILING_STOP])), money(draw(PRICES))
    return Terms(
        kind, trigger=trigger, trail=money(draw(st.integers(1, 500)) / 100) if kind is K.TRAILING_STOP else money(0)
    )


@given(bar=bars(), asked=terms(), leg=st.sampled_from([Leg.ENTRY, Leg.EXIT]), late=st.booleans())
def test_it_is_triggered_or_trailed_exactly_where_paper_would_fill_or_trail(
    bar: Bar, asked: Terms, leg: Leg, *, late: bool
) -> None:
    order = waiting(leg, asked, created=START + 1 if late else START)
    before = book(replace(order, held_here=False), positions=[held()] if leg is Leg.EXIT else [])

    matched = {one.id: one for one in apply_bar(before, bar, RULES, FREE).orders}.get(order.id)
    mine = after(order, bar)

    assert is_due(mine) == bool(matched and matched.status is S.FILLED)
    if not is_due(mine):
        assert mine.terms == (matched.terms if matched else asked)
    else:
        assert (mine.terms, mine.created, mine.leg is Leg.ENTRY) == (AT_MARKET, END, mine.valid_until > END)


def bar_of(low: float, high: float, close: float) -> Bar:
    return Bar(START, END, close, high, low, close, 0.0)


LIMIT = Terms(K.LIMIT, limit=Decimal(105))
STOP_LIMIT = Terms(K.STOP_LIMIT, trigger=Decimal(95), limit=Decimal(94))


@pytest.mark.parametrize(
    ("asked", "low", "high", "close", "due", "status"),
    [
        (LIMIT, 99, 104, 104, False, S.ACCEPTED),
        (LIMIT, 99, 106, 104, False, S.ACCEPTED),
        (LIMIT, 99, 106, 105, True, S.TRIGGERED),
        (STOP_LIMIT, 96, 100, 99, False, S.ACCEPTED),
        (STOP_LIMIT, 95, 100, 95, True, S.TRIGGERED),
        (STOP_LIMIT, 90, 100, 92, False, S.TRIGGERED),
    ],
)
def test_an_exit_with_a_limit_is_sent_only_while_it_takes_and_never_rests(
    asked: Terms, low: float, high: float, close: float, *, due: bool, status: OrderStatus
) -> None:
    order = after(waiting(Leg.EXIT, asked), bar_of(low, high, close))

    assert (is_due(order), order.status) == (due, status)
    assert order.terms == (Terms(K.LIMIT, limit=asked.limit, lifetime=TimeInForce.IOC) if due else asked)


def test_a_stop_limit_that_woke_beyond_its_limit_is_sent_when_a_bar_closes_at_it_again() -> None:
    woken = after(waiting(Leg.EXIT, STOP_LIMIT), bar_of(90, 100, 92))

    assert is_due(after(replace(woken, created=0), bar_of(91, 95, 94)))


def test_an_entry_whose_stop_limit_is_reached_goes_to_its_venue_as_a_limit_that_may_rest() -> None:
    asked = replace(STOP_LIMIT, limit=Decimal(96), lifetime=TimeInForce.DAY, expires=END + 5)
    order = after(waiting(Leg.ENTRY, asked), bar_of(90, 99, 98))

    assert is_due(order)
    assert order.terms == Terms(K.LIMIT, limit=Decimal(96), lifetime=TimeInForce.DAY, expires=END + 5)


@pytest.mark.parametrize(("expires", "low", "ends"), [(END - 1, 90, True), (END, 99, True), (END, 90, False)])
def test_its_time_ends_as_on_paper_before_the_bar_or_with_it(expires: int, low: float, *, ends: bool) -> None:
    asked = Terms(K.STOP, trigger=Decimal(95), lifetime=TimeInForce.GTD, expires=expires)

    order = after(replace(waiting(Leg.EXIT, asked), reserved=Decimal(3)), bar_of(low, 100, 99))

    assert (order.status is S.EXPIRED, is_due(order)) == (ends, not ends)
    assert order.reserved == (0 if ends else 3)


def test_what_a_bar_changes_makes_a_new_version_of_the_book_and_what_is_sent_waits_no_more() -> None:
    order = waiting(Leg.EXIT, Terms(K.STOP, trigger=Decimal(95)))
    untouched, first = (seen(book(order, positions=[held()]), bar_of(low, 100, 99), RULES) for low in (96, 90))
    again = seen(first.book, replace_ts(bar_of(80, 100, 99)), RULES)

    assert (untouched.changes, first.changes, again.changes) == (False, True, False)
    assert first.book.version == book().version + 1
    (due,) = first.book.orders  # until it is sent it keeps no other exit from being sent, and can be cancelled
    assert (due.rests, first.book.working(due.strategy, Leg.EXIT)) == (True, None)
    assert again.book.orders == first.book.orders


def replace_ts(bar: Bar) -> Bar:
    return bar._replace(ts_open=bar.ts_open + 60_000, ts_close=bar.ts_close + 60_000)


def test_the_table_keeps_that_an_order_waits_here_and_reads_those_written_before_there_was_such_a_thing() -> None:
    order = waiting(Leg.EXIT, LIMIT)
    row = dict(codec.order_row(order))

    assert codec.order_of(row) == order
    row.pop("held_here")
    assert codec.order_of(row) == replace(order, held_here=False)
