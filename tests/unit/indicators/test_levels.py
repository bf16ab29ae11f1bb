"""Levels: swings, pivots, gaps, blocks and sweeps, each on bars made for it and beside the plainest search."""

from collections.abc import Sequence
from math import isnan, nan

import numpy as np
import pytest
import talib

from tests.builders import bar
from tests.walks import run, walk
from tradewind.domain.bar import Bar
from tradewind.domain.timeframe import DAY
from tradewind.indicators.registry import indicator

BARS = walk(seed=77, count=600)
HOUR = 3_600_000


def last(spec: str, bars: Sequence[Bar]) -> tuple[float, ...]:
    return run(indicator(spec), bars)[-1]


def ranges(*pairs: tuple[float, float]) -> list[Bar]:
    """Return bars of these lows and highs that close in their middle."""
    return [bar(n, (low + high) / 2, high, low, (low + high) / 2) for n, (low, high) in enumerate(pairs, 1)]


def spans(*prices: tuple[float, float, float, float]) -> list[Bar]:
    return [bar(n, *each) for n, each in enumerate(prices, 1)]


# ── swings ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("left", "right"), [(2, 2), (3, 1), (1, 4)])
def test_the_latest_swings_are_ta_lib_s_fractals_told_with_the_bar_that_confirms_them(left: int, right: int) -> None:
    high, low = np.array([each.high for each in BARS]), np.array([each.low for each in BARS])
    tops, bottoms = talib.FRACTAL(high, low, left, right)
    rows = run(indicator(f"swings:{left}:{right}"), BARS)

    for at, row in enumerate(rows):
        for (level, age), prices, flags in ((row[:2], high, tops), (row[2:], low, bottoms)):
            confirmed = np.flatnonzero(flags[: at + 1])
            if len(confirmed):
                swing = confirmed[-1] - right
                assert (level, age) == (prices[swing], at - swing)
            else:
                assert isnan(level)


def test_of_two_equal_highs_neither_is_a_swing() -> None:
    assert isnan(last("swings:2:2", ranges((1, 5), (1, 6), (1, 9), (1, 9), (1, 6), (1, 5)))[0])


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────


def hourly(count: int, first: int = 0) -> list[Bar]:
    return [
        each._replace(ts_open=first + n * HOUR, ts_close=first + (n + 1) * HOUR)
        for n, each in enumerate(walk(5, count))
    ]


@pytest.mark.parametrize("begin", [0, 22])
def test_the_volume_weighted_price_begins_anew_with_each_session(begin: int) -> None:
    bars = hourly(80, first=3 * HOUR)
    rows = run(indicator(f"vwap:24:{begin}"), bars)

    for at, (value,) in enumerate(rows):
        session = [one for one in bars[: at + 1] if _session(one, begin) == _session(bars[at], begin)]
        money = sum((one.high + one.low + one.close) / 3 * one.volume for one in session)
        traded = sum(one.volume for one in session)
        assert not traded or value == pytest.approx(money / traded, rel=1e-12)


def _session(one: Bar, begin: int) -> int:
    return (one.ts_open - begin * HOUR) // DAY


def test_while_nothing_was_traded_the_volume_weighted_price_is_the_typical_one() -> None:
    assert last("vwap", [bar(1, 10, 12, 9, 12, 0.0)]) == (11.0,)


def test_an_anchored_price_knows_nothing_before_its_anchor() -> None:
    bars = hourly(30)
    rows = run(indicator(f"anchored_vwap:{10 * HOUR}"), bars)

    assert all(isnan(value) for (value,) in rows[:10])
    assert rows[10] == pytest.approx([(bars[10].high + bars[10].low + bars[10].close) / 3])


def test_pivots_are_those_of_the_whole_session_before_and_stand_still_within_one() -> None:
    bars = hourly(72)
    rows = run(indicator("pivots"), bars)

    day = bars[24:48]
    high, low, close = max(one.high for one in day), min(one.low for one in day), day[-1].close
    pivot = (high + low + close) / 3
    levels = (
        pivot, 2 * pivot - low, pivot + high - low, high + 2 * (pivot - low),
        2 * pivot - high, pivot - (high - low), low - 2 * (high - pivot),
    )  # fmt: skip
    assert all(row == pytest.approx(levels) for row in rows[48:])
    assert all(isnan(value) for row in rows[:24] for value in row)


# ── gaps ─────────────────────────────────────────────────────────────────────────────────────────────────────────

UPWARD = ((9, 10), (10, 13), (12, 14))
"""The third bar's low, 12, lies above the first one's high, 10."""


def test_a_gap_that_nobody_traded_in_is_remembered_until_the_price_has_gone_through_it() -> None:
    assert last("fair_value_gaps", ranges(*UPWARD))[:3] == (12.0, 10.0, 0.0)
    assert last("fair_value_gaps", ranges(*UPWARD, (11, 14)))[:3] == (12.0, 10.0, 1.0)
    assert all(isnan(value) for value in last("fair_value_gaps", ranges(*UPWARD, (11, 14), (9.5, 12)))[:3])


def test_a_gap_above_the_price_mirrors_one_below() -> None:
    downward = [(20 - high, 20 - low) for low, high in UPWARD]

    assert last("fair_value_gaps", ranges(*downward))[3:] == (8.0, 10.0, 0.0)
    assert last("fair_value_gaps", ranges(*downward, (6, 9)))[3:] == (8.0, 10.0, 1.0)
    assert isnan(last("fair_value_gaps", ranges(*downward, (6, 10.5)))[3])


def test_a_gap_is_closed_once_its_far_end_is_touched_and_none_where_two_bars_touch() -> None:
    assert isnan(last("fair_value_gaps", ranges(*UPWARD, (10, 14)))[0])
    assert isnan(last("fair_value_gaps", ranges((9, 10), (10, 13), (10, 14)))[0])


