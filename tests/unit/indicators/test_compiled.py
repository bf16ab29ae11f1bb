"""Interpreted in a function or compiled in a backtest: the same function, the same bits."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.walks import RECORDED, recorded, walk
from tradewind.backtest.compiler import compiled
from tradewind.domain.bar import Bar
from tradewind.indicators.averages import ema, sma, volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.momentum import rsi, rsi_dip, stochastic
from tradewind.indicators.trend import adx, macd
from tradewind.indicators.volatility import atr, bollinger

INDICATORS = [
    sma(20),
    volume_sma(20),
    ema(200),
    rsi(14),
    rsi_dip(7, 8),
    atr(14),
    bollinger(20, 2),
    macd(12, 26, 9),
    adx(14),
    stochastic(14, 3, 3),
]


def assert_same_bits(indicator: Indicator, bars: Sequence[Bar]) -> None:
    fast = compiled(indicator.kernel)
    slow_state, fast_state = indicator.new_state(), np.array(indicator.new_state())
    for number, each in enumerate(bars):
        indicator.kernel(slow_state, float(each.ts_open), *each[2:])
        fast(fast_state, float(each.ts_open), *each[2:])
        if number % 97 == 0 or number == len(bars) - 1:
            assert numbers(slow_state) == numbers(fast_state.tolist()), f"after bar {number}"


def numbers(state: Sequence[float]) -> list[str]:
    """Write each slot to its last bit; any NaN is one NaN, since its sign and payload are nobody's business."""
    return [value.hex() for value in state]


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda one: one.kernel.__name__)
def test_a_long_walk_gives_the_same_bits_compiled(indicator: Indicator) -> None:
    assert_same_bits(indicator, walk(seed=7, count=20_000))


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the folder of recorded bars is not beside this checkout")
@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda one: one.kernel.__name__)
def test_recorded_bars_give_the_same_bits_compiled(indicator: Indicator) -> None:
    files = sorted(RECORDED.glob("*.csv.gz"))

    assert files
    for path in files:
        assert_same_bits(indicator, recorded(path, 600))
