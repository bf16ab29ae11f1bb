"""Ten million bars later the bands are still what exact arithmetic says, at a large price and at a tiny one."""

from typing import Any

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from tradewind.backtest.compiler import compiled
from tradewind.indicators.moments import deviation_slots, roll_deviation
from tradewind.indicators.volatility import bollinger, bollinger_kernel

COUNT = 10_000_000
PERIOD = 20


def ticks(seed: int, around: int) -> NDArray[np.int64]:
    """Return closes in whole ticks: a walk that is pulled back, with jumps, and with stretches that stand still."""
    chance = np.random.default_rng(seed)
    steps = chance.integers(-around // 2_000, around // 2_000 + 1, COUNT)
    steps[chance.random(COUNT) < 1e-4] = around // 10
    still = np.repeat(chance.random(COUNT // 50) < 0.02, 50)
    steps[still] = 0
    walked: NDArray[np.int64] = pulled(steps, around)
    return walked


@njit
def pulled(steps: Any, around: int) -> Any:
    closes = np.empty(len(steps), np.int64)
    close = around
    for place in range(len(steps)):
        if steps[place] != 0:
            close += steps[place] - (close - around) // 1_000
        closes[place] = close
    return closes


@njit
def furthest(closes: Any, tick: float, period: int, bands: Any, kernel: Any, spread: Any, roll: Any) -> Any:
    """Return the largest relative errors of upper band and deviation against sums of whole numbers, which are exact."""
    total = squares = 0
    worst_band = worst_deviation = 0.0
    still = 0
    for place in range(len(closes)):
        close = closes[place]
        total += close
        squares += close * close
        if place >= period:
            gone = closes[place - period]
            total -= gone
            squares -= gone * gone
        price = close * tick
        kernel(bands, 0.0, price, price, price, price, 1.0)
        _, deviation = roll(spread, 0, price)
        if place < period - 1:
            continue
        exact = np.sqrt(float(period * squares - total * total)) / period * tick
        upper = total * tick / period + 2.0 * exact
        worst_band = max(worst_band, abs(bands[0] - upper) / upper)
        if exact > 0.0:
            worst_deviation = max(worst_deviation, abs(deviation - exact) / exact)
        else:
            still += 1
            worst_deviation = max(worst_deviation, deviation)
    return worst_band, worst_deviation, still


@pytest.mark.parametrize(
    ("around", "tick"), [(12_800_000, 2.0**-7), (1_407_375, 2.0**-47)], ids=["at 100,000", "at a hundred-millionth"]
)
def test_bands_stay_exact_over_ten_million_bars(around: int, tick: float) -> None:
    """Ticks are powers of two, so that every price is exactly what the whole numbers say."""
    closes = ticks(1, around)
    bands = np.array(bollinger(PERIOD, 2).new_state())
    spread = np.array(deviation_slots(0, PERIOD))

    band, deviation, still = furthest(
        closes, tick, PERIOD, bands, compiled(bollinger_kernel), spread, compiled(roll_deviation)
    )

    assert closes[-1] * tick == pytest.approx(around * tick, rel=0.5)
    assert band < 1e-9
    assert deviation < 1e-9
    assert still > 1_000, "stretches that stand still are the hard part"
