from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.market_stores import FakeSeriesStore, FakeSliceStore
from tradewind.application.bar_repository import TieredBars
from tradewind.application.compact_bars import CompactBars, CompactReport
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import BadInputError, ConflictError, InvariantError, TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import SeriesChunk
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

A, B = InstrumentId("A.X"), InstrumentId("B.X")
SHARD = Shard("x-1m", Timeframe.M1, "fake", (A, B))
DAILY = Shard("x-1d", Timeframe.D1, "fake", (A,))
HOUR = 60 * MINUTE


def bar(ts_close: int, price: float = 10.0, ms: int = MINUTE) -> Bar:
    return Bar(ts_close - ms, ts_close, price, price + 1, price - 1, price, 5.0)


@dataclass
class World:
    shard: Shard = SHARD
    slices: FakeSliceStore = field(default_factory=FakeSliceStore)
    series: FakeSeriesStore = field(default_factory=FakeSeriesStore)

    def has(self, *times: int, rev: int = 1, price: float = 10.0, only: InstrumentId | None = None) -> None:
        ms = self.shard.timeframe.ms
        for ts in (time * ms for time in times):
            bars = {name: bar(ts, price, ms) for name in self.shard.instruments if only in (None, name)}
            self.slices.put(Slice(self.shard.name, self.shard.timeframe, ts, bars, rev=rev))

    def compact(self, lookback: int = 60, page: int = 1000) -> CompactReport:
        return CompactBars(self.slices, self.series, lookback, page)(self.shard)

    def history(self, start: int, end: int, name: InstrumentId = A) -> list[Bar]:
        ms = self.shard.timeframe.ms
        repository = TieredBars([self.shard], self.slices, self.series)
        return repository.history(name, self.shard.timeframe, start * ms, end * ms)

    def chunks(self, name: InstrumentId = A) -> list[SeriesChunk]:
        return self.series.chunks(name, self.shard.timeframe, 0, 2**60)


def test_each_passed_hour_of_minutes_becomes_one_chunk_an_instrument() -> None:
    at = World()
    at.has(*range(1, 131))

    report = at.compact()

    assert (report.compacted, report.chunks, report.bars) == (2 * HOUR, 4, 240)
    assert [(chunk.period, len(chunk.bars)) for chunk in at.chunks(B)] == [(0, 60), (HOUR, 60)]
    assert at.series.compacted(SHARD.name) == 2 * HOUR


def test_the_hour_that_is_still_running_waits() -> None:
    at = World()
    at.has(*range(1, 60))

    assert at.compact() == CompactReport(SHARD.name, 0, 0, 0)
    at.has(60)
    assert at.compact().compacted == HOUR


def test_a_year_of_days_is_compacted_as_it_grows_since_its_slices_do_not_live_that_long() -> None:
    at = World(DAILY)
    at.has(1, 2, 3)
    at.compact()
    at.slices.expire(DAILY.name, 3 * DAY)
    at.has(4, 5)

    report = at.compact()

    assert report.compacted == 5 * DAY
    assert [len(chunk.bars) for chunk in at.chunks()] == [5]


def test_a_repeat_writes_nothing_and_moves_nothing() -> None:
    at = World()
    at.has(*range(1, 121))
    at.compact()
    writes, watermark = at.series.writes, at.series.compacted(SHARD.name)

    assert at.compact().chunks == 0
    assert (at.series.writes, at.series.compacted(SHARD.name)) == (writes, watermark)


def test_the_latest_revision_is_what_is_kept() -> None:
    at = World()
    at.has(*range(1, 61))
    at.has(30, rev=2, price=99.0)

    at.compact()

    assert at.chunks()[0].bars[29].close == 99.0


def test_a_correction_that_comes_after_compaction_enters_with_the_next_run() -> None:
    at = World()
    at.has(*range(1, 61))
    at.compact()
    at.has(59, rev=2, price=99.0)

    at.compact()

    assert at.chunks()[0].bars[58].close == 99.0


def test_a_correction_of_a_bar_however_old_enters_with_the_next_run() -> None:
    at = World()
    at.has(*range(1, 241))
    at.compact()
    at.slices.expire_released(SHARD.name)
    at.has(7, rev=2, price=99.0)

    report = at.compact(lookback=0)

    assert (at.chunks()[0].bars[6].close, len(at.chunks()[0].bars), report.chunks) == (99.0, 60, 2)
    assert at.slices.unpacked(SHARD.name) == []
    assert at.compact(lookback=0).chunks == 0


def test_a_first_edition_that_comes_late_enters_though_nothing_came_after_it_and_what_did_before_has_expired() -> None:
    at = World()
    at.has(*range(1, 59), 60)
    at.compact()
    at.slices.expire_released(SHARD.name)
    at.has(59)

    at.compact()

    assert [bar.ts_close for bar in at.chunks()[0].bars[-2:]] == [59 * MINUTE, HOUR]


def test_a_first_edition_that_outlives_its_correction_does_not_come_back() -> None:
    at = World()
    at.has(*range(1, 61))
    at.has(59, rev=2, price=99.0)
    at.compact()
    del at.slices.items[SHARD.name, 59 * MINUTE, 2]

    at.compact()

    assert at.chunks()[0].bars[58].close == 99.0


def test_a_correction_ahead_of_compaction_waits_for_its_bar() -> None:
    at = World()
    at.has(*range(1, 31))
    at.has(7, rev=2, price=99.0)

    at.compact()

    assert [one.rev for one in at.slices.unpacked(SHARD.name)] == [2]


