"""Longer bars out of the tiers: in a venue's session and zone, across changes of its clocks, and from Parquet alone."""

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from tests.fakes.market_stores import FakeSliceStore
from tests.fakes.tiers import FakeArchivedSeries, FakeBarArchive
from tests.walks import RECORDED
from tradewind.application.bar_repository import Cold, TieredBars
from tradewind.application.ports_bars import Archived, BarMonth
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_start
from tradewind.domain.series import SeriesChunk, period_start
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

SPY = InstrumentId("SPY.US")
MINUTES = Shard("us-1m", Timeframe.M1, "replay", (SPY,), calendar="XNYS")


def repository(bars: Sequence[Bar]) -> TieredBars:
    slices = FakeSliceStore()
    for bar in bars:
        slices.put(Slice(MINUTES.name, Timeframe.M1, bar.ts_close, {SPY: bar}))
    return TieredBars([MINUTES], slices, FakeArchivedSeries())


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def minute(text: str, price: float) -> Bar:
    ts = at(text)
    return Bar(ts, ts + MINUTE, price, price + 1, price - 1, price, 100.0)


def test_a_day_is_what_was_traded_in_its_session_before_and_after_the_clocks_change() -> None:
    winter = [minute("2026-03-06T14:29", 1.0), minute("2026-03-06T14:30", 10.0), minute("2026-03-06T20:59", 12.0)]
    summer = [minute("2026-03-09T13:29", 1.0), minute("2026-03-09T13:30", 20.0), minute("2026-03-09T19:59", 22.0)]
    after = [minute("2026-03-06T21:00", 99.0), minute("2026-03-09T20:00", 99.0)]

    days = repository(sorted([*winter, *summer, *after])).history(SPY, Timeframe.D1, 0, at("2026-03-10"))

    assert [(bar.ts_close, bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in days] == [
        (at("2026-03-07"), 10.0, 13.0, 9.0, 12.0, 200.0),
        (at("2026-03-10"), 20.0, 23.0, 19.0, 22.0, 200.0),
    ]


def test_days_that_were_fetched_lie_beneath_those_that_minutes_make() -> None:
    tiers = repository([minute("2026-03-09T13:30", 20.0), minute("2026-03-09T19:59", 22.0)])
    known = [Bar(at(day) - DAY, at(day), 1.0, 1.0, 1.0, 1.0, 1.0) for day in ("2025-12-31", "2026-03-10")]
    for bar in known:
        tiers.series.put(SeriesChunk(SPY, Timeframe.D1, period_start(Timeframe.D1, bar.ts_open), bar.ts_close, [bar]))

    days = tiers.history(SPY, Timeframe.D1, at("2025-12-30"), at("2026-03-10"))

    assert [(bar.ts_close, bar.close) for bar in days] == [
        (at("2025-12-31"), 1.0), (at("2026-03-10"), 22.0)
    ]  # fmt: skip


def test_a_day_whose_session_has_not_been_seen_to_its_end_is_not_told() -> None:
    bars = [minute("2026-03-06T14:30", 10.0), minute("2026-03-06T20:59", 12.0), minute("2026-03-09T13:30", 20.0)]

    days = repository(bars).history(SPY, Timeframe.D1, 0, at("2026-03-10"))

    assert [bar.ts_close for bar in days] == [at("2026-03-07")]


def test_what_is_left_in_parquet_alone_is_read_whole_though_nobody_has_a_slice() -> None:
    series, archive, now = FakeArchivedSeries(), FakeBarArchive(), at("2026-06-01")
    first = at("2025-12-31")
    bars = [Bar(ts, ts + MINUTE, 1.0, 1.0, 1.0, 1.0, 1.0) for ts in range(first, first + 2 * DAY, 60 * MINUTE)]
    for month in sorted({month_start(bar.ts_open) for bar in bars}):
        found = [bar for bar in bars if month_start(bar.ts_open) == month]
        archive.write(BarMonth(SPY, Timeframe.M1, month, found), "")
    series.advance_archived(MINUTES.name, Archived(now, now, (SPY,)))
    cold = Cold(series, archive, lambda: now)

    found = TieredBars([MINUTES], FakeSliceStore(), series, cold=cold).history(SPY, Timeframe.M1, 0, 2**60)

    assert found == bars


def recorded(file: str) -> list[Bar]:
    frame = Timeframe(file.removesuffix(".csv.gz").rpartition("_")[2])
    with gzip.open(RECORDED / file, "rt") as text:
        rows = [line.split(",") for line in text][1:]
    return [Bar(int(ts), int(ts) + frame.ms, *map(float, values)) for ts, *values in rows]


# Of trades at one moment the two recordings hold some that the other left out. Opens and closes are the same.
DIFFERING: dict[str, dict[tuple[str, str], tuple[float, float]]] = {
    "SPY": {("2013-10-08", "low"): (165.36, 165.37)},
    "BAC": {},
    "AAPL": {
        ("2014-06-05", "high"): (649.37, 649.35),
        ("2014-06-06", "high"): (651.26, 651.25),
        ("2014-06-06", "low"): (644.47, 644.48),
    },
}
"""By day and field: what the minutes make of it, and what was recorded."""


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded bars are not beside this checkout")
@pytest.mark.parametrize("symbol", DIFFERING)
def test_minutes_of_a_stock_make_its_recorded_days(symbol: str) -> None:
    minutes = recorded(f"us_{symbol}_1m.csv.gz")
    known = {bar.ts_open: bar for bar in recorded(f"us_{symbol}_1d.csv.gz")}

    made = repository(minutes).history(SPY, Timeframe.D1, 0, minutes[-1].ts_close + DAY)

    fields = ("open", "high", "low", "close")
    pairs = [(bar, known[bar.ts_open], name) for bar in made for name in fields]
    differing = {
        (f"{datetime.fromtimestamp(bar.ts_open / 1000, UTC):%Y-%m-%d}", name): (getattr(bar, name), getattr(day, name))
        for bar, day, name in pairs
        if getattr(bar, name) != getattr(day, name)
    }
    assert len(made) == len({bar.ts_open // DAY for bar in minutes})
    assert differing == DIFFERING[symbol]