def test_a_gap_smaller_than_the_least_is_none() -> None:
    assert isnan(last("fair_value_gaps:0.2", ranges(*UPWARD))[0])
    assert last("fair_value_gaps:0.1", ranges(*UPWARD))[0] == 12.0


# ── blocks and sweeps: a swing high of 12 at the third bar, confirmed by the two after it ────────────────────────

BEFORE = ((9, 10, 8.9, 9.9), (9.9, 11, 9.8, 10.8), (10.8, 12, 10.7, 11), (11, 11.5, 10, 10.4), (10.4, 11, 9.6, 9.8))
BREAK = (9.8, 12.6, 9.7, 12.5)


def test_the_last_falling_bar_before_a_break_upwards_is_the_block_below() -> None:
    assert last("order_blocks:2:2", spans(*BEFORE, BREAK))[:3] == (11.0, 9.6, 0.0)
    assert last("order_blocks:2:2", spans(*BEFORE, BREAK, (12.5, 12.7, 11, 12)))[:3] == (11.0, 9.6, 1.0)


def test_a_block_holds_until_a_close_below_it() -> None:
    kept = last("order_blocks:2:2", spans(*BEFORE, BREAK, (12.5, 12.6, 9, 9.7)))
    gone = last("order_blocks:2:2", spans(*BEFORE, BREAK, (12.5, 12.6, 9, 9.5)))

    assert kept[:2] == (11.0, 9.6)
    assert isnan(gone[0])


def test_a_close_at_the_very_swing_breaks_nothing_and_one_at_the_block_s_end_leaves_it() -> None:
    assert isnan(last("order_blocks:2:2", spans(*BEFORE, (9.8, 12.6, 9.7, 12)))[0])
    assert last("order_blocks:2:2", spans(*BEFORE, BREAK, (12.5, 12.6, 9, 9.6)))[:2] == (11.0, 9.6)


def test_the_block_is_the_last_falling_bar_and_not_one_that_stood_still() -> None:
    assert last("order_blocks:2:2", spans(*BEFORE, (9.8, 9.9, 9.7, 9.8), BREAK))[:2] == (11.0, 9.6)


def test_a_swing_is_broken_once() -> None:
    bars = spans(*BEFORE, BREAK, (12.5, 12.7, 12.2, 12.3), (12.3, 13, 12.2, 12.9))

    assert last("order_blocks:2:2", bars)[:3] == (11.0, 9.6, 2.0)


def test_a_wick_beyond_a_swing_that_closes_inside_sweeps_it_and_a_close_beyond_does_not() -> None:
    swept = last("liquidity_sweeps:2:2", spans(*BEFORE, (9.8, 12.3, 9.7, 11.9)))
    broken = last("liquidity_sweeps:2:2", spans(*BEFORE, BREAK))

    assert swept[3:] == (1.0, 12.0, 0.0)
    assert (broken[3], isnan(broken[4])) == (0.0, True)


def test_a_high_at_the_very_swing_takes_nothing_and_a_close_there_is_no_sweep() -> None:
    touched = spans(*BEFORE, (9.8, 12, 9.7, 11.9))

    assert last("liquidity_sweeps:2:2", touched)[3] == 0.0
    assert last("liquidity_sweeps:2:2", (*touched, bar(7, 11.9, 12.3, 11, 11.5)))[3:] == (1.0, 12.0, 0.0)
    assert last("liquidity_sweeps:2:2", spans(*BEFORE, (9.8, 12.3, 9.7, 12)))[3] == 0.0


def test_a_new_swing_can_be_swept_again() -> None:
    """The sweeping bar's own high becomes a swing when two bars to its right have closed lower."""
    bars = spans(*BEFORE, (9.8, 12.3, 9.7, 11.9), (11.9, 12, 11, 11.5), (11.5, 11.9, 11, 11.2), (11.2, 12.5, 11, 12))

    assert last("liquidity_sweeps:2:2", bars)[3:] == (1.0, 12.3, 0.0)


def test_what_was_taken_cannot_be_swept_again() -> None:
    bars = spans(*BEFORE, (9.8, 12.3, 9.7, 11.9), (11.9, 12.4, 11, 11.5))

    assert last("liquidity_sweeps:2:2", bars)[3:] == (0.0, 12.0, 1.0)


def mirrored(row: Sequence[float]) -> tuple[float, ...]:
    """Return what upside-down bars should read: both sides exchanged, prices mirrored at 1,000."""
    return (*row[3:], *row[:3])


@pytest.mark.parametrize("spec", ["order_blocks:2:2", "liquidity_sweeps:2:2", "fair_value_gaps"])
def test_bars_upside_down_read_upside_down(spec: str) -> None:
    bars = [each for each in walk(9, 500, drift=0.0, volatility=0.01) if each.high < 900]
    turned = [
        bar(n, *(1000 - price for price in (each.open, each.low, each.high, each.close)))
        for n, each in enumerate(bars, 1)
    ]
    is_level = [output.endswith(("top", "bottom", "low", "high")) for output in indicator(spec).outputs]

    for row, other in zip(run(indicator(spec), bars), run(indicator(spec), turned), strict=True):
        back = [1000 - value if level else value for value, level in zip(other, is_level, strict=True)]
        expected = row if spec == "liquidity_sweeps:2:2" else _sides(row)
        got = mirrored(back) if spec == "liquidity_sweeps:2:2" else _sides(mirrored(back))
        assert got == pytest.approx(expected, nan_ok=True)


def _sides(row: Sequence[float]) -> tuple[float, ...]:
    return tuple(nan if isnan(row[0 if place < 3 else 3]) else value for place, value in enumerate(row))
