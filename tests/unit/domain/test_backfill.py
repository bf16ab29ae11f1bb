"""Plans of backfills: windows that cover everything once, and reports that leave nothing unsaid."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.backfill import (
    BEFORE_HISTORY,
    NOT_FETCHED,
    ROWS,
    UNEXPLAINED,
    Outcome,
    SeriesName,
    Window,
    lost,
    plan,
    verify,
)
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import period_start
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

A = InstrumentId("A-USDT.X")
NOW = 20_000 * DAY + 13 * 60 * MINUTE + 7


@given(st.sampled_from(list(Timeframe)), st.integers(1, 400), st.integers(0, DAY))
def test_windows_cover_every_bar_once_and_end_with_periods(frame: Timeframe, days: int, late: int) -> None:
    backfill = plan([A], [frame], min(days, 40) if frame is Timeframe.M1 else days, NOW + late)
    windows = list(backfill.windows())

    assert windows[0].start == backfill.start - backfill.start % frame.ms
    assert windows[-1].end == backfill.end - backfill.end % frame.ms
    for before, after in pairwise(windows):
        assert before.end == after.start == period_start(frame, after.start)
    assert all(0 < one.end - one.start <= ROWS * frame.ms for one in windows)


def test_the_same_wish_has_the_same_name_whenever_it_is_made_and_another_wish_another() -> None:
    one = plan([A], [Timeframe.H1], 180, NOW)

    assert plan([A], [Timeframe.H1], 180, NOW + DAY).name == one.name
    others = [plan([A], [Timeframe.H1], 181, NOW), plan([A], [Timeframe.H4], 180, NOW),
              plan([A], [Timeframe.H1], 180, NOW, "binance")]  # fmt: skip
    assert one.name not in {other.name for other in others}


def test_a_wish_for_nothing_is_refused() -> None:
    with pytest.raises(BadInputError, match="at least one instrument"):
        plan([], [Timeframe.H1], 180, NOW)


SERIES = SeriesName(A, Timeframe.H1)
HOUR = Timeframe.H1.ms
DUE = [k * HOUR for k in range(1, 9)]
FIRST, SECOND = Window(A, Timeframe.H1, 0, 4 * HOUR), Window(A, Timeframe.H1, 4 * HOUR, 8 * HOUR)


def closes(*numbers: int) -> list[int]:
    return [number * HOUR for number in numbers]


def test_a_report_tells_why_each_bar_is_missing() -> None:
    heard = [Outcome(FIRST, 2, 2, 0, {"MISSING": 1, "OHLC_VIOLATION": 1}), Outcome(SECOND, 3, 3, 1, {"MISSING": 1})]

    report = verify(SERIES, DUE, closes(2, 4, 5, 6, 8), heard)

    assert (report.expected, report.present, report.duplicates, report.differing) == (8, 5, 0, 1)
    assert report.missing == {BEFORE_HISTORY: 1, "MISSING": 1, "OHLC_VIOLATION": 1}
    assert report.is_whole


def test_what_was_never_fetched_or_was_lost_since_is_no_whole() -> None:
    heard = [Outcome(FIRST, 4, 4)]
    report = verify(SERIES, DUE, closes(1, 2, 4), heard)

    assert report.missing == {NOT_FETCHED: 4, UNEXPLAINED: 1}
    assert not report.is_whole
    assert lost(DUE, closes(1, 2, 4), heard) == [FIRST]
    assert lost(DUE, closes(1, 2, 3, 4), heard) == []


def test_a_bar_that_is_there_twice_and_one_that_was_not_due_are_told() -> None:
    heard = [Outcome(FIRST, 4, 4), Outcome(SECOND, 4, 4)]
    report = verify(SERIES, DUE, [*DUE, HOUR, HOUR // 2], heard)

    assert (report.present, report.duplicates, report.others, report.is_whole) == (8, 1, 1, False)


def test_bars_that_came_from_elsewhere_meanwhile_leave_nothing_unexplained() -> None:
    report = verify(SERIES, DUE, closes(1, 2, 3, 4), [Outcome(FIRST, 2, 2, 0, {"MISSING": 2})])

    assert report.missing == {NOT_FETCHED: 4}
