from dataclasses import dataclass, field, replace

import pytest

from tests.builders import ACME, BOLT, bar, day
from tests.fakes.evaluator_stores import FakeDecisions, FakeProgress, FakeSlices
from tests.fakes.market_stores import FakeSeriesStore
from tests.puppet import at_work, puppet
from tradewind.application.compact_bars import CompactBars
from tradewind.application.desk import AtWork
from tradewind.application.packed_slices import PackedSlices
from tradewind.application.ports import ShardProgress
from tradewind.application.shard_state import ShardState
from tradewind.application.state_keeper import KEPT, StateKeeper
from tradewind.domain import configuration
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.errors import ConflictError, InvariantError, PermanentError
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import Timeframe

ONE, TWO = at_work(), at_work("second")
EVERY = 3
SHARD = configuration.Shard("daily", Timeframe.D1, "fake", (ACME, BOLT))


def step(number: int) -> Slice:
    bars = {name: bar(number, 100 + number, 102 + number, 99, 101 + number / 7) for name in (ACME, BOLT)}
    return Slice("daily", Timeframe.D1, day(number), bars)


@dataclass
class Shard:
    """A shard that is brought forward slice by slice, without any desk."""

    slices: FakeSlices = field(default_factory=FakeSlices)
    decisions: FakeDecisions = field(default_factory=FakeDecisions)
    store: FakeProgress = field(default_factory=FakeProgress)
    series: FakeSeriesStore = field(default_factory=FakeSeriesStore)
    state: ShardState = field(default_factory=lambda: ShardState({ONE.key: ONE.strategy}))
    progress: ShardProgress = ShardProgress("daily")  # noqa: RUF009 - it is frozen

    @property
    def keeper(self) -> StateKeeper:
        return StateKeeper(self.slices, self.decisions, self.store, PackedSlices([SHARD], self.series), EVERY)

    def bring_to(self, last: int) -> "Shard":
        for number in range(self.progress.watermark // day(1) + 1, last + 1):
            self.slices.put(step(number))
            self.state.advance(step(number))
            digest = self.state.digest()
            self.decisions.put(DecisionRecord("daily", day(number), 1, False, "", {}, {}, {}, (), (), digest))
            after = replace(self.progress, watermark=day(number), digest=digest, version=self.progress.version + 1)
            self.progress = self.keeper.with_checkpoint(after, self.state)
            self.store.save(self.progress)
        return self

    def restore(self, *at_work: AtWork) -> ShardState:
        return self.keeper.restore(self.progress, at_work or (ONE,))


@pytest.mark.parametrize("last", range(8))
def test_a_restored_state_is_the_warm_one_to_the_last_bit(last: int) -> None:
    shard = Shard().bring_to(last)

    restored = shard.restore()

    assert restored.digest() == shard.state.digest()
    assert (restored.arrays, restored.last_bar) == (shard.state.arrays, shard.state.last_bar)


def test_a_checkpoint_is_saved_every_so_many_slices_and_the_last_few_are_kept() -> None:
    shard = Shard().bring_to(EVERY * (KEPT + 2))

    kept = [ref.ts for ref in shard.progress.checkpoints]
    assert kept == [day(EVERY * number) for number in range(3, KEPT + 3)]


def test_a_checkpoint_spares_the_slices_before_it() -> None:
    shard = Shard().bring_to(7)
    shard.slices.expire("daily", day(6))

    assert shard.restore().digest() == shard.state.digest()


def test_a_state_is_rebuilt_from_however_many_slices() -> None:
    shard = Shard().bring_to(1_003)
    shard.store.checkpoints.clear()

    assert shard.restore().digest() == shard.state.digest()


@pytest.mark.parametrize("damage", ["absent", "cut", "flipped", "empty"])
def test_an_unreadable_checkpoint_is_passed_over_for_the_one_before(damage: str) -> None:
    shard = Shard().bring_to(8)
    spoil(shard, damage, count=1)

    assert shard.restore().digest() == shard.state.digest()


@pytest.mark.parametrize("damage", ["absent", "cut", "flipped", "empty"])
def test_without_any_readable_checkpoint_the_state_is_rebuilt_from_the_slices(damage: str) -> None:
    shard = Shard().bring_to(8)
    spoil(shard, damage, count=2)

    assert shard.restore().digest() == shard.state.digest()


def spoil(shard: Shard, damage: str, count: int) -> None:
    for ref in shard.progress.checkpoints[-count:]:
        key = ("daily", ref.name)
        data = shard.store.checkpoints[key]
        if damage == "absent":
            del shard.store.checkpoints[key]
            continue
        flipped = bytes([*data[:-3], data[-3] ^ 255, *data[-2:]])
        shard.store.checkpoints[key] = {"cut": data[:-5], "flipped": flipped, "empty": b""}[damage]


def test_with_neither_checkpoint_nor_slices_the_state_warms_up_anew() -> None:
    shard = Shard().bring_to(8)
    shard.store.checkpoints.clear()
    shard.slices.expire("daily", day(7))

    restored = shard.restore()

    assert [ONE.strategy.bars_seen(array) for array in restored.arrays.values()] == [1, 1]


@pytest.mark.parametrize("expired", [1, 5, 7, 8])
@pytest.mark.parametrize("checkpoints", [0, 1, 2])
def test_what_has_expired_is_read_from_chunks_and_gives_the_same_bits(expired: int, checkpoints: int) -> None:
    shard = Shard().bring_to(8)
    CompactBars(shard.slices, shard.series)(SHARD)
    shard.slices.expire_released("daily", day(expired))
    for ref in shard.progress.checkpoints[checkpoints:]:
        del shard.store.checkpoints["daily", ref.name]

    assert shard.restore().digest() == shard.state.digest()


def test_chunks_fill_holes_between_slices_too_for_items_expire_in_no_order() -> None:
    shard = Shard().bring_to(8)
    CompactBars(shard.slices, shard.series)(SHARD)
    shard.store.checkpoints.clear()
    for number in (2, 3, 6):
        del shard.slices.items["daily", day(number), 1]

    assert shard.restore().digest() == shard.state.digest()


def test_of_a_slice_whose_correction_expired_first_the_corrected_bars_count() -> None:
    shard = Shard().bring_to(8)
    correction = replace(step(2), bars={ACME: bar(2, 50, 52, 49, 51), BOLT: step(2).bars[BOLT]}, rev=2)
    shard.slices.put(correction)
    shard.decisions.put(replace(shard.decisions.items["daily", day(2), 1], rev=2))
    shard.slices.settle_late(correction)
    CompactBars(shard.slices, shard.series)(SHARD)
    shard.store.checkpoints.clear()
    del shard.slices.items["daily", day(2), 2]
    corrected = ShardState({ONE.key: ONE.strategy})
    for one in (step(1), correction, *map(step, range(3, 9))):
        corrected.advance(one)

    assert shard.restore().digest() == corrected.digest()


def test_bars_from_before_the_first_decision_that_is_kept_are_read_from_chunks() -> None:
    shard = Shard().bring_to(8)
    CompactBars(shard.slices, shard.series)(SHARD)
    shard.store.checkpoints.clear()
    shard.slices.expire_released("daily")
    shard.decisions.items = {key: one for key, one in shard.decisions.items.items() if key[1] > day(3)}

    assert shard.restore().digest() == shard.state.digest()


@pytest.mark.parametrize("checkpoint", [True, False])
def test_across_a_gap_nothing_is_carried(checkpoint: bool) -> None:
    shard = Shard().bring_to(8)
    if not checkpoint:
        shard.store.checkpoints.clear()
    del shard.slices.items["daily", day(7), 1]

    restored = shard.restore()

    assert [ONE.strategy.bars_seen(array) for array in restored.arrays.values()] == [1, 1]


def test_a_correction_behind_a_gap_rebuilds_from_what_came_after_it() -> None:
    shard = Shard().bring_to(8)
    shard.store.checkpoints.clear()
    del shard.slices.items["daily", day(5), 1]
    correction = replace(step(2), bars={ACME: bar(2, 50, 52, 49, 51)}, rev=2)
    shard.slices.put(correction)

    rebuilt = shard.keeper.rebuild(shard.progress, (ONE,), correction)

    assert [ONE.strategy.bars_seen(array) for array in rebuilt.now.arrays.values()] == [3, 3]
    assert rebuilt.then.arrays == {}


def test_a_checkpoint_that_leads_to_another_state_than_recorded_halts() -> None:
    shard = Shard().bring_to(7)
    other = ShardState({ONE.key: ONE.strategy})
    other.advance(step(5))
    shard.store.checkpoints["daily", shard.progress.checkpoints[-1].name] = other.to_bytes()

    with pytest.raises(InvariantError, match="give another state than the one recorded"):
        shard.restore()


@pytest.mark.parametrize("now", [(ONE, TWO), (TWO,)])
def test_after_a_deployment_with_other_strategies_every_state_is_rebuilt_from_the_slices(
    now: tuple[AtWork, ...],
) -> None:
    """Neither is a new strategy cold where bars are at hand, nor is an old state blended into a new rule."""
    shard = Shard().bring_to(8)

    restored = shard.restore(*now)

    assert {key for key, _ in restored.arrays} == {one.key for one in now}
    assert {one.strategy.bars_seen(restored.arrays[one.key, ACME]) for one in now} == {8}


# ── the state's bytes ────────────────────────────────────────────────────────────────────────────────────────────


def warm(*at_work: AtWork) -> ShardState:
    state = ShardState({one.key: one.strategy for one in at_work})
    for number in (1, 2, 3):
        state.advance(step(number))
    return state


def test_a_state_comes_back_bit_for_bit() -> None:
    state = warm(ONE, TWO)

    back = ShardState.from_bytes(state.strategies, state.to_bytes())

    assert (back.arrays, back.last_bar, back.digest()) == (state.arrays, state.last_bar, state.digest())


def test_an_empty_state_comes_back() -> None:
    assert ShardState.from_bytes({ONE.key: ONE.strategy}, ShardState({}).to_bytes()).arrays == {}


def test_every_bit_of_the_state_is_in_its_digest() -> None:
    state = warm(ONE)
    digests = {state.digest()}
    parts = [part for parts in state.arrays.values() for part in parts]
    for part in parts:
        for i in range(len(part)):
            before = part[i]
            part[i] = before + 1.0
            digests.add(state.digest())
            part[i] = before
    state.last_bar[ACME] += 1
    digests.add(state.digest())

    assert len(digests) == 2 + sum(map(len, parts))


def test_the_order_in_which_instruments_came_is_not_in_the_digest() -> None:
    first, second = ShardState({ONE.key: ONE.strategy}), ShardState({ONE.key: ONE.strategy})
    whole = step(1)
    first.advance(whole)
    second.advance(whole, only=[BOLT])
    second.advance(whole, only=[ACME])

    assert first.digest() == second.digest()


def test_a_checkpoint_of_other_strategies_or_no_checkpoint_at_all_is_refused() -> None:
    data = warm(ONE).to_bytes()

    with pytest.raises(PermanentError, match="at work are"):
        ShardState.from_bytes({TWO.key: puppet("second")}, data)
    with pytest.raises(PermanentError, match="damaged"):
        ShardState.from_bytes({ONE.key: ONE.strategy}, b"nonsense")


def late_step(number: int, previous: int) -> Slice:
    return replace(step(number), previous=day(previous))


@pytest.mark.parametrize("checkpoints", [EVERY, 64], ids=["from a checkpoint", "from the beginning"])
def test_a_slice_whose_evaluation_was_overtaken_is_taken_in_late(checkpoints: int) -> None:
    shard = Shard().bring_to(4)
    if checkpoints == 64:
        shard.progress = replace(shard.progress, checkpoints=())
    shard.slices.put(late_step(6, previous=4))  # the fetcher did not know of step 5
    shard.state.advance(step(6))
    digest = shard.state.digest()
    shard.decisions.put(DecisionRecord("daily", day(6), 1, False, "", {}, {}, {}, (), (), digest))
    shard.progress = replace(shard.progress, watermark=day(6), digest=digest, version=shard.progress.version + 1)
    shard.store.items["daily"] = shard.progress
    shard.slices.put(late_step(5, previous=4))  # evaluated by an instance that was too slow to save its progress
    shard.decisions.put(DecisionRecord("daily", day(5), 1, False, "", {}, {}, {}, (), (), "of a slower instance"))

    restored = shard.restore()

    assert restored.digest() == digest
    assert [one.ts_close for one in shard.slices.late("daily")] == [day(5)]


def test_a_state_that_was_read_while_another_instance_wrote_is_read_again() -> None:
    shard = Shard().bring_to(4)
    before = shard.progress
    shard.store.items["daily"] = replace(before, version=before.version + 1)
    shard.progress = replace(before, digest="of another moment")

    with pytest.raises(ConflictError, match="meanwhile"):
        shard.restore()


def test_two_instances_at_one_version_do_not_write_over_each_other_s_checkpoint() -> None:
    shard = Shard().bring_to(5)
    other = ShardState({ONE.key: ONE.strategy})
    other.advance(step(1))

    mine = shard.keeper.after_correction(shard.progress, shard.state, day(5))
    shard.keeper.after_correction(shard.progress, other, day(5))

    stored = shard.store.get_checkpoint("daily", mine.checkpoints[-1])
    assert stored == shard.state.to_bytes()
