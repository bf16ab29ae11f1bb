"""Every indicator says what TA-Lib says, from the same bar on."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import talib
from numpy.typing import NDArray

from tests.builders import bar
from tests.walks import run, walk
from tradewind.domain.bar import Bar
from tradewind.indicators.averages import volume_sma
from tradewind.indicators.registry import DEFINITIONS, indicator

type Columns = tuple[NDArray[np.float64], ...]

SIMPLE: Any = 0
"""TA-Lib's number for a simple average."""

BARS = walk(seed=42, count=2_000)

COARSE = [
    bar(n, round(each.open), round(each.high), round(each.low), round(each.close), each.volume + 1)
    for n, each in enumerate(walk(seed=3, count=900), 1)
]
"""Bars in whole units: equal closes, equal extremes and touched levels all over."""


def columns(bars: Sequence[Bar]) -> Columns:
    return tuple(np.array(column) for column in list(zip(*bars, strict=True))[2:])


def typical(c: Columns) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = (c[1] + c[2] + c[3]) / 3
    return mean


def bands_shared(c: Columns) -> Any:
    upper, middle, lower = talib.BBANDS(c[3], 20, 2, 2)
    return (upper - lower) / middle, (c[3] - lower) / (upper - lower)


def keltner(c: Columns) -> Any:
    middle, reach = talib.EMA(c[3], 20), 2 * talib.ATR(c[1], c[2], c[3], 10)
    return middle + reach, middle, middle - reach


def regression(c: Columns) -> Any:
    end, slope = talib.LINEARREG(c[3], 50), talib.LINEARREG_SLOPE(c[3], 50)
    # The spread along the line is what the line explains of the variance.
    left = talib.VAR(c[3], 50) - slope**2 * (50**2 - 1) / 12
    return end + 2 * np.sqrt(left), end, end - 2 * np.sqrt(left), slope


def supertrend(c: Columns, period: int, multiplier: float) -> Any:
    stop, side = talib.SUPERTREND(c[1], c[2], c[3], period, multiplier)
    return stop, np.where(np.isnan(stop), np.nan, side)


def slow_stoch_rsi(c: Columns) -> Any:
    raw, _ = talib.STOCHRSI(c[3], 14, 14, 1)
    first = np.flatnonzero(~np.isnan(raw))[0]
    slow = np.full_like(raw, np.nan)
    slow[first:] = talib.SMA(raw[first:], 3)
    smooth = np.full_like(raw, np.nan)
    smooth[first + 2 :] = talib.SMA(slow[first + 2 :], 3)
    return np.where(np.isnan(smooth), np.nan, slow), smooth


