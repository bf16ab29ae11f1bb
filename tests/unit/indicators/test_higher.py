"""Indicators of a higher timeframe see closed higher bars, each as soon as it is closed and never before."""

from math import isnan, nan

import numpy as np
import pytest

from tests.walks import RECORDED, walk
from tradewind.backtest.compiler import compiled
from tradewind.cli.bar_files import read_series
from tradewind.cli.bar_names import BarFile
from tradewind.cli.bar_names import name as bar_file
from tradewind.domain.bar import Bar
from tradewind.domain.timeframe import DAY, Timeframe
from tradewind.indicators.averages import ema, sma
from tradewind.indicators.base import Indicator, State
from tradewind.indicators.higher import higher
from tradewind.indicators.volatility import bollinger

HOUR = Timeframe.H1.ms
MONDAY = 4 * DAY
LAST = sma(1, "last")
"""The close of the latest bar that it was fed."""


def hours(*closes: float, start: int = MONDAY) -> list[Bar]:
    return [
        Bar(start + i * HOUR, start + (i + 1) * HOUR, close, close + 1, close - 1, close, 10.0)
        for i, close in enumerate(closes)
    ]


def recorded(frame: str) -> BarFile:
    found = bar_file(RECORDED / f"binance_BTCUSDT_{frame}.csv.gz")
    assert found
    return found


def fed(indicator: Indicator, bars: list[Bar]) -> list[float]:
    """Return the first output after each bar."""
    s, seen = indicator.new_state(), []
    for one in bars:
        indicator.kernel(s, float(one.ts_open), *one[2:])
        seen.append(s[0])
    return seen


def test_a_higher_bar_is_seen_at_the_close_that_completes_it_and_stays_until_the_next() -> None:
    seen = fed(higher(Timeframe.H4, LAST), hours(*range(1, 10)))

    assert seen == pytest.approx([nan, nan, nan, 4, 4, 4, 4, 8, 8], nan_ok=True)


def test_so_many_bars_of_the_strategy_s_own_are_a_timeframe_too() -> None:
    assert fed(higher(4, LAST), hours(*range(1, 10)))[-3:] == [4, 8, 8]


def test_a_higher_bar_without_its_last_base_bar_is_seen_when_the_next_begins() -> None:
    bars = hours(*range(1, 10))
    del bars[7]

    assert fed(higher(Timeframe.H4, LAST), bars)[-2:] == [4, 7]


def test_a_week_begins_on_monday() -> None:
    days = [Bar(MONDAY + i * DAY, MONDAY + (i + 1) * DAY, c, c, c, c, 1.0) for i, c in enumerate(map(float, range(15)))]

    assert fed(higher(7, LAST), days)[5:] == pytest.approx([nan, 6, 6, 6, 6, 6, 6, 6, 13, 13], nan_ok=True)


def test_a_frame_shorter_than_the_bars_is_theirs() -> None:
    assert fed(higher(Timeframe.M5, LAST), hours(1, 2, 3, 4))[1:] == [2, 3, 4]


def test_nothing_is_shown_before_the_inner_indicator_has_warmed_up() -> None:
    inner = ema(4)
    seen = fed(higher(2, inner), hours(*range(1, 31)))

    warm = next(number for number, value in enumerate(seen, 1) if not isnan(value))
    assert warm == 2 * inner.warmup
    assert higher(2, inner).warmup >= warm


def test_a_higher_bar_is_open_high_low_close_and_volume_of_its_bars() -> None:
    took: list[tuple[float, ...]] = []

    def spy(s: State, *bar: float) -> None:
        took.append(bar)

    fed(higher(Timeframe.H4, Indicator(spy, ("x",), (), 1)), hours(5, 9, 2, 7, 100))

    assert took == [(MONDAY, 5.0, 10.0, 1.0, 7.0, 40.0)]


@pytest.mark.parametrize("frame", [Timeframe.H4, 3])
def test_the_same_bits_come_out_compiled(frame: Timeframe | int) -> None:
    indicator = higher(frame, bollinger(5, 2))
    fast = compiled(indicator.kernel, within=False)
    slow_state, fast_state = indicator.new_state(), np.array(indicator.new_state())
    for number, each in enumerate(walk(seed=3, count=500)):
        ts = float(MONDAY + (number + number // 50) * HOUR)
        indicator.kernel(slow_state, ts, *each[2:])
        fast(fast_state, ts, *each[2:])
        assert [value.hex() for value in slow_state] == [value.hex() for value in fast_state.tolist()]


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the folder of recorded bars is not beside this checkout")
def test_recorded_hours_make_the_recorded_four_hours() -> None:
    base, expected = (read_series(one, None, None, 2**62).bars for one in (recorded("1h"), recorded("4h")))
    took: list[tuple[float, ...]] = []
    spy = Indicator(lambda s, *bar: took.append(bar), ("x",), (), 1)

    fed(higher(Timeframe.H4, spy), list(base))

    assert [bar[:-1] for bar in took] == [(float(one.ts_open), *one[2:6]) for one in expected]
    assert [bar[-1] for bar in took] == pytest.approx([one.volume for one in expected], rel=1e-9)
