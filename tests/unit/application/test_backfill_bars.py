"""Backfills over stores that may fail anywhere: whatever happens, each bar is there once or the report says why not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random

import pytest

from tests.fakes.backfills import FakeBackfills
from tests.fakes.market_stores import FakeRefusalLog, FakeSeriesStore, FakeSliceStore
from tests.fakes.tiers import FakeArchivedSeries, FakeBarArchive
from tests.venues.market import Made
from tradewind.application.backfill_bars import LOG, BackfillBars
from tradewind.application.backfill_steps import BackfillSteps
from tradewind.application.bar_repository import Cold
from tradewind.application.kept_bars import KeptBars
from tradewind.application.ports_backfill import Feed
from tradewind.application.ports_bars import Archived, BarMonth, Packing
from tradewind.application.ports_market import Answer, BarSource, Failure
from tradewind.domain.backfill import BEFORE_HISTORY, Backfill, SeriesName, plan
from tradewind.domain.bar import Bar
from tradewind.domain.calendar import Calendar
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import BadInputError, TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_start
from tradewind.domain.series import SeriesChunk, period_start
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe
from tradewind.domain.validation import RawBar

A, B = InstrumentId("A-USDT.X"), InstrumentId("B-USDT.X")
H1, M15 = Timeframe.H1, Timeframe.M15
NOW = 20_000 * DAY + 90 * MINUTE


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Venue(BarSource):
    """Serves made-up bars; `spoils` changes rows, `dies` says when the process ends in the middle of asking."""

    market: Made = field(default_factory=Made)
    spoils: dict[int, Callable[[RawBar], RawBar]] = field(default_factory=dict)
    fails: list[Failure] = field(default_factory=list)
    asked: list[tuple[InstrumentId, int, int]] = field(default_factory=list)

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        (name,) = instruments
        self.asked.append((name, since_close, until))
        if self.fails:
            return Answer({}, {name: self.fails.pop()})
        rows = [self.market.row(name, timeframe, ts) for ts in range(since_close, until, timeframe.ms)]
        raw = [RawBar(*row) for row in rows if row]
        return Answer({name: [self._spoilt(one) for one in raw]})

    def _spoilt(self, row: RawBar) -> RawBar:
        spoil = self.spoils.get(int(str(row.ts_open)))
        return spoil(row) if spoil else row

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        return 0


@dataclass
class Bench:
    venue: Venue = field(default_factory=Venue)
    series: FakeSeriesStore = field(default_factory=FakeSeriesStore)
    refusals: FakeRefusalLog = field(default_factory=FakeRefusalLog)
    backfills: FakeBackfills = field(default_factory=FakeBackfills)
    reach: int = 0

    def worker(self) -> BackfillBars:
        feed = Feed(self.venue, Calendar(), self.reach)
        return BackfillBars(lambda _: feed, self.series, self.refusals, self.backfills, lambda: NOW)

    def run(self, backfill: Backfill) -> None:
        worker = self.worker()
        for window in worker.open(backfill):
            worker(backfill, window)

    def bars(self, name: InstrumentId, frame: Timeframe) -> list[Bar]:
        return [bar for chunk in self.series.chunks(name, frame, 0, 2**42) for bar in chunk.bars]


def expected(market: Made, backfill: Backfill, name: InstrumentId, frame: Timeframe) -> list[Bar]:
    """Return the venue's bars by other means than a backfill does."""
    start, end = backfill.start // frame.ms * frame.ms, backfill.end // frame.ms * frame.ms
    rows = [market.row(name, frame, ts) for ts in range(start, end, frame.ms)]
    return [Bar(row.ts, row.ts + frame.ms, *(float(text) for text in row[1:6])) for row in rows if row]


def begun(bench: Bench, days: int = 12, frames: Sequence[Timeframe] = (H1, M15)) -> Backfill:
    return bench.backfills.begin(plan([A, B], frames, days, NOW))


def test_everything_the_venue_has_is_stored_to_the_last_bit() -> None:
    bench = Bench()
    backfill = begun(bench)

    bench.run(backfill)

    for name, frame in backfill.series:
        assert bench.bars(name, frame) == expected(bench.venue.market, backfill, name, frame)
    reports = bench.worker().verify(backfill)
    assert all(one.is_whole and not one.missing and one.present == one.expected for one in reports)
    assert bench.backfills.begun(backfill.name) is None