CASES: list[tuple[str, Callable[[Columns], Any]]] = [
    ("sma:20", lambda c: talib.SMA(c[3], 20)),
    ("sma:1", lambda c: c[3]),
    ("volume_sma:20", lambda c: talib.SMA(c[4], 20)),
    ("ema:20", lambda c: talib.EMA(c[3], 20)),
    ("ema:200", lambda c: talib.EMA(c[3], 200)),
    ("wma:20", lambda c: talib.WMA(c[3], 20)),
    ("wma:1", lambda c: c[3]),
    ("dema:20", lambda c: talib.DEMA(c[3], 20)),
    ("tema:20", lambda c: talib.TEMA(c[3], 20)),
    ("hma:16", lambda c: talib.HMA(c[3], 16)),
    ("hma:21", lambda c: talib.HMA(c[3], 21)),
    ("kama:10", lambda c: talib.KAMA(c[3], 10)),
    ("rsi:14", lambda c: talib.RSI(c[3], 14)),
    ("rsi:2", lambda c: talib.RSI(c[3], 2)),
    ("rsi_dip:7:8", lambda c: (talib.RSI(c[3], 7), talib.MIN(talib.RSI(c[3], 7), 8))),
    ("stoch:14:3:3", lambda c: talib.STOCH(c[1], c[2], c[3], 14, 3, SIMPLE, 3, SIMPLE)),
    ("stoch:14:1:5", lambda c: talib.STOCH(c[1], c[2], c[3], 14, 1, SIMPLE, 5, SIMPLE)),
    ("stoch:5:4:3", lambda c: talib.STOCH(c[1], c[2], c[3], 5, 4, SIMPLE, 3, SIMPLE)),
    ("stoch_rsi:14:5:1:3", lambda c: talib.STOCHRSI(c[3], 14, 5, 3)),
    ("stoch_rsi:14:14:3:3", slow_stoch_rsi),
    ("macd:12:26:9", lambda c: talib.MACD(c[3], 12, 26, 9)),
    ("cci:20", lambda c: talib.CCI(c[1], c[2], c[3], 20)),
    ("williams_r:14", lambda c: talib.WILLR(c[1], c[2], c[3], 14)),
    ("roc:10", lambda c: talib.ROC(c[3], 10)),
    ("mfi:14", lambda c: talib.MFI(c[1], c[2], c[3], c[4], 14)),
    ("adx:14", lambda c: tuple(f(c[1], c[2], c[3], 14) for f in (talib.ADX, talib.PLUS_DI, talib.MINUS_DI))),
    ("aroon:25", lambda c: talib.AROON(c[1], c[2], 25)[::-1]),
    ("aroon:3", lambda c: talib.AROON(c[1], c[2], 3)[::-1]),
    ("sar:0.02:0.2", lambda c: talib.SAR(c[1], c[2], 0.02, 0.2)),
    ("sar:0.3:0.2", lambda c: talib.SAR(c[1], c[2], 0.3, 0.2)),
    ("supertrend:10:3", lambda c: supertrend(c, 10, 3)),
    ("supertrend:7:1.5", lambda c: supertrend(c, 7, 1.5)),
    ("atr:14", lambda c: talib.ATR(c[1], c[2], c[3], 14)),
    ("natr:14", lambda c: talib.NATR(c[1], c[2], c[3], 14)),
    ("bbands:20:2", lambda c: talib.BBANDS(c[3], 20, 2, 2)),
    ("bbshare:20:2", bands_shared),
    ("keltner:20:2:10", keltner),
    ("donchian:20", lambda c: talib.DONCHIAN(c[1], c[2], 20)),
    ("regression:50:2", regression),
    ("obv", lambda c: talib.OBV(c[3], c[4])),
    ("anchored_vwap:0", lambda c: talib.VWAP(c[1], c[2], c[3], c[4])),
    ("cmf:20", lambda c: talib.CMF(c[1], c[2], c[3], c[4], 20)),
    ("volume_score:20", lambda c: (c[4] - talib.SMA(c[4], 20)) / talib.STDDEV(c[4], 20)),
]


@pytest.mark.parametrize("bars", [BARS, COARSE], ids=["fine", "coarse"])
@pytest.mark.parametrize(("spec", "reference"), CASES, ids=[case[0] for case in CASES])
def test_an_indicator_is_what_its_definition_says(
    spec: str, reference: Callable[[Columns], Any], bars: Sequence[Bar]
) -> None:
    theirs = np.atleast_2d(reference(columns(bars)))
    ours = np.array(run(indicator(spec), bars)).T[: len(theirs)]

    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-10)


SOMETIMES_NONE = {"pivots", "swings", "fair_value_gaps", "order_blocks", "liquidity_sweeps"}
"""A level that there is not, is NaN at any time."""


@pytest.mark.parametrize("name", sorted(DEFINITIONS.keys() - SOMETIMES_NONE))
def test_an_indicator_is_a_number_once_its_warmup_has_passed(name: str) -> None:
    declared = DEFINITIONS[name].with_defaults()
    rows = np.array(run(declared, BARS))

    assert not np.isnan(rows[declared.warmup - 1 :]).any()
    assert rows.shape[1] == len(declared.outputs)


@pytest.mark.parametrize("seed", range(5))
def test_an_average_forgets_what_has_left_its_window(seed: int) -> None:
    quiet = walk(seed, 25)
    wild = [bar._replace(volume=1e15 + number) for number, bar in enumerate(walk(seed + 100, 137))]

    after = run(volume_sma(20), wild + quiet)[-1]

    assert after[0] == pytest.approx(sum(bar.volume for bar in quiet[-20:]) / 20, rel=1e-15)
