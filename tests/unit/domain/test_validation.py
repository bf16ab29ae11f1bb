from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import MINUTE, Timeframe
from tradewind.domain.validation import RawBar, Reason, Refusal, holes, validate

AAPL = InstrumentId("AAPL.US")
NOW = 10 * MINUTE
GOOD = (10.0, 12.0, 9.0, 11.0, 100.0)


def row(minute: int, *values: object, ts_close: object = None) -> RawBar:
    o, h, low, c, volume = values or GOOD
    return RawBar(minute * MINUTE, o, h, low, c, volume, ts_close)


def check(*rows: RawBar, since: int = 0) -> tuple[list[Bar], list[Refusal]]:
    return validate(rows, AAPL, Timeframe.M1, since, NOW)


def reasons(refusals: Sequence[Refusal]) -> list[Reason]:
    return [refusal.reason for refusal in refusals]


def test_a_sound_row_becomes_a_bar_whether_it_came_as_numbers_or_text() -> None:
    bars, refusals = check(row(1), row(2, "10.0", "12", "9.00", "1.1e1", "100"))

    assert refusals == []
    assert bars == [Bar(60_000, 120_000, *GOOD), Bar(120_000, 180_000, *GOOD)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(1, float("nan"), 12.0, 9.0, 11.0, 1.0), Reason.NOT_A_NUMBER),
        (row(1, "inf", "inf", 9.0, 11.0, 1.0), Reason.NOT_A_NUMBER),
        (row(1, 10.0, 12.0, 9.0, 11.0, float("nan")), Reason.NOT_A_NUMBER),
        (row(1, 0.0, 12.0, 0.0, 11.0, 1.0), Reason.NON_POSITIVE_PRICE),
        (row(1, 10.0, 12.0, -9.0, 11.0, 1.0), Reason.NON_POSITIVE_PRICE),
        (row(1, 10.0, 12.0, 9.0, 11.0, -1.0), Reason.NEGATIVE_VOLUME),
        (row(1, 10.0, 10.5, 9.0, 11.0, 1.0), Reason.OHLC_VIOLATION),
        (row(1, 10.0, 12.0, 10.5, 11.0, 1.0), Reason.OHLC_VIOLATION),
        (row(1, "ten", 12.0, 9.0, 11.0, 1.0), Reason.MALFORMED),
        (row(1, 10.0, None, 9.0, 11.0, 1.0), Reason.MALFORMED),
        (row(1, 10.0, 12.0, 9.0, True, 1.0), Reason.MALFORMED),
        (row(1, 10.0, 12.0, 9.0, "1_1", 1.0), Reason.MALFORMED),
        (RawBar("soon", *GOOD), Reason.UNREADABLE_TIME),
        (RawBar(60_000.5, *GOOD), Reason.UNREADABLE_TIME),
        (RawBar(float("nan"), *GOOD), Reason.UNREADABLE_TIME),
        (RawBar(60_001, *GOOD), Reason.MISALIGNED),
        (row(1, ts_close=1 * MINUTE + 5 * MINUTE), Reason.WRONG_INTERVAL),
        (row(9, 10.0, 12.0, 9.0, 11.0, -1.0), Reason.NEGATIVE_VOLUME),
        (RawBar(9 * MINUTE + 30_000, *GOOD), Reason.OPEN_BAR),
        (row(10), Reason.OPEN_BAR),
        (row(11), Reason.FUTURE_BAR),
    ],
)
def test_a_row_that_is_wrong_by_itself_is_refused_with_its_reason(bad: RawBar, reason: Reason) -> None:
    bars, refusals = check(row(0), bad)

    assert len(bars) == 1
    assert reasons(refusals) == [reason]
    assert refusals[0].value


def test_the_bar_that_closes_now_is_closed() -> None:
    bars, refusals = check(row(9))

    assert [bar.ts_close for bar in bars] == [NOW]
    assert refusals == []
    assert reasons(validate([row(9)], AAPL, Timeframe.M1, 0, NOW - 1)[1]) == [Reason.OPEN_BAR]


