from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from tests.fakes.market_stores import FakeHoles, FakeRefusalLog, FakeSliceStore
from tests.fakes.world import FakeNotices
from tradewind.adapters.market.replay import MemoryObjects, ReplayProvider
from tradewind.application.fetch_bars import FetchBars, FetchReport, latest_revisions
from tradewind.application.ports_market import Answer, BarSource, Failure
from tradewind.application.ports_repair import Hole
from tradewind.cli.bars import load_bokeh, pack_dataset, steps
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.dataset import dataset
from tradewind.domain.errors import TransientError
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.series import Series
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe
from tradewind.domain.validation import RawBar, Reason, Refusal

A, B = InstrumentId("A.X"), InstrumentId("B.X")
SHARD = Shard("x-1m", Timeframe.M1, "fake", (A, B))


def row(minute: int, price: float = 10.0) -> RawBar:
    return RawBar(minute * MINUTE, price, price, price, price, 1.0)


@dataclass
class FakeProvider(BarSource):
    rows: dict[InstrumentId, list[RawBar]]
    failures: dict[InstrumentId, Failure] = field(default_factory=dict)
    listed: dict[InstrumentId, int] = field(default_factory=dict)
    asked: list[tuple[int, int]] = field(default_factory=list)
    sources: dict[InstrumentId, str] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        self.asked.append((since_close, until))
        served = [name for name in instruments if name not in self.failures]
        rows = {name: [r for r in self.rows[name] if r[0] > since_close - MINUTE] for name in served}  # type: ignore[operator]
        return Answer(rows, self.failures, self.refusals, self.sources)

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        return self.listed.get(instrument, 0)


@dataclass
class World:
    provider: FakeProvider
    slices: FakeSliceStore = field(default_factory=FakeSliceStore)
    refusals: FakeRefusalLog = field(default_factory=FakeRefusalLog)

    def fetch(self, minute: int, **options: Any) -> FetchReport:
        return FetchBars(self.provider, self.slices, self.refusals, **options)(SHARD, minute * MINUTE)

    @property
    def stored(self) -> list[Slice]:
        return self.slices.between(SHARD.name, 0, 2**60)


def world(a: Sequence[RawBar] = (), b: Sequence[RawBar] = (), **listed: int) -> World:
    return World(FakeProvider({A: list(a), B: list(b)}, listed={InstrumentId(f"{k}.X"): v for k, v in listed.items()}))


