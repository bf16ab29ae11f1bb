"""Paper fills flatter nobody: whatever the bar, no price is better than one that was traded in it."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import FREE, SHARE, bar, book, entry
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules
from tradewind.domain.order import Leg, OrderStatus, Side
from tradewind.execution.paper import apply_bar

ticks = st.integers(5_000, 15_000)
rules = st.builds(
    lambda fee, slip: replace(FREE, fee_bps=fee, slippage_bps=slip), st.integers(0, 50), st.integers(0, 50)
)


@st.composite
def bars(draw: st.DrawFn, number: int) -> Bar:
    low, open_, close, high = sorted(draw(ticks) / 100 for _ in range(4))
    first, last = (open_, close) if draw(st.booleans()) else (close, open_)
    return bar(number, first, high, low, last)


@given(bars(2), bars(3), ticks, ticks, rules)
def test_no_fill_is_better_than_the_bar(first: Bar, second: Bar, one: int, other: int, rules: AccountRules) -> None:
    stop, target = (SHARE.price(level) for level in sorted((one, other)))
    before = book(entry(stop=stop, target=target, worst_price=Decimal(1000)))
    for current in (first, second):
        outcome = apply_bar(before, current, SHARE, rules)
        low, high = (SHARE.price(SHARE.ticks(value)) for value in (current.low, current.high))
        for fill in outcome.fills:
            assert fill.price >= low if fill.side is Side.BUY else fill.price <= high
            assert fill.price % SHARE.tick == 0
            assert fill.fee >= 0
        before = outcome.book


@given(bars(2), ticks, rules)
def test_no_entry_fills_beyond_its_collar(first: Bar, collar: int, rules: AccountRules) -> None:
    worst = SHARE.price(collar)
    outcome = apply_bar(book(entry(worst_price=worst)), first, SHARE, rules)

    entries = [fill for fill in outcome.fills if fill.leg is Leg.ENTRY]
    assert all(fill.price <= worst for fill in entries)
    assert bool(entries) != any(order.status is OrderStatus.REJECTED for order in outcome.orders)


@given(bars(2), ticks, ticks, rules)
def test_a_bar_matched_again_gives_the_same_outcome(first: Bar, one: int, other: int, rules: AccountRules) -> None:
    stop, target = (SHARE.price(level) for level in sorted((one, other)))
    before = book(entry(stop=stop, target=target))

    assert apply_bar(before, first, SHARE, rules) == apply_bar(before, first, SHARE, rules)