def test_only_what_is_verified_may_expire() -> None:
    at = World()
    at.has(*range(1, 91))
    at.has(30, rev=2)
    at.compact()

    assert {ts for _, ts, _ in at.slices.released} == {minute * MINUTE for minute in range(1, 61)}
    assert len(at.slices.released) == 61


def test_slices_are_held_where_compaction_has_lagged_for_days() -> None:
    at = World()
    at.has(*range(1, 121))
    at.compact()
    at.has(3 * DAY // MINUTE)
    at.compact()
    at.compact()

    assert at.slices.held == [(SHARD.name, 120 * MINUTE)]


@pytest.mark.parametrize("page", [3, 7, 60, 61, 1000])
def test_pages_lose_no_slice_and_no_revision(page: int) -> None:
    at = World()
    at.has(*range(1, 121))
    at.has(*range(5, 121, 5), rev=2, price=99.0)

    at.compact(lookback=0, page=page)

    kept = [one for chunk in at.chunks() for one in chunk.bars]
    assert [one.ts_close // MINUTE for one in kept] == list(range(1, 121))
    assert all((one.close == 99.0) == (one.ts_close // MINUTE % 5 == 0) for one in kept)


def test_the_watermark_stays_if_a_chunk_does_not_read_back() -> None:
    @dataclass
    class Forgetful(FakeSeriesStore):
        def merge(self, chunk: SeriesChunk, before: SeriesChunk | None) -> bool:
            return super().merge(replace(chunk, bars=chunk.bars[:-1]), before)

    at = World(series=Forgetful())
    at.has(*range(1, 61))

    with pytest.raises(InvariantError, match="60 bars were written and 59 read back; its slices must not expire"):
        at.compact()
    assert at.slices.released == set()
    assert at.series.compacted(SHARD.name) == 0


def test_the_watermark_stays_if_the_store_fails_half_way_and_the_next_run_ends_the_work() -> None:
    @dataclass
    class Failing(FakeSeriesStore):
        left: int = 1

        def merge(self, chunk: SeriesChunk, before: SeriesChunk | None) -> bool:
            self.left -= 1
            if self.left < 0:
                raise TransientError("throttled")
            return super().merge(chunk, before)

    at = World(series=(series := Failing()))
    at.has(*range(1, 61))
    with pytest.raises(TransientError):
        at.compact()
    assert at.series.compacted(SHARD.name) == 0

    series.left = 99
    assert at.compact().compacted == HOUR
    assert (len(at.chunks(A)), len(at.chunks(B))) == (1, 1)


def test_a_run_that_another_overtook_stops() -> None:
    at = World()
    at.has(*range(1, 61))
    at.series.merge = lambda chunk, before: False  # type: ignore[method-assign]

    with pytest.raises(ConflictError, match="written by somebody else"):
        at.compact()


def test_a_chunk_of_which_the_answer_was_lost_is_its_own_and_nobody_elses() -> None:
    @dataclass
    class Unheard(FakeSeriesStore):
        def merge(self, chunk: SeriesChunk, before: SeriesChunk | None) -> bool:
            return super().merge(chunk, before) and super().merge(chunk, before)

    at = World(series=Unheard())
    at.has(*range(1, 61))

    assert at.compact().compacted == HOUR
    assert len(at.chunks(A)[0].bars) == 60


def test_history_is_read_across_the_tiers_without_seam() -> None:
    at = World()
    at.has(*range(1, 131))
    at.compact()
    at.slices.expire(SHARD.name, 2 * HOUR)

    assert [one.ts_close // MINUTE for one in at.history(55, 125)] == list(range(56, 126))
    assert [one.ts_close // MINUTE for one in at.history(121, 123)] == [122, 123]
    assert at.history(119, 119) == []


def test_history_knows_the_latest_revision_and_leaves_holes_as_holes() -> None:
    at = World()
    at.has(1, 2, 4)
    at.has(3, only=B)
    at.has(2, rev=2, price=99.0)

    assert [(one.ts_close // MINUTE, one.close) for one in at.history(0, 9)] == [(1, 10.0), (2, 99.0), (4, 10.0)]


def test_history_of_what_no_shard_trades_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match=r"no shard trades C\.X at 1m"):
        World().history(0, 1, InstrumentId("C.X"))


@given(
    st.lists(st.tuples(st.integers(1, 200), st.booleans()), max_size=60),
    st.lists(st.integers(0, 60), max_size=4),
    st.integers(3, 40),
)
def test_whenever_compaction_runs_history_is_what_the_slices_were(
    arrivals: list[tuple[int, bool]], runs: list[int], page: int
) -> None:
    at = World()
    known: dict[int, float] = {}
    for position, (minute, corrected) in enumerate(sorted(arrivals)):
        price = 10.0 + position
        if minute in known and not corrected:
            continue
        at.has(minute, rev=2 if minute in known else 1, price=price)
        stored = at.slices.between(SHARD.name, (minute - 1) * MINUTE, minute * MINUTE)[-1]
        known[minute] = stored.bars[A].close
        if position in runs:
            at.compact(page=page)
            at.slices.expire_released(SHARD.name, at.series.compacted(SHARD.name) - 60 * MINUTE)

    at.compact(page=page)

    assert {one.ts_close // MINUTE: one.close for one in at.history(0, 300)} == known
