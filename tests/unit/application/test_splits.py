"""From a jump to its judgement: bars are held, books scaled once, strategies begin anew, series are on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from tests.builders import ACME, PAPER, account, book, configuration, entry, exit_order, held
from tests.fakes.ledger import FakeLedger, LedgerItems
from tests.fakes.market_stores import FakeHoles, FakeRefusalLog, FakeSeriesStore, FakeSliceStore, FakeSplits
from tests.fakes.world import FakeNotices
from tests.puppet import at_work
from tests.unit.application.test_failover import Scripted
from tradewind.application.apply_split import apply_split
from tradewind.application.bar_repository import TieredBars
from tradewind.application.fetch_bars import FetchBars, latest_revisions
from tradewind.application.packed_slices import PackedSlices
from tradewind.application.ports_market import Answer
from tradewind.application.repair_bars import AT_ONCE, RepairBars
from tradewind.application.shard_state import ShardState
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import PermanentError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.messages import from_json, to_json
from tradewind.domain.order import OrderStatus
from tradewind.domain.order_terms import OrderKind, Terms
from tradewind.domain.series import SeriesChunk, period_start
from tradewind.domain.slice import Slice
from tradewind.domain.split_message import SplitMessage
from tradewind.domain.splits import Split, SplitState, adjusted, suspected
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe
from tradewind.domain.validation import RawBar

A = InstrumentId("A-USD.X")
SHARD = Shard("x-1d", Timeframe.D1, "first", (A,), calendar="XNYS")
MONDAY = 19_730  # 8 January 2024; the five days from it are trading days


def row(number: int, price: float) -> RawBar:
    return RawBar((MONDAY + number) * DAY, price, price + 1, price - 1, price, 100.0)


@pytest.mark.parametrize(
    ("close", "open_", "factor"),
    [(500.0, 127.0, 4.0), (700.0, 103.0, 7.0), (2000.0, 98.0, 20.0), (30.0, 20.2, 1.5), (1.0, 9.8, 0.1),
     (100.0, 99.0, 0.0), (100.0, 80.0, 0.0), (100.0, 130.0, 0.0)],
)  # fmt: skip
def test_a_jump_near_a_ratio_that_companies_choose_looks_like_a_split(
    close: float, open_: float, factor: float
) -> None:
    assert suspected(close, open_) == pytest.approx(factor)


@dataclass
class World:
    source: Scripted
    slices: FakeSliceStore = field(default_factory=FakeSliceStore)
    splits: FakeSplits = field(default_factory=FakeSplits)
    holes: FakeHoles = field(default_factory=FakeHoles)
    notices: FakeNotices = field(default_factory=FakeNotices)
    refusals: FakeRefusalLog = field(default_factory=FakeRefusalLog)
    rows: Sequence[tuple[int, RawBar]] = ()

    def fetch(self, day: int) -> None:
        use_case = FetchBars(
            self.source, self.slices, self.refusals, self.holes, self.notices, self.splits, repair_bars=3
        )
        use_case(SHARD, (MONDAY + day) * DAY)

    def repair(self, day: int, minutes: int = 10) -> None:
        use_case = RepairBars(self.source, self.slices, self.holes, self.refusals, None, self.splits)
        use_case(SHARD, (MONDAY + day) * DAY + minutes * MINUTE)

    def fetch_minute(self, now: int) -> None:
        told = {A: [one for ts, one in self.rows if ts < now]}
        FetchBars(Scripted(told), self.slices, self.refusals, self.holes, self.notices, self.splits, repair_bars=3)(
            MINUTES, now
        )

    def repair_minutes(self, now: int) -> None:
        RepairBars(self.source, self.slices, self.holes, self.refusals, None, self.splits)(MINUTES, now)

    def latest(self) -> Sequence[Slice]:
        return latest_revisions(self.slices.between(SHARD.name, 0, 2**60))

    def judge(self, state: SplitState) -> None:
        (split,) = self.splits.every()
        self.splits.put(split.becomes(state))


def jumping() -> World:
    """Return a world that has seen 400, 400 and then two days around 100."""
    world = World(Scripted({A: [row(0, 400.0), row(1, 400.0), row(2, 100.0), row(3, 101.0)]}))
    for day in (2, 3, 4):
        world.fetch(day)
    return world


def test_bars_that_look_like_a_split_are_held_with_their_reason_and_somebody_is_told_once() -> None:
    world = jumping()

    assert [dict(one.missing) for one in world.latest()] == [{}, {}, {A: "SPLIT_SUSPECTED"}, {A: "SPLIT_SUSPECTED"}]
    assert world.splits.every() == [Split(A, (MONDAY + 2) * DAY, 4.0, SplitState.SUSPECTED, 400.0, 100.0)]
    assert [notice.event.kind for notice in world.notices.waiting.values()] == ["SPLIT_SUSPECTED"]
    assert "SPLIT_SUSPECTED" in {one.reason for one in world.refusals.items.values()}


def test_what_is_held_is_not_repaired_before_it_is_judged_however_long_that_takes() -> None:
    world = jumping()
    for day in range(4, 40):
        world.repair(day)

    assert len(world.holes.items) == 2
    assert all(one.rev == 1 for one in world.latest())


def test_what_is_held_waits_on_beside_an_instrument_that_never_has_that_bar() -> None:
    world = jumping()
    beside = {
        one.ts_close: replace(one, missing={**one.missing, InstrumentId("B-USD.X"): "MISSING"})
        for one in world.latest()
    }
    world.slices.items = {(SHARD.name, ts, 1): one.to_bytes() for ts, one in beside.items()}
    for day in range(4, 40):
        world.repair(day)
    world.judge(SplitState.CONFIRMED)

    world.repair(40)

    assert [A in one.bars for one in world.latest()] == [True] * 4


@pytest.mark.parametrize(
    ("state", "splits"), [(SplitState.CONFIRMED, {A: 4.0}), (SplitState.DENIED, {})]
)  # fmt: skip
def test_once_judged_raw_bars_enter_and_the_first_one_after_a_split_says_so(
    state: SplitState, splits: dict[InstrumentId, float]
) -> None:
    world = jumping()
    world.judge(state)

    world.repair(4)

    assert [one.bars[A].close for one in world.latest()] == [400.0, 400.0, 100.0, 101.0]
    assert [dict(one.splits) for one in world.latest()] == [{}, {}, splits, {}]
    world.source.says = {A: [*world.source.says[A], row(4, 102.0)]}  # type: ignore[misc]
    world.fetch(5)
    assert world.latest()[-1].bars[A].close == 102.0


BELL = MONDAY * DAY + 870 * MINUTE
"""Half past nine in New York, in winter."""

EVENING = (MONDAY - 3) * DAY + 1259 * MINUTE
"""The last minute of the Friday before."""

MINUTES = replace(SHARD, name="x-1m", timeframe=Timeframe.M1)


def minutely(count: int) -> World:
    """Return a world that has seen Friday's last minute and, on Monday, so many minutes of a quarter of its price."""
    prices = {EVENING: 400.0} | {BELL + n * MINUTE: 100.0 for n in range(count + 2)}
    rows = [(ts, RawBar(ts, price, price + 1, price - 1, price, 10.0)) for ts, price in prices.items()]
    world = World(Scripted({A: [one for _, one in rows]}), rows=rows)
    world.fetch_minute(EVENING + MINUTE)
    for n in range(count):
        world.fetch_minute(BELL + (n + 1) * MINUTE)
    return world


