"""Where a division could go wrong: prices that stand still, and no volume at all."""

from math import isfinite, isnan

import pytest

from tests.builders import bar, flat_bar
from tests.walks import run
from tradewind.indicators.averages import ema, sma, volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.momentum import NEUTRAL, rsi, rsi_dip, stochastic
from tradewind.indicators.trend import adx, macd
from tradewind.indicators.volatility import atr, bollinger

STILL = [flat_bar(number, 0.1) for number in range(1, 301)]
"""A tenth is no binary fraction: sums of it round, and a difference of sums would not be zero."""


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        (ema(20), (0.1,)),
        (sma(20), (0.1,)),
        (rsi(14), (NEUTRAL,)),
        (rsi_dip(7, 8), (NEUTRAL, NEUTRAL)),
        (atr(14), (0.0,)),
        (bollinger(20, 2), (0.1, 0.1, 0.1)),
        (macd(12, 26, 9), (0.0, 0.0, 0.0)),
        (adx(14), (0.0, 0.0, 0.0)),
        (stochastic(14, 3, 3), (NEUTRAL, NEUTRAL)),
    ],
    ids=lambda value: value.kernel.__name__ if isinstance(value, Indicator) else "",
)
def test_prices_that_stand_still_read_neutral(indicator: Indicator, expected: tuple[float, ...]) -> None:
    assert run(indicator, STILL)[-1] == pytest.approx(expected, rel=1e-14, abs=1e-15)


def test_the_average_of_no_volume_is_zero() -> None:
    assert run(volume_sma(20), [bar._replace(volume=0.0) for bar in STILL])[-1] == (0.0,)


def test_bands_close_exactly_when_the_wild_bars_have_left() -> None:
    wild = [flat_bar(number, 1e9 if number % 2 else 1e-3) for number in range(1, 24)]

    upper, middle, lower = run(bollinger(20, 2), wild + STILL[:20])[-1]

    assert (upper, middle, lower) == (middle, 0.1, middle)


def test_a_rise_without_a_fall_is_a_full_index() -> None:
    assert run(rsi(14), [flat_bar(number, 100.0 + number) for number in range(1, 40)])[-1] == (100.0,)


def test_before_its_warmup_an_indicator_reads_nothing() -> None:
    assert all(isnan(value) for row in run(rsi(14), STILL[:14]) for value in row)


@pytest.mark.parametrize("price", [1e-8, 1e12])
@pytest.mark.parametrize("indicator", [ema(20), rsi(14), atr(14), bollinger(20, 2), macd(12, 26, 9), adx(14)])
def test_the_smallest_and_the_largest_prices_stay_finite(indicator: Indicator, price: float) -> None:
    bars = [bar(n, price, price * (1 + n % 3 / 10), price * 0.9, price, 1e12) for n in range(1, 200)]

    assert all(isfinite(value) for value in run(indicator, bars)[-1])
