"""Interpreted in a function or compiled in a backtest: the same function, the same bits."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.walks import RECORDED, recorded, walk
from tradewind.backtest.compiler import compiled
from tradewind.domain.bar import Bar
from tradewind.indicators.base import Indicator
from tradewind.indicators.registry import DEFINITIONS, indicator

UNUSUAL = (
    "sma:1",
    "wma:1",
    "stoch:1:1:1",
    "stoch:5:4:2",
    "bbands:2:0.5",
    "hma:2",
    "regression:2:1",
    "swings:1:4",
    "vwap:6:1",
)
"""Settings at the edge of what they may be, or off the beaten track."""

SPECS = (*DEFINITIONS, *UNUSUAL)


def assert_same_bits(indicator: Indicator, bars: Sequence[Bar]) -> None:
    fast = compiled(indicator.kernel, within=False)
    slow_state, fast_state = indicator.new_state(), np.array(indicator.new_state())
    for number, each in enumerate(bars):
        indicator.kernel(slow_state, float(each.ts_open), *each[2:])
        fast(fast_state, float(each.ts_open), *each[2:])
        if number % 97 == 0 or number == len(bars) - 1:
            assert numbers(slow_state) == numbers(fast_state.tolist()), f"after bar {number}"


def numbers(state: Sequence[float]) -> list[str]:
    """Write each slot to its last bit; any NaN is one NaN, since its sign and payload are nobody's business."""
    return [value.hex() for value in state]


@pytest.mark.parametrize("spec", SPECS)
def test_a_long_walk_gives_the_same_bits_compiled(spec: str) -> None:
    assert_same_bits(indicator(spec), walk(seed=7, count=5_000))


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the folder of recorded bars is not beside this checkout")
@pytest.mark.parametrize("spec", SPECS)
def test_recorded_bars_give_the_same_bits_compiled(spec: str) -> None:
    files = sorted(RECORDED.glob("*.csv.gz"))[::9]

    assert files
    for path in files:
        assert_same_bits(indicator(spec), recorded(path, 600))


@pytest.mark.parametrize("spec", SPECS)
def test_a_state_is_floats_and_nothing_else(spec: str) -> None:
    declared = indicator(spec)
    state = declared.new_state()
    for each in walk(seed=3, count=300):
        declared.kernel(state, float(each.ts_open), *each[2:])

    assert {type(value) for value in state} == {float}
    assert len(state) == declared.size