@pytest.mark.parametrize("seed", range(6))
def test_killed_anywhere_and_started_again_each_bar_is_there_once(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, chance, deaths = Bench(), Random(seed), count()  # noqa: S311 - a seed is the point of it

    def mortal(method: Callable[..., object], odds: float) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            if chance.random() < odds:
                next(deaths)
                raise Killed
            answer = method(*given, **named)
            if chance.random() < odds:
                next(deaths)
                raise Killed
            return answer

        return call

    for store, name in ((bench.series, "merge"), (bench.series, "chunks"), (bench.backfills, "record")):
        monkeypatch.setattr(store, name, mortal(getattr(store, name), 0.12))
    backfill = begun(bench)
    while bench.backfills.begun(backfill.name):
        try:
            bench.run(bench.backfills.begin(replace(backfill, end=backfill.end + DAY)))  # asked anew a day later
            bench.worker().verify(backfill)
        except Killed:
            continue

    assert next(deaths) >= 3
    monkeypatch.undo()
    for name, frame in backfill.series:
        assert bench.bars(name, frame) == expected(bench.venue.market, backfill, name, frame)


def test_a_repeat_asks_for_nothing_and_a_new_wish_writes_nothing() -> None:
    bench = Bench()
    backfill = begun(bench)
    bench.run(backfill)
    asked, writes = len(bench.venue.asked), bench.series.writes

    bench.run(backfill)
    assert len(bench.venue.asked) == asked
    bench.worker().verify(backfill)
    bench.run(begun(bench))

    assert bench.series.writes == writes


def test_what_is_stored_stays_and_what_the_provider_tells_otherwise_is_counted() -> None:
    bench = Bench()
    first = NOW // H1.ms * H1.ms - 3 * H1.ms
    lived = Bar(first, first + H1.ms, 1.0, 2.0, 0.5, 1.5, 9.0)
    period = period_start(H1, first)
    bench.series.put(SeriesChunk(A, H1, period, lived.ts_close, [lived]))
    backfill = bench.backfills.begin(plan([A], [H1], 2, NOW))

    bench.run(backfill)

    assert [bar for bar in bench.bars(A, H1) if bar.ts_open == first] == [lived]
    assert sum(one.differing for one in bench.worker().verify(backfill)) == 1
    assert len(bench.bars(A, H1)) == 48


def test_what_lies_in_no_chunk_stays_too_and_is_neither_laid_over_nor_missed() -> None:
    """An archived bar and one of a slice that nobody has packed: neither was told by this provider."""
    shard = Shard("x-15m", M15, "fake", (A,))
    slices, archive = FakeSliceStore(), FakeBarArchive()
    series = FakeArchivedSeries(now=lambda: NOW)
    bench = Bench(series=series)
    backfill = bench.backfills.begin(plan([A], [M15], 60, NOW))
    first, last = (backfill.start // M15.ms + 3) * M15.ms, NOW // M15.ms * M15.ms - M15.ms
    old, new = (Bar(ts, ts + M15.ms, 1.0, 2.0, 0.5, 1.5, 9.0) for ts in (first, last))
    archive.write(BarMonth(A, M15, month_start(first), [old]), "")
    series.advance_archived(shard.name, Archived(NOW - 2 * DAY, NOW - 2 * DAY, (A,)))
    series.advance(shard.name, last - M15.ms)
    slices.put(Slice(shard.name, M15, new.ts_close, {A: new}))
    kept = KeptBars(
        [shard], slices, lambda name: Packing(series.compacted(name), ()), Cold(series, archive, lambda: NOW)
    )
    worker = replace(bench.worker(), kept=kept)

    for window in worker.open(backfill):
        worker(backfill, window)
    (report,) = worker.verify(backfill)

    assert {old.ts_open, new.ts_open} & {bar.ts_open for bar in bench.bars(A, M15)} == set()
    assert (report.present, report.duplicates, report.differing) == (report.expected, 0, 2)
    assert report.is_whole


def test_a_chunk_that_compaction_writes_meanwhile_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    backfill = bench.backfills.begin(plan([A], [H1], 1, NOW))
    last = backfill.end // H1.ms * H1.ms
    live = Bar(last, last + H1.ms, 1.0, 2.0, 0.5, 1.5, 9.0)
    merge = bench.series.merge
    met: list[bool] = []

    def while_it_merges(chunk: SeriesChunk, before: SeriesChunk | None) -> bool:
        if not met:
            met.append(bench.series.put(SeriesChunk(A, H1, chunk.period, live.ts_close, [live])))
        return merge(chunk, before)

    monkeypatch.setattr(bench.series, "merge", while_it_merges)
    bench.run(backfill)

    assert met == [True]
    assert bench.bars(A, H1)[-1] == live
    assert len(bench.bars(A, H1)) == 25


def test_each_missing_bar_has_its_reason() -> None:
    listed = NOW // DAY * DAY - 20 * DAY
    bench = Bench(Venue(Made(since=listed, silent=frozenset({listed + 5 * H1.ms}))))
    bench.venue.spoils[listed + 7 * H1.ms] = lambda row: row._replace(low="900")
    backfill = bench.backfills.begin(plan([A], [H1], 40, NOW))

    bench.run(backfill)
    (report,) = bench.worker().verify(backfill)

    assert report.missing == {BEFORE_HISTORY: report.expected - report.present - 2, "MISSING": 1, "OHLC_VIOLATION": 1}
    assert report.is_whole
    assert {key[0] for key in bench.refusals.items} == {LOG}


def test_an_instrument_that_nobody_lists_is_told_and_not_asked_for_ever() -> None:
    bench = Bench()
    bench.venue.fails = [Failure("UNKNOWN_PAIR", "never heard of it", lasting=True)] * 2
    backfill = bench.backfills.begin(plan([A], [H1], 2, NOW))

    bench.run(backfill)
    (report,) = bench.worker().verify(backfill)

    assert (report.missing, report.is_whole) == ({"UNKNOWN_PAIR": 48}, True)


def test_a_window_whose_provider_is_away_stays_open() -> None:
    bench = Bench()
    bench.venue.fails = [Failure("TIMEOUT", "no answer")]
    backfill = bench.backfills.begin(plan([A], [H1], 2, NOW))
    worker = bench.worker()
    (window,) = worker.open(backfill)

    with pytest.raises(TransientError, match=r"A-USDT\.X 1h: TIMEOUT"):
        worker(backfill, window)

    assert worker.open(backfill) == [window]
    assert [dict(one.missing) for one in worker.verify(backfill)] == [{"NOT_FETCHED": 48}]


def test_bars_that_vanish_after_they_were_fetched_are_fetched_again() -> None:
    bench = Bench()
    backfill = bench.backfills.begin(plan([A], [H1], 2, NOW))
    bench.run(backfill)
    key = next(iter(bench.series.items))
    del bench.series.items[key]

    (report,) = bench.worker().verify(backfill)
    assert report.missing.keys() == {"UNEXPLAINED"}
    bench.run(backfill)

    assert all(one.is_whole for one in bench.worker().verify(backfill))


def test_what_lies_beyond_a_provider_s_reach_is_not_asked_for() -> None:
    bench = Bench(reach=100)
    backfill = bench.backfills.begin(plan([A], [H1], 90, NOW))

    bench.run(backfill)

    assert all(until >= NOW - 100 * H1.ms for _, _, until in bench.venue.asked)
    assert len(bench.venue.asked) < len(list(backfill.windows()))


# ── as the steps of a state machine ──────────────────────────────────────────────────────────────────────────────


@dataclass
class Machine:
    bench: Bench
    now: int = NOW

    def steps(self, tick: int = 0) -> BackfillSteps:
        def clock() -> int:
            self.now += tick
            return self.now

        return BackfillSteps(self.bench.backfills, lambda _: self.bench.worker(), [A, B], clock)


def test_the_steps_plan_fetch_while_there_is_time_and_verify() -> None:
    bench = Bench()
    steps = Machine(bench).steps(tick=150_000)
    planned = steps({"step": "plan", "days": 30, "intervals": ["15m"]})
    assert planned["series"] == [{"instrument": A, "timeframe": "15m"}, {"instrument": B, "timeframe": "15m"}]

    rounds = []
    for one in planned["series"]:
        while True:
            answer = steps({"step": "fetch", "name": planned["name"], **one})
            rounds.append((answer["done"], answer["left"]))
            if not answer["left"]:
                break
    report = steps({"step": "verify", "name": planned["name"]})

    assert len(rounds) > 2
    assert all(done for done, _ in rounds)
    assert (report["whole"], report["duplicates"], report["missing"], report["not_whole"]) == (True, 0, {}, [])
    assert report["present"] == report["expected"] == sum(len(bench.bars(name, M15)) for name in (A, B))


def test_a_plan_without_wishes_is_for_all_that_is_configured() -> None:
    planned = Machine(Bench()).steps()({"step": "plan"})

    assert len(planned["series"]) == 6
    assert {SeriesName(one["instrument"], one["timeframe"]).timeframe for one in planned["series"]} == {
        "1d",
        "1h",
        "15m",
    }


@pytest.mark.parametrize(
    ("event", "complaint"),
    [
        ({"step": "dance"}, "unknown step 'dance'"),
        ({"step": "verify", "name": "none"}, "no backfill none is under way"),
    ],
)
def test_a_step_that_makes_no_sense_says_so(event: dict[str, str], complaint: str) -> None:
    with pytest.raises(BadInputError, match=complaint):
        Machine(Bench()).steps()(event)
