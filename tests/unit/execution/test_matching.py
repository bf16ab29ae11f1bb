import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.execution.matching import NO_FILL, STOPPED, TARGETED, bracket, slipped


@pytest.mark.parametrize(
    ("ticks", "side", "bps", "expected"),
    [
        (10_000, 1, 5, 10_005),
        (10_000, -1, 5, 9_995),
        (10_000, 1, 0, 10_000),
        (10_000, -1, 0, 10_000),
        (100, 1, 1, 101),  # a hundredth of a tick is a whole tick against the buyer
        (100, -1, 1, 99),
        (1, -1, 9_999, 1),  # a price stays positive
    ],
)
def test_slippage_is_whole_ticks_against_the_taker(ticks: int, side: int, bps: int, expected: int) -> None:
    assert slipped(ticks, side, bps) == expected


@given(st.integers(2, 10**9), st.sampled_from([1, -1]), st.integers(0, 1_000))
def test_slippage_never_helps_and_never_costs_a_tick_more_than_it_says(ticks: int, side: int, bps: int) -> None:
    against = (slipped(ticks, side, bps) - ticks) * side

    assert ticks * bps <= against * 10_000 < ticks * bps + 10_000


STOP, TARGET = 95, 110


@pytest.mark.parametrize(
    ("case", "open_", "high", "low", "expected"),
    [
        ("nothing is touched", 100, 105, 96, (NO_FILL, 0)),
        ("the stop is touched", 100, 101, 95, (STOPPED, 95)),
        ("the stop is missed by a tick", 100, 101, 96, (NO_FILL, 0)),
        ("the target is touched", 100, 110, 99, (TARGETED, 110)),
        ("the target is missed by a tick", 100, 109, 99, (NO_FILL, 0)),
        ("a bar that touches both is stopped, the worse first", 100, 120, 90, (STOPPED, 95)),
        ("a gap through the stop fills at the open", 92, 100, 90, (STOPPED, 92)),
        ("an open at the stop is stopped there", 95, 111, 95, (STOPPED, 95)),
        ("a gap beyond the target fills at the open", 112, 115, 111, (TARGETED, 112)),
        ("a gap beyond the target fills there even if the stop is touched later", 112, 115, 90, (TARGETED, 112)),
        ("an open at the target fills there", 110, 110, 94, (TARGETED, 110)),
    ],
)
def test_a_bracket_in_a_bar(case: str, open_: int, high: int, low: int, expected: tuple[int, int]) -> None:
    assert bracket(open_, high, low, STOP, TARGET) == expected, case


@pytest.mark.parametrize(
    ("stop", "target", "expected"),
    [(0, 0, (NO_FILL, 0)), (0, 110, (TARGETED, 110)), (95, 0, (STOPPED, 95))],
)
def test_zero_is_no_stop_and_no_target(stop: int, target: int, expected: tuple[int, int]) -> None:
    assert bracket(100, 120, 90, stop, target) == expected


@st.composite
def bars(draw: st.DrawFn) -> tuple[int, int, int]:
    low, open_, high = sorted(draw(st.integers(1, 300)) for _ in range(3))
    return open_, high, low


levels = st.tuples(st.integers(0, 150), st.integers(151, 300) | st.just(0))


@given(bars(), levels)
def test_a_fill_is_a_price_that_the_bar_traded_at(bar: tuple[int, int, int], level: tuple[int, int]) -> None:
    open_, high, low = bar
    what, price = bracket(open_, high, low, *level)

    assert what == NO_FILL or low <= price <= high


@given(bars(), levels)
def test_a_stop_never_fills_better_and_a_target_never_worse_than_its_level(
    bar: tuple[int, int, int], level: tuple[int, int]
) -> None:
    stop, target = level
    what, price = bracket(*bar, stop, target)

    if what == STOPPED:
        assert price <= stop
    if what == TARGETED:
        assert price >= target


@given(bars(), levels)
def test_a_level_inside_the_bar_is_never_passed_over(bar: tuple[int, int, int], level: tuple[int, int]) -> None:
    (_, high, low), (stop, target) = bar, level
    touched = bool(stop and low <= stop) or bool(target and high >= target)

    assert (bracket(*bar, *level)[0] != NO_FILL) == touched
