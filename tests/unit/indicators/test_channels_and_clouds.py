"""Indicators that TA-Lib does not have, or has otherwise, beside the plainest way to work them out."""

from itertools import pairwise
from math import log, sqrt

import numpy as np
import pandas as pd
import pytest
import talib
from numpy.typing import NDArray

from tests.walks import run, walk
from tradewind.indicators.registry import indicator

BARS = walk(seed=21, count=800)
FRAME = pd.DataFrame(BARS)
HIGH, LOW, CLOSE = (FRAME[name].to_numpy(float) for name in ("high", "low", "close"))

type Column = NDArray[np.float64]


def ours(spec: str) -> list[Column]:
    return list(np.array(run(indicator(spec), BARS)).T)


def same(left: Column, right: "Column | pd.Series[float]") -> None:
    np.testing.assert_allclose(left, np.asarray(right, float), rtol=1e-9, atol=1e-11)


def middle(bars: int) -> "pd.Series[float]":
    return (FRAME["high"].rolling(bars).max() + FRAME["low"].rolling(bars).min()) / 2


def test_the_cloud_is_what_was_worked_out_so_many_bars_ago() -> None:
    conversion, base, span_a, span_b, lagging = ours("ichimoku:9:26:52:26")

    same(conversion, middle(9))
    same(base, middle(26))
    same(span_a, ((middle(9) + middle(26)) / 2).shift(26))
    same(span_b, middle(52).shift(26))
    same(lagging, FRAME["close"].shift(26))


def test_realised_volatility_is_the_deviation_of_logarithmic_returns_over_a_year() -> None:
    returns = pd.Series(np.log(CLOSE / np.roll(CLOSE, 1)))
    returns[0] = np.nan

    same(ours("volatility:20:252")[0], returns.rolling(20).std(ddof=0) * sqrt(252))


def test_the_squeeze_is_on_while_the_bands_lie_inside_the_channel() -> None:
    squeezed, bars, lean = ours("squeeze:20:2:1.5")

    deviation = FRAME["close"].rolling(20).std(ddof=0)
    span = talib.ATR(HIGH, LOW, CLOSE, 20)
    inside = (2 * deviation < 1.5 * span).to_numpy()
    centre = (middle(20) + FRAME["close"].rolling(20).mean()) / 2
    expected = talib.LINEARREG((FRAME["close"] - centre).to_numpy()[19:], 20)
    same(lean[19:], expected)
    warm = ~np.isnan(lean)
    assert squeezed[warm].tolist() == inside[warm].astype(float).tolist()
    assert 0 < squeezed[warm].sum() < warm.sum()
    for before, now, on in zip(bars[warm], bars[warm][1:], squeezed[warm][1:], strict=False):
        assert now == (before + 1 if on else 0)


@pytest.mark.parametrize(("period", "width"), [(2, 1), (30, 2), (100, 1.5)])
def test_the_regression_channel_is_the_line_through_the_closes_and_its_deviation(period: int, width: float) -> None:
    upper, line, lower, slope = ours(f"regression:{period}:{width}")

    for at in range(period - 1, len(BARS), 37):
        closes = FRAME["close"].to_numpy()[at - period + 1 : at + 1]
        places = np.arange(period)
        fitted_slope, start = np.polyfit(places, closes, 1)
        reach = width * np.sqrt(np.mean((closes - start - fitted_slope * places) ** 2))
        assert line[at] == pytest.approx(start + fitted_slope * (period - 1), rel=1e-10)
        assert slope[at] == pytest.approx(fitted_slope, rel=1e-8, abs=1e-10)
        assert upper[at] - line[at] == pytest.approx(reach, rel=1e-7, abs=1e-6)
        assert line[at] - lower[at] == pytest.approx(reach, rel=1e-7, abs=1e-6)


def test_keltner_s_channel_with_typical_prices_in_its_middle_is_ta_lib_s() -> None:
    """So the one difference that its docstring names is the only one, once the first ranges have faded."""
    upper, centre, lower = ours("keltner:20:2:10")
    theirs = talib.KC(HIGH, LOW, CLOSE, 20, 10, 2)

    reach = (theirs[0] - theirs[2]) / 2
    same((upper - lower)[300:] / 2, reach[300:])
    assert not np.allclose(centre[300:], theirs[1][300:], rtol=1e-6)


def test_a_market_state_is_counted_by_what_followed_it() -> None:
    state, *followed = ours("markov:0.5:50:200")

    changes = FRAME["close"].pct_change()
    limit = 0.5 * changes.rolling(50).std(ddof=0)
    expected = np.where(changes > limit, 2.0, np.where(changes < -limit, 0.0, 1.0))
    expected[limit.isna()] = np.nan
    np.testing.assert_array_equal(state, expected)
    known = expected[~np.isnan(expected)]
    for at in (80, 250, 251, 799):
        seen = expected[50 : at + 1]
        pairs = list(pairwise(seen))[-200:]
        counts = [sum(pair == (seen[-1], after) for pair in pairs) for after in (0.0, 1.0, 2.0)]
        assert [float(column[at]) for column in followed] == counts
    assert set(known) == {0.0, 1.0, 2.0}


def test_logarithms_are_ours_and_right() -> None:
    first = ours("volatility:1:1")[0]
    assert set(first[1:]) == {0.0}
    assert ours("volatility:2:1")[0][2] == pytest.approx(
        abs(log(BARS[1].close / BARS[0].close) - log(BARS[2].close / BARS[1].close)) / 2, rel=1e-12
    )
