"""Every indicator says what TA-Lib says, from the same bar on."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import talib
from numpy.typing import NDArray

from tests.walks import run, walk
from tradewind.domain.bar import Bar
from tradewind.indicators.averages import ema, sma, volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.momentum import rsi, rsi_dip, stochastic
from tradewind.indicators.trend import adx, macd
from tradewind.indicators.volatility import atr, bollinger

type Columns = tuple[NDArray[np.float64], ...]

SIMPLE: Any = 0
"""TA-Lib's number for a simple average."""

BARS = walk(seed=42, count=2_000)


def columns(bars: Sequence[Bar]) -> Columns:
    return tuple(np.array(column) for column in list(zip(*bars, strict=True))[2:])


CASES: list[tuple[str, Indicator, Callable[[Columns], Any]]] = [
    ("sma", sma(20), lambda c: talib.SMA(c[3], 20)),
    ("sma of one bar", sma(1), lambda c: c[3]),
    ("sma of volume", volume_sma(20), lambda c: talib.SMA(c[4], 20)),
    ("ema", ema(20), lambda c: talib.EMA(c[3], 20)),
    ("long ema", ema(200), lambda c: talib.EMA(c[3], 200)),
    ("rsi", rsi(14), lambda c: talib.RSI(c[3], 14)),
    ("short rsi", rsi(2), lambda c: talib.RSI(c[3], 2)),
    ("atr", atr(14), lambda c: talib.ATR(c[1], c[2], c[3], 14)),
    ("bollinger", bollinger(20, 2), lambda c: talib.BBANDS(c[3], 20, 2, 2)),
    ("macd", macd(12, 26, 9), lambda c: talib.MACD(c[3], 12, 26, 9)),
    ("adx", adx(14), lambda c: tuple(f(c[1], c[2], c[3], 14) for f in (talib.ADX, talib.PLUS_DI, talib.MINUS_DI))),
    ("stochastic", stochastic(14, 3, 3), lambda c: talib.STOCH(c[1], c[2], c[3], 14, 3, SIMPLE, 3, SIMPLE)),
    ("rsi and its lowest", rsi_dip(7, 8), lambda c: (talib.RSI(c[3], 7), talib.MIN(talib.RSI(c[3], 7), 8))),
]


@pytest.mark.parametrize(("indicator", "reference"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_an_indicator_is_what_its_definition_says(indicator: Indicator, reference: Callable[[Columns], Any]) -> None:
    ours = np.array(run(indicator, BARS)).T
    theirs = np.atleast_2d(reference(columns(BARS)))

    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("indicator", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_an_indicator_is_a_number_once_its_warmup_has_passed(indicator: Indicator) -> None:
    rows = np.array(run(indicator, BARS))

    assert not np.isnan(rows[indicator.warmup - 1 :]).any()
    assert rows.shape[1] == len(indicator.outputs)


@pytest.mark.parametrize("seed", range(5))
def test_an_average_forgets_what_has_left_its_window(seed: int) -> None:
    quiet = walk(seed, 25)
    wild = [bar._replace(volume=1e15 + number) for number, bar in enumerate(walk(seed + 100, 137))]

    after = run(volume_sma(20), wild + quiet)[-1]

    assert after[0] == pytest.approx(sum(bar.volume for bar in quiet[-20:]) / 20, rel=1e-15)