def entered(world: World) -> list[tuple[int, dict[InstrumentId, float]]]:
    """Return which of Monday's minutes have their bar, each with its mark."""
    found = latest_revisions(world.slices.between(MINUTES.name, BELL, 2**60))
    return [((one.ts_close - BELL) // MINUTE, dict(one.splits)) for one in found if A in one.bars]


def test_a_fetch_that_fills_the_first_bar_after_a_split_says_so_as_a_repair_does() -> None:
    world = minutely(2)
    world.judge(SplitState.CONFIRMED)

    world.fetch_minute(BELL + 3 * MINUTE)

    assert entered(world) == [(1, {A: 4.0})]


def test_no_bar_enters_before_the_first_one_after_a_split() -> None:
    world = minutely(6)
    world.judge(SplitState.CONFIRMED)

    world.fetch_minute(BELL + 7 * MINUTE)
    assert entered(world) == []

    world.repair_minutes(BELL + 8 * MINUTE)
    world.fetch_minute(BELL + 8 * MINUTE)

    assert entered(world) == [(1, {A: 4.0}), *((n, {}) for n in range(2, 9))]


def test_the_first_bar_after_a_split_is_repaired_first_however_many_wait() -> None:
    world = minutely(3 * AT_ONCE + 20)
    world.judge(SplitState.CONFIRMED)

    world.repair_minutes(BELL + 4 * AT_ONCE * MINUTE)

    minutes = entered(world)
    assert (len(minutes), minutes[0]) == (3 * AT_ONCE, (1, {A: 4.0}))


def test_while_the_first_bar_after_a_split_does_not_come_no_later_one_is_repaired() -> None:
    world = minutely(6)
    world.judge(SplitState.CONFIRMED)
    told = world.source.says[A]
    world.source.says = {A: [one for one in told if one.ts_open != BELL]}  # type: ignore[union-attr]

    world.repair_minutes(BELL + 8 * MINUTE)
    assert entered(world) == []

    world.source.says = {A: told}
    for minute in (9, 12):
        world.repair_minutes(BELL + minute * MINUTE)
    assert entered(world) == [(1, {A: 4.0}), *((n, {}) for n in range(2, 7))]


SELDOM = [(EVENING - 120 * MINUTE, 400.0), (BELL + 45 * MINUTE, 100.0), (BELL + 46 * MINUTE, 101.0)]
"""Minutes of a share that had its last trade two hours before the close of the Friday before."""


@pytest.mark.parametrize("warm", [True, False])
def test_a_share_that_trades_seldom_is_held_by_its_last_close_however_long_ago(warm: bool) -> None:
    world = World(Scripted({}))
    other = InstrumentId("B-USD.X")
    told = {A: [RawBar(ts, price, price, price, price, 1.0) for ts, price in SELDOM]}
    minutes = [*range(EVENING - 121 * MINUTE, EVENING + 2 * MINUTE, MINUTE)]
    minutes += [*range(BELL, BELL + 48 * MINUTE, MINUTE)]
    told[other] = [RawBar(ts, 50.0, 50.0, 50.0, 50.0, 1.0) for ts in minutes]
    shard = replace(MINUTES, instruments=(A, other))

    def process() -> FetchBars:
        return FetchBars(Windowed(told), world.slices, world.refusals, world.holes, world.notices, world.splits,
                         first_bars=10, repair_bars=3)  # fmt: skip

    fetch = process()
    for ts in minutes[1:]:
        (fetch if warm else process())(shard, ts)

    assert [(one.ts, one.factor) for one in world.splits.every()] == [(BELL + 45 * MINUTE, 4.0)]
    entered = [
        one.bars[A].close for one in latest_revisions(world.slices.between(shard.name, 0, 2**60)) if A in one.bars
    ]
    assert entered == [400.0]


@pytest.mark.parametrize(
    ("state", "mark"), [(SplitState.CONFIRMED, {A: 4.0}), (SplitState.DENIED, {})]
)  # fmt: skip
@pytest.mark.parametrize("first", ["minutes", "days"])
def test_a_person_is_asked_once_for_a_share_that_trades_seldom_however_long_its_bars(
    first: str, state: SplitState, mark: dict[InstrumentId, float]
) -> None:
    days = [row(-3, 400.0), row(0, 100.0), row(1, 101.0)]
    world = World(Scripted({A: days}))
    prices = {EVENING: 400.0, **{BELL + n * MINUTE: 100.0 for n in range(45, 50)}}
    world.rows = [(ts, RawBar(ts, price, price, price, price, 1.0)) for ts, price in prices.items()]
    world.fetch(-2)
    world.fetch_minute(EVENING + MINUTE)
    if first == "days":
        world.fetch(1)
    for n in range(46, 49):
        world.fetch_minute(BELL + n * MINUTE)
    world.fetch(1)

    assert [notice.event.kind for notice in world.notices.waiting.values()] == ["SPLIT_SUSPECTED"]
    assert [one.ts - MONDAY * DAY for one in world.splits.every()] == [0, 915 * MINUTE]
    assert entered(world) == []
    assert [dict(one.missing) for one in world.latest()] == [{}, {A: "SPLIT_SUSPECTED"}]

    world.splits.put(world.splits.every()[0].becomes(state))
    world.source.says = {A: [*days, *(one for _, one in world.rows)]}
    world.repair_minutes(BELL + 52 * MINUTE)
    world.fetch_minute(BELL + 52 * MINUTE)
    world.fetch(2)
    world.repair(2)

    assert entered(world) == [(46, mark), (47, {}), (48, {}), (49, {}), (50, {})]
    assert [dict(one.splits) for one in world.latest()] == [{}, mark, {}]
    assert len(world.notices.waiting) == 1


def test_what_was_judged_before_bars_of_another_length_told_of_it_is_not_asked_again() -> None:
    world = World(Scripted({A: [row(-3, 400.0), row(0, 100.0)]}))
    world.fetch(-2)
    world.splits.put(Split(A, MONDAY * DAY + 915 * MINUTE, 5.0, SplitState.CONFIRMED))

    world.fetch(1)

    assert [dict(one.splits) for one in world.latest()] == [{}, {A: 5.0}]
    assert world.notices.waiting == {}


@dataclass
class Windowed(Scripted):
    """Tells what it is asked for and nothing older."""

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        def due(one: RawBar) -> bool:
            return since_close < int(str(one.ts_open)) + timeframe.ms <= until

        told = super().bars(instruments, timeframe, since_close, until)
        return Answer({name: [one for one in rows if due(one)] for name, rows in told.rows.items()}, told.failures)


def test_one_split_that_bars_of_two_lengths_tell_at_two_times_counts_once() -> None:
    splits = [Split(A, 5 * DAY + ts, 4.0, SplitState.CONFIRMED) for ts in (615 * MINUTE, 0)]
    bars = [Bar(ts, ts + MINUTE, 400.0, 400.0, 400.0, 400.0, 1.0) for ts in (4 * DAY, 5 * DAY)]

    assert [one.close for one in adjusted(bars, splits)] == [100.0, 400.0]


def test_bars_of_every_length_tell_of_one_split() -> None:
    world = World(Scripted({A: [row(-3, 400.0), row(0, 100.0)]}))
    minutes = minutely(1)
    world.splits.items = minutes.splits.items
    for day in (-2, 1):
        world.fetch(day)
    world.judge(SplitState.CONFIRMED)
    world.fetch(1)
    world.repair(1)

    assert world.splits.every() == [Split(A, MONDAY * DAY, 4.0, SplitState.CONFIRMED, 400.0, 100.0)]
    assert [dict(one.splits) for one in world.latest()] == [{}, {A: 4.0}]


def test_crypto_is_never_held() -> None:
    world = World(Scripted({A: [row(0, 400.0), row(1, 100.0)]}))

    FetchBars(world.source, world.slices, world.refusals, notices=world.notices, splits=world.splits)(
        replace(SHARD, calendar="24/7"), (MONDAY + 2) * DAY
    )

    assert [one.bars[A].close for one in world.latest()] == [400.0, 100.0]


def test_series_are_read_on_one_scale_and_raw_bars_stay() -> None:
    world = jumping()
    world.judge(SplitState.CONFIRMED)
    world.repair(4)
    repository = TieredBars([SHARD], world.slices, FakeSeriesStore(), world.splits)

    bars = repository.history(A, Timeframe.D1, 0, 2**60)

    assert [(bar.close, bar.volume) for bar in bars] == [(100.0, 400.0), (100.0, 400.0), (100.0, 100.0), (101.0, 100.0)]
    assert world.latest()[0].bars[A].close == 400.0


def test_several_splits_multiply_and_denied_ones_do_not_count() -> None:
    bar = Bar(0, DAY, 60.0, 66.0, 54.0, 60.0, 10.0)
    splits = [Split(A, DAY, 2.0, SplitState.CONFIRMED), Split(A, 2 * DAY, 3.0, SplitState.CONFIRMED),
              Split(A, 3 * DAY, 5.0, SplitState.DENIED)]  # fmt: skip

    assert adjusted([bar], splits) == [Bar(0, DAY, 10.0, 11.0, 9.0, 10.0, 60.0)]


def test_strategies_begin_anew_with_the_first_bar_after_a_split() -> None:
    one = at_work()
    state = ShardState({one.key: one.strategy})
    for number in range(4):
        bar = Bar((MONDAY + number) * DAY, (MONDAY + number + 1) * DAY, 4.0, 5.0, 3.0, 4.0, 1.0)
        state.advance(Slice("x", Timeframe.D1, bar.ts_close, {ACME: bar}, splits={ACME: 4.0} if number == 2 else {}))

    assert one.strategy.bars_seen(state.arrays[one.key, ACME]) == 2


def test_a_state_that_is_rebuilt_from_packed_bars_begins_anew_with_the_same_bar() -> None:
    one, series, splits = at_work(), FakeSeriesStore(), FakeSplits()
    bars = [Bar((MONDAY + n) * DAY, (MONDAY + n + 1) * DAY, 4.0, 5.0, 3.0, 4.0, 1.0) for n in range(4)]
    series.put(SeriesChunk(ACME, Timeframe.D1, period_start(Timeframe.D1, bars[0].ts_open), bars[-1].ts_close, bars))
    splits.put(Split(ACME, bars[2].ts_open, 4.0, SplitState.CONFIRMED))
    shard = Shard("x", Timeframe.D1, "first", (ACME,), calendar="XNYS")
    state = ShardState({one.key: one.strategy})

    for slice_ in PackedSlices([shard], series, splits).between("x", 0, 2**42):
        state.advance(slice_)

    assert one.strategy.bars_seen(state.arrays[one.key, ACME]) == 2


# ── the ledger ───────────────────────────────────────────────────────────────────────────────────────────────────


def ledger(quantity: int = 10) -> LedgerItems:
    items = LedgerItems()
    stop = entry(quantity=Decimal(quantity), price=Decimal("95.00"))
    items.books[PAPER, ACME] = book(stop, positions=[held(quantity=Decimal(quantity))])
    items.accounts[PAPER] = account()
    return items


def message(factor: str = "4") -> SplitMessage:
    return SplitMessage(PAPER, ACME, Decimal(factor), 1, 6 * DAY, "split@5", 5 * DAY)


def test_position_orders_and_stops_are_scaled_in_one_transaction_and_never_twice() -> None:
    items = ledger()
    for _ in range(2):
        apply_split(configuration(), FakeLedger(items), message())

    after = items.books[PAPER, ACME]
    (position,), (order,) = after.positions, after.orders
    assert (position.quantity, position.cost) == (Decimal(40), Decimal("1000.00"))
    assert (order.quantity, order.price, order.stop) == (Decimal(40), Decimal("23.75"), Decimal("23.75"))
    assert (order.target, order.worst_price, order.reserved) == (Decimal("27.50"), Decimal("26.25"), Decimal(1050))
    assert (after.mark, after.version) == (Decimal("25.00"), 2)
    told = [event for one in items.journals[PAPER] for event in one.events]
    assert [(event.kind, event.data) for event in told] == [("SPLIT_APPLIED", {"factor": "4"})]


def test_what_waits_for_a_price_waits_for_it_on_the_new_scale_and_for_no_more_than_before() -> None:
    items = ledger()
    limit = Terms(OrderKind.STOP_LIMIT, limit=Decimal("121.00"), trigger=Decimal("120.00"))
    trailing = Terms(OrderKind.TRAILING_STOP, trigger=Decimal("92.00"), trail=Decimal("8.00"))
    first = entry(id=IntentId("first"), terms=limit, filled=Decimal(4), parts=1, status=OrderStatus.PARTIALLY_FILLED)
    second = exit_order(id=IntentId("second"), terms=trailing)
    items.books[PAPER, ACME] = replace(items.books[PAPER, ACME], orders=(first, second))

    apply_split(configuration(), FakeLedger(items), message())

    one, other = items.books[PAPER, ACME].orders
    assert (one.terms.limit, one.terms.trigger) == (Decimal("30.25"), Decimal("30.00"))
    assert (one.quantity, one.filled, one.left) == (Decimal(40), Decimal(16), Decimal(24))
    assert (other.terms.trigger, other.terms.trail) == (Decimal("23.00"), Decimal("2.00"))


def test_a_command_given_again_for_the_book_as_it_is_now_scales_nothing_but_the_next_split_does() -> None:
    items = ledger()
    apply_split(configuration(), FakeLedger(items), message())
    again = replace(message(), assumed_version=2)

    for later in (0, 615 * MINUTE):  # bars of another length may tell of the same one a little later
        apply_split(configuration(), FakeLedger(items), replace(again, split=5 * DAY + later))
    assert items.books[PAPER, ACME].positions[0].quantity == 40
    apply_split(configuration(), FakeLedger(items), replace(again, split=9 * DAY))
    assert items.books[PAPER, ACME].positions[0].quantity == 160


def test_a_position_that_would_be_no_whole_number_of_lots_is_refused_whole() -> None:
    items = ledger(15)

    with pytest.raises(PermanentError, match=r"ACME.TEST: 15 times 0.1 is no whole number of lots"):
        apply_split(configuration(), FakeLedger(items), message("0.1"))
    assert items.books[PAPER, ACME].version == 1


def test_a_command_reads_as_it_was_written() -> None:
    assert from_json(to_json(message("1.5"))) == message("1.5")
    assert message().deduplication_id == f"split#{PAPER}#{ACME}#1"