def test_a_row_at_or_before_the_watermark_is_late() -> None:
    bars, refusals = check(row(1), row(2), since=2 * MINUTE)

    assert [bar.ts_open for bar in bars] == [2 * MINUTE]
    assert reasons(refusals) == [Reason.LATE_BAR]


def test_of_identical_duplicates_one_enters_and_the_other_is_recorded() -> None:
    bars, refusals = check(row(1), row(2), row(1))

    assert [bar.ts_open for bar in bars] == [MINUTE, 2 * MINUTE]
    assert reasons(refusals) == [Reason.DUPLICATE]


def test_two_different_rows_for_one_time_are_both_refused() -> None:
    other = row(1, 10.0, 12.0, 9.0, 11.5, 100.0)

    bars, refusals = check(row(1), other, row(1), row(2))

    assert [bar.ts_open for bar in bars] == [2 * MINUTE]
    assert reasons(refusals) == [Reason.CONFLICTING_DUPLICATE, Reason.CONFLICTING_DUPLICATE, Reason.DUPLICATE]
    assert {refusal.ts for refusal in refusals} == {MINUTE}


def test_a_row_earlier_than_the_one_before_is_out_of_order() -> None:
    bars, refusals = check(row(1), row(4), row(3), row(5))

    assert [bar.ts_open // MINUTE for bar in bars] == [1, 4, 5]
    assert reasons(refusals) == [Reason.OUT_OF_ORDER]


def test_a_refused_future_row_does_not_put_its_successors_out_of_order() -> None:
    bars, refusals = check(row(50), row(1))

    assert [bar.ts_open for bar in bars] == [MINUTE]
    assert reasons(refusals) == [Reason.FUTURE_BAR]


def test_a_row_of_unknown_time_is_recorded_at_the_watermark_and_leaves_no_hole() -> None:
    _, refusals = check(RawBar("soon", *GOOD), since=3 * MINUTE)

    assert [(refusal.ts, refusal.reason) for refusal in refusals] == [(3 * MINUTE, Reason.UNREADABLE_TIME)]
    assert list(holes(refusals)) == []


def test_only_refusals_of_due_timesteps_leave_holes() -> None:
    _, refusals = check(row(1, "x", 1.0, 1.0, 1.0, 1.0), RawBar(60_001, *GOOD), row(11), row(2), row(2))

    assert [(close, refusal.reason) for close, refusal in holes(refusals)] == [(2 * MINUTE, Reason.MALFORMED)]


anything = st.one_of(
    st.floats(), st.integers(-20, 20).map(lambda m: m * MINUTE), st.text(max_size=4), st.none(), st.booleans(),
    st.decimals(allow_nan=True).map(str), st.floats(1, 100),
)  # fmt: skip
rows_of_anything = st.lists(st.builds(RawBar, *[anything] * 6, st.one_of(st.none(), anything)), max_size=30)
likely = st.builds(
    lambda m, p, d: RawBar(m * MINUTE, p, p + d, p - d, p, 1.0),
    st.integers(0, 11), st.sampled_from([5.0, 6.0]), st.sampled_from([0.0, 1.0, -1.0]),
)  # fmt: skip


@given(st.one_of(rows_of_anything, st.lists(likely, max_size=30)), st.integers(0, 5))
def test_whatever_comes_in_only_sound_ascending_due_bars_go_out_and_no_row_is_lost(
    rows: list[RawBar], watermark: int
) -> None:
    since = watermark * MINUTE

    bars, refusals = validate(rows, AAPL, Timeframe.M1, since, NOW)

    assert len(bars) + len(refusals) == len(rows)
    assert [bar.ts_open for bar in bars] == sorted({bar.ts_open for bar in bars})
    assert all(not bar.fault() and since < bar.ts_close <= NOW and bar.ts_open % MINUTE == 0 for bar in bars)
