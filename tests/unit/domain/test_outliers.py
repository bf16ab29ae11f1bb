"""A bar that no neighbour bears out is an outlier; a price that stays is none."""

import gzip
from datetime import UTC, datetime

import pytest

from tests.walks import RECORDED
from tradewind.domain.bar import Bar
from tradewind.domain.outliers import outliers
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe


def bar(number: int, open_: float, close: float, high: float = 0.0, low: float = 0.0) -> Bar:
    top, bottom = max(open_, close, high), low or min(open_, close)
    return Bar(number * MINUTE, (number + 1) * MINUTE, open_, top, bottom, close, 1.0)


def series(*closes: float) -> list[Bar]:
    return [bar(number, close, close) for number, close in enumerate(closes)]


def strange(bars: list[Bar], timeframe: Timeframe = Timeframe.M1, *, shares: bool = False) -> list[int]:
    return [one.ts_open // MINUTE for one in outliers(bars, timeframe, shares=shares)]


@pytest.mark.parametrize(
    ("bars", "found"),
    [
        (series(100, 101, 1010, 102, 103), [2]),  # a digit too many
        (series(100, 101, 10.2, 102), [2]),  # and one too few
        ([bar(0, 100, 100), bar(1, 100, 101, high=900), bar(2, 101, 101)], [1]),  # a wick alone
        ([bar(0, 100, 100), bar(1, 100, 101, low=1), bar(2, 101, 101)], [1]),
        (series(100, 310), [1]),  # the latest waits for who follows
        (series(100, 310, 305, 300), []),  # and is borne out by it
        ([bar(0, 100, 100), bar(1, 100, 30), bar(2, 30, 31)], []),  # as is a crash
        (series(100, 199, 101, 51), []),
        (series(1000, 100, 101), []),  # nothing is known before the first
        (series(100), []),
        ([], []),
    ],
)
def test_what_no_neighbour_bears_out_is_strange(bars: list[Bar], found: list[int]) -> None:
    assert strange(bars) == found


def test_long_bars_may_go_further() -> None:
    assert (strange(series(100, 390), Timeframe.H1), strange(series(100, 410), Timeframe.D1)) == ([], [1])


def test_a_jump_like_a_split_of_shares_is_for_others_to_judge() -> None:
    assert (strange(series(400, 100), shares=True), strange(series(400, 100))) == ([], [1])
    assert strange([bar(0, 100, 100), bar(1, 100, 101, high=900), bar(2, 101, 101)], shares=True) == [1]


@pytest.mark.parametrize(
    ("symbol", "lows"),
    [("AAPL", {"2009-09-21": 10.59, "2010-08-31": 25.3, "2011-01-03": 32.65}),
     ("GOOG", {"2007-12-18": 67.5, "2008-09-30": 0.01}), ("IBM", {}), ("SPY", {})],
)  # fmt: skip
def test_slips_in_years_of_recorded_days_are_found_and_nothing_else_is(symbol: str, lows: dict[str, float]) -> None:
    path = RECORDED / f"us_{symbol}_1d.csv.gz"
    if not path.exists():
        pytest.skip(f"the recorded bars are not here: {path}")
    with gzip.open(path, "rt") as lines:
        rows = [line.split(",") for line in list(lines)[1:]]
    days = [Bar(int(ts), int(ts) + DAY, *map(float, values)) for ts, *values in rows]

    found = outliers([day for day in days if not day.fault()], Timeframe.D1, shares=True)

    assert {f"{datetime.fromtimestamp(one.ts_open / 1000, UTC):%Y-%m-%d}": one.low for one in found} == lows