def closes(slices: Sequence[Slice]) -> list[int]:
    return [slice_.ts_close // MINUTE for slice_ in slices]


def test_every_closed_bar_since_the_watermark_becomes_one_slice_a_timestep() -> None:
    at = world([row(1), row(2), row(3)], [row(1), row(2), row(3)])

    first, second = at.fetch(3), at.fetch(4)

    assert closes(at.stored) == [2, 3, 4]
    assert [list(slice_.bars) for slice_ in at.stored] == [[A, B]] * 3
    assert [(r.written, r.watermark // MINUTE) for r in (first, second)] == [(2, 3), (1, 4)]
    assert at.provider.asked == [(0, 3 * MINUTE), (3 * MINUTE, 4 * MINUTE)]


def test_a_repeat_changes_nothing() -> None:
    at = world([row(1), row(2, -1.0)], [row(1), row(2)])
    at.fetch(3)
    before = dict(at.slices.items), dict(at.refusals.items)

    again = at.fetch(3)

    assert (at.slices.items, at.refusals.items) == before
    assert (again.written, again.refusals) == (0, 0)


def test_a_slice_that_another_execution_wrote_in_between_is_left_as_it_is() -> None:
    at = world([row(1), row(2)], [row(1), row(2)])
    theirs = Slice(SHARD.name, Timeframe.M1, 2 * MINUTE, {A: Bar(MINUTE, 2 * MINUTE, 7.0, 7.0, 7.0, 7.0, 7.0)})
    at.slices.latest = lambda shard: 0  # type: ignore[method-assign]  # read before the other wrote
    at.slices.put(theirs)

    report = at.fetch(3)

    assert at.stored[0] == theirs
    assert (report.written, closes(at.stored)) == (1, [2, 3])


def test_an_instrument_without_a_bar_is_missing_with_a_reason() -> None:
    at = world([row(1), row(2), row(3)], [row(1), row(3)])

    at.fetch(4)

    assert [dict(slice_.missing) for slice_ in at.stored] == [{}, {B: Reason.MISSING}, {}]


def test_a_refused_bar_enters_no_slice_and_both_the_slice_and_the_log_say_why() -> None:
    at = world([row(1)], [RawBar(MINUTE, 10.0, 9.0, 8.0, 10.0, 1.0)])

    report = at.fetch(2)

    assert dict(at.stored[0].missing) == {B: "OHLC_VIOLATION"}
    assert [(r.instrument, r.ts, r.reason) for r in at.refusals.items.values()] == [(B, MINUTE, "OHLC_VIOLATION")]
    assert report.refusals == 1


def test_a_timestep_with_nothing_but_refused_bars_still_has_its_slice() -> None:
    at = world([row(1), row(2, -1.0)], [row(1), row(2, 0.0)])

    report = at.fetch(3)

    assert closes(at.stored) == [2, 3]
    assert at.stored[1].bars == {}
    assert set(at.stored[1].missing.values()) == {"NON_POSITIVE_PRICE"}
    assert report.watermark == 3 * MINUTE


def test_refusals_are_on_record_before_the_slices_that_move_the_watermark() -> None:
    at = world([row(1), row(2, -1.0)], [row(1), row(2)])
    at.slices.put = lambda slice_: (_ for _ in ()).throw(TransientError("table"))  # type: ignore[method-assign]

    with pytest.raises(TransientError):
        at.fetch(3)

    assert len(at.refusals.items) == 1


def test_open_and_future_bars_move_no_watermark() -> None:
    at = world([row(1), row(2), row(9)], [row(1), row(2), row(9)])

    report = at.fetch(2)

    assert closes(at.stored) == [2]
    assert report.watermark == 2 * MINUTE
    at.fetch(3)
    assert closes(at.stored) == [2, 3]


def test_absence_before_listing_is_no_gap_and_after_it_is() -> None:
    at = world([row(1), row(2), row(3), row(4)], [row(3)], B=3 * MINUTE)

    at.fetch(2)
    at.fetch(3)
    at.fetch(5)

    assert [dict(slice_.missing) for slice_ in at.stored] == [{}, {}, {}, {B: Reason.MISSING}]


def test_where_the_provider_knows_no_listing_the_first_fetch_takes_the_first_bar_for_it() -> None:
    at = world([row(1), row(2), row(3)], [row(2)])

    at.fetch(4)

    assert [dict(slice_.missing) for slice_ in at.stored] == [{}, {}, {B: Reason.MISSING}]


def test_a_later_fetch_takes_no_first_bar_for_a_listing() -> None:
    at = world([row(1), row(2), row(3)], [row(3)])
    at.fetch(2)

    at.fetch(4)

    assert [dict(slice_.missing) for slice_ in at.stored[1:]] == [{B: Reason.MISSING}, {}]


def test_one_instruments_failure_stops_no_other_and_is_its_reason() -> None:
    at = world([row(1)], [row(1)])
    at.provider.failures = {B: Failure("RATE_LIMITED", "EAPI:Rate limit exceeded")}

    report = at.fetch(2)

    assert dict(at.stored[0].missing) == {B: "RATE_LIMITED"}
    assert report.failures == at.provider.failures


def test_if_nobody_is_served_nothing_is_written_and_the_run_fails_to_be_tried_again() -> None:
    at = world([row(1)], [row(1)])
    at.provider.failures = {name: Failure("TIMEOUT", "no answer in 5 s") for name in (A, B)}

    with pytest.raises(TransientError, match=r"no instrument of shard x-1m could be fetched; A\.X: no answer in 5 s"):
        at.fetch(2)

    assert at.stored == []


def test_one_failure_that_may_pass_is_enough_to_try_again() -> None:
    at = world()
    at.provider.failures = {A: Failure("UNKNOWN_PAIR", "unknown", lasting=True), B: Failure("TIMEOUT", "no answer")}

    with pytest.raises(TransientError):
        at.fetch(2)


def test_if_all_failures_are_lasting_the_run_reports_them_and_does_not_retry_forever() -> None:
    at = world()
    at.provider.failures = {name: Failure("UNKNOWN_PAIR", "unknown", lasting=True) for name in (A, B)}

    assert set(at.fetch(2).failures) == {A, B}


def test_the_first_fetch_of_a_live_shard_asks_for_the_bars_that_warm_up() -> None:
    at = world([row(96), row(97), row(98)], [row(96), row(97), row(98)])

    FetchBars(at.provider, at.slices, at.refusals, first_bars=3)(SHARD, 99 * MINUTE + 20_000)

    assert at.provider.asked == [(96 * MINUTE, 99 * MINUTE + 20_000)]
    assert closes(at.stored) == [97, 98, 99]


def test_a_long_catch_up_is_done_in_several_runs() -> None:
    at = world([row(k) for k in range(10)], [row(k) for k in range(10)])

    reports = [at.fetch(10, limit=4) for _ in range(4)]

    assert [(r.written, r.remaining) for r in reports] == [(4, 6), (4, 2), (2, 0), (0, 0)]
    assert closes(at.stored) == list(range(1, 11))


def test_a_hole_is_filled_by_a_new_revision_once_the_bar_arrives() -> None:
    at = world([row(k) for k in range(1, 5)], [row(k) for k in range(1, 5)])
    at.provider.failures = {B: Failure("TIMEOUT", "no answer")}
    at.fetch(2, repair_bars=5)
    at.fetch(3, repair_bars=5)
    at.provider.failures = {}

    report = at.fetch(4, repair_bars=5)
    again = at.fetch(4, repair_bars=5)

    assert (report.written, report.repaired, report.bars, again.repaired) == (1, 2, 2, 0)
    assert [(s.ts_close // MINUTE, s.rev, dict(s.missing)) for s in at.stored] == [
        (2, 1, {B: "TIMEOUT"}), (2, 2, {}), (3, 1, {B: "TIMEOUT"}), (3, 2, {}), (4, 1, {}),
    ]  # fmt: skip
    assert all(set(s.bars) == {A, B} for s in latest_revisions(at.stored))


def test_a_bar_that_its_provider_has_changed_becomes_a_new_revision() -> None:
    at = world([row(1), row(2)], [row(1), row(2)])
    at.fetch(3, repair_bars=3)
    at.provider.rows[A] = [row(1), row(2, 11.0), row(3)]
    at.provider.rows[B] = [row(1), row(2), row(3)]

    report = at.fetch(4, repair_bars=3)

    assert (report.written, report.repaired) == (1, 1)
    latest = latest_revisions(at.stored)[1]
    assert (latest.rev, latest.bars[A].close, latest.bars[B].close) == (2, 11.0, 10.0)


def test_another_providers_opinion_changes_no_bar_and_the_slice_says_who_gave_what() -> None:
    at = world([row(1)], [row(1)])
    at.provider.sources = {A: "second"}
    at.fetch(2, repair_bars=3)
    at.provider.rows[A], at.provider.sources = [row(1, 11.0)], {}

    assert at.fetch(2, repair_bars=3).repaired == 0
    assert [dict(one.sources) for one in at.stored] == [{A: "second"}]
    at.provider.sources = {A: "second"}
    assert at.fetch(2, repair_bars=3).repaired == 1


def test_a_timestep_of_which_nobody_has_a_bar_is_a_slice_once_a_later_one_is_there() -> None:
    at = world([row(1), row(2)], [row(1), row(2)], A=1, B=1)
    at.fetch(3, gaps=True)
    at.fetch(6, gaps=True)
    assert closes(at.stored) == [2, 3]
    at.provider.rows = {A: [row(6)], B: []}

    at.fetch(7, gaps=True)

    assert [(one.ts_close // MINUTE, dict(one.missing)) for one in at.stored[2:]] == [
        (4, {A: "MISSING", B: "MISSING"}), (5, {A: "MISSING", B: "MISSING"}), (6, {A: "MISSING", B: "MISSING"}),
        (7, {B: "MISSING"}),
    ]  # fmt: skip


def test_outside_the_session_nothing_is_missing() -> None:
    opening = 19_738 * DAY + (14 * 60 + 30) * MINUTE  # Tuesday, 16 January 2024, 9:30 in New York
    shares = replace(SHARD, calendar="XNYS")
    minutes = [opening - 2 * MINUTE, opening]
    at = world([RawBar(ts, 1.0, 1.0, 1.0, 1.0, 1.0) for ts in minutes], A=1, B=1)

    FetchBars(at.provider, at.slices, at.refusals, gaps=True)(shares, opening + MINUTE)

    assert [(one.ts_close - opening) // MINUTE for one in at.stored] == [-1, 1]
    assert [dict(one.missing) for one in at.stored] == [{}, {B: "MISSING"}]


def test_rows_that_were_put_aside_are_on_record_too() -> None:
    at = world([row(1)], [row(1)])
    aside = Refusal(A, Timeframe.M1, MINUTE, Reason.OHLC_VIOLATION, "o=1 h=0")
    at.provider.refusals = (aside,)

    assert at.fetch(2).refusals == 1
    assert list(at.refusals.items.values()) == [aside]


def test_slices_that_lack_bars_are_noted_for_repair_before_they_are_written() -> None:
    at, holes = world([row(1), row(2)], [row(2)], A=1, B=1), FakeHoles()

    at.fetch(3, holes=holes)

    assert holes.open(SHARD.name, 9) == [Hole(SHARD.name, 2 * MINUTE, 0, 4 * MINUTE)]


def test_an_instrument_that_nobody_lists_is_named_once() -> None:
    at, notices = world([row(k) for k in range(1, 9)]), FakeNotices()
    at.provider.failures = {B: Failure("UNKNOWN_PAIR", "never heard of it", lasting=True)}
    fetch = FetchBars(at.provider, at.slices, at.refusals, notices=notices)

    for minute in (3, 4, 5):
        fetch(SHARD, minute * MINUTE)

    (told,) = notices.waiting.values()
    assert (told.event.kind, told.event.instrument) == ("INSTRUMENT_UNLISTED", B)


def test_a_hole_that_stays_empty_gets_no_revision() -> None:
    at = world([row(1), row(2)], [row(2)], B=1)
    at.fetch(2, repair_bars=5)

    assert at.fetch(3, repair_bars=5).repaired == 0
    assert [s.rev for s in at.stored] == [1, 1]


def recorded(*bars: Mapping[str, float]) -> Series:
    rows = [Bar(int(b["t"]) * MINUTE, int(b["t"] + 1) * MINUTE, b["p"], b["p"], b["p"], b["p"], 1.0) for b in bars]
    return Series(Instrument(A, Decimal("0.01"), Decimal(1)), Timeframe.M1, rows)


def test_a_bad_recorded_bar_is_refused_on_its_way_in_like_any_other() -> None:
    packed = pack_dataset([recorded({"t": 1, "p": 5.0}, {"t": 2, "p": float("nan")}, {"t": 3, "p": 5.0})])
    slices, refusals = FakeSliceStore(), FakeRefusalLog()
    shard = Shard("one", Timeframe.M1, "replay", (A,))

    FetchBars(ReplayProvider(MemoryObjects(packed)), slices, refusals)(shard, 10 * MINUTE)

    assert [dict(s.missing) for s in slices.between("one", 0, 2**60)] == [{}, {A: "NOT_A_NUMBER"}, {}]
    assert [r.reason for r in refusals.items.values()] == [Reason.NOT_A_NUMBER]


def test_the_sample_replayed_step_by_step_gives_the_same_slices_as_in_one_go() -> None:
    series = [Series(s.instrument, s.timeframe, s.bars[-230:], s.source) for s in load_bokeh()]
    shard = Shard("us-1d", Timeframe.D1, "replay", tuple(s.instrument.id for s in series))
    provider = ReplayProvider(MemoryObjects(pack_dataset(series)))
    stepwise, at_once = FakeSliceStore(), FakeSliceStore()

    for now in steps(series):
        assert FetchBars(provider, stepwise, FakeRefusalLog())(shard, now).written == 1
    FetchBars(provider, at_once, FakeRefusalLog())(shard, steps(series)[-1])

    assert stepwise.items == at_once.items
    first, last = (slices := at_once.between("us-1d", 0, 2**60))[0], slices[-1]
    assert (len(slices), len(first.bars), len(last.bars)) == (230, 4, 5)
    assert all(not slice_.missing for slice_ in slices)


def test_a_dataset_comes_back_with_its_rules() -> None:
    one = dataset(recorded({"t": 1, "p": 5.0}))
    key = "replay/1m/A.X.bin"

    assert type(one).from_bytes(key, one.to_bytes()) == one
