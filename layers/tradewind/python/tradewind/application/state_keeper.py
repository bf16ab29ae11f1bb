"""Keeping warm state: restore it from a checkpoint and later slices, save it, rebuild it after a correction.

Where slices have expired their bars are read from chunks, which hold the latest revision of each.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise

from tradewind.application.desk import AtWork
from tradewind.application.ports import Archive, CheckpointRef, Decisions, Progress, ShardProgress, SliceLog
from tradewind.application.shard_state import ShardState
from tradewind.domain.errors import ConflictError, InvariantError, PermanentError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice

KEPT = 8
"""Checkpoints kept: how far back a correction can be rebuilt from one."""

EVERY = 64
"""Slices between two checkpoints."""

RESTART = 3_000
"""Timesteps of packed bars that a state without any checkpoint begins from, beyond what the slices still have."""

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """State of the changed instruments at the corrected bar and now."""

    then: ShardState
    now: ShardState
    changed: frozenset[InstrumentId]


@dataclass(frozen=True, slots=True)
class StateKeeper:
    """Checkpoints and the slices after them.

    Attributes
    ----------
    archive : Archive
        Asked only where slices have expired.
    every : int
        Slices between two checkpoints.
    """

    slices: SliceLog
    decisions: Decisions
    progress: Progress
    archive: Archive
    every: int = EVERY

    def restore(self, progress: ShardProgress, at_work: Sequence[AtWork]) -> ShardState:
        """Return the state at the watermark.

        The newest readable checkpoint and the slices after it give the same bits as having stayed warm. Where no
        checkpoint can be read, the state is rebuilt from packed bars and slices. Across a gap, of which neither is
        left, nothing is carried: instruments warm up again before they take new risk.

        Raises
        ------
        ConflictError
            If another evaluation was at work meanwhile: load the progress again.
        InvariantError
            If a checkpoint led to another state than the one recorded.
        """
        state, since, trusted = self._nearest(progress, at_work, progress.watermark)
        try:
            _advance(state, self._settled(progress.shard, since, progress.watermark))
        except _GapError as gap:
            return self._after_gap(progress, at_work, gap.until)
        if not progress.digest or state.digest() == progress.digest:
            return state
        self._insist_on_rest(progress)
        if not trusted and progress.checkpoints:
            return state
        healed = self._without_orphans(progress, at_work)
        if healed is None and trusted:
            raise InvariantError(
                f"shard {progress.shard}: checkpoint {since} and later slices give another state than the one recorded "
                f"at {progress.watermark}; delete the checkpoint to rebuild from bars, and compare the code"
            )
        return healed or state

    def _after_gap(self, progress: ShardProgress, at_work: Sequence[AtWork], gap: int) -> ShardState:
        """Return a state that knows only what came after the last gap."""
        while True:
            state = ShardState({one.key: one.strategy for one in at_work})
            try:
                _advance(state, self._settled(progress.shard, gap, progress.watermark))
            except _GapError as later:
                gap = later.until
            else:
                return state

    def _without_orphans(self, progress: ShardProgress, at_work: Sequence[AtWork]) -> ShardState | None:
        """Return the recorded state if it lacks slices whose evaluation never came to its end, and mark these late.

        A first edition that arrives late may be under evaluation while a faster one goes past it: its decisions are
        stored, its progress is not, and the state that won does not know its bars. The chain of slices passes it by.
        """
        _, since, _ = self._nearest(progress, at_work, progress.watermark)
        taken = list(self._settled(progress.shard, since, progress.watermark))
        orphans = [one for one, following in pairwise(taken) if one.rev == 1 and following.previous < one.ts_close]
        for left_out in [orphans, *([one] for one in orphans)]:
            state, _, _ = self._nearest(progress, at_work, progress.watermark)
            _advance(state, [one for one in taken if one not in left_out])
            if state.digest() == progress.digest:
                for orphan in left_out:
                    self.slices.mark_late(orphan)
                return state
        return None

    def _insist_on_rest(self, progress: ShardProgress) -> None:
        """Raise if what was read belongs to different moments."""
        version = self.progress.load(progress.shard).version
        if version != progress.version:
            raise ConflictError(f"shard {progress.shard} went from version {progress.version} to {version} meanwhile")

    def with_checkpoint(self, progress: ShardProgress, state: ShardState) -> ShardProgress:
        """Save a checkpoint when one is due; it is published with the progress that this returns."""
        if progress.version % self.every:
            return progress
        return self._checkpoint(progress, state)

    def after_correction(self, progress: ShardProgress, state: ShardState, ts: int) -> ShardProgress:
        """Drop the checkpoints that a correction at `ts` made stale, and save a fresh one."""
        older = tuple(ref for ref in progress.checkpoints if ref.ts < ts)
        return self._checkpoint(replace(progress, checkpoints=older), state)

    def rebuild(self, progress: ShardProgress, at_work: Sequence[AtWork], correction: Slice) -> Rebuilt:
        """Rebuild the instruments that a correction changed, from the checkpoint before it to the watermark."""
        changed = self._changed(correction)
        state, since, _ = self._nearest(progress, at_work, correction.ts_close - 1)
        then = state
        while True:
            try:
                for slice_ in self._settled(progress.shard, since, progress.watermark, correction):
                    state.advance(slice_, only=changed)
                    if slice_.ts_close == correction.ts_close:
                        then = ShardState.from_bytes(state.strategies, state.to_bytes())
            except _GapError as gap:
                state, since = ShardState(state.strategies), gap.until
                then = ShardState(state.strategies)  # what was known at a bar before the gap is lost with it
            else:
                return Rebuilt(then, state, changed)

    def _checkpoint(self, progress: ShardProgress, state: ShardState) -> ShardProgress:
        # Named by its content: another evaluation at the same version may be saving another state, and only one of the
        # two will be published.
        name = f"{progress.watermark:013d}.{progress.version}.{state.digest()}"
        ref = self.progress.put_checkpoint(progress.shard, CheckpointRef(progress.watermark, name, 0), state.to_bytes())
        return replace(progress, checkpoints=(*progress.checkpoints, ref)[-KEPT:])

    def _nearest(self, progress: ShardProgress, at_work: Sequence[AtWork], until: int) -> tuple[ShardState, int, bool]:
        """Return the newest readable checkpoint not after `until`, its time, and whether there is one."""
        strategies = {one.key: one.strategy for one in at_work}
        for ref in reversed(progress.checkpoints):
            data = self.progress.get_checkpoint(progress.shard, ref) if ref.ts <= until else None
            if data is not None:
                with suppress(PermanentError):  # damaged, or of strategies that were at work before a deployment
                    return ShardState.from_bytes(strategies, data), ref.ts, True
        return ShardState(strategies), 0, False

    def _settled(self, shard: str, since: int, until: int, and_also: Slice | None = None) -> Iterator[Slice]:
        """Yield, oldest first, what has been evaluated in `(since, until]`; what has expired is read from chunks.

        Raises
        ------
        _GapError
            If a timestep was evaluated of which neither a slice nor a chunk is left.
        """
        if since >= until:
            return
        settled = self.decisions.evaluated(shard, since, until)
        settled -= {(one.ts_close, one.rev) for one in self.slices.late(shard)}
        settled |= {(and_also.ts_close, and_also.rev)} if and_also and and_also.ts_close > since else set()
        due = deque(sorted({ts for ts, _ in settled}))
        if not since:
            yield from self._before(shard, due[0] if due else until + 1)
        for slice_ in self._hot(shard, since, until, settled):
            yield from self._expired(shard, due, slice_.ts_close)
            yield slice_
        yield from self._expired(shard, due, until + 1)

    def _before(self, shard: str, first: int) -> Iterator[Slice]:
        """Yield packed bars from before the first decisions that are kept: what a state without a past begins from."""
        if self.archive.compacted(shard) >= first:
            yield from self.archive.before(shard, first, RESTART)

    def _expired(self, shard: str, due: deque[int], before: int) -> Iterator[Slice]:
        """Yield in place of the slices that were due before a time and are not there; take off what was due up to it.

        Raises
        ------
        _GapError
            If they were never packed.
        """
        gone: list[int] = []
        while due and due[0] <= before:
            gone.append(due.popleft())
        if gone and gone[-1] == before:
            gone.pop()
        if not gone:
            return
        if self.archive.compacted(shard) < gone[-1]:
            raise _GapError(gone[-1])
        wanted = frozenset(gone)  # an evaluated step without any bar is packed in no chunk
        packed = self.archive.between(shard, gone[0] - 1, gone[-1])
        yield from (one for one in packed if one.ts_close in wanted)

    def _hot(self, shard: str, since: int, until: int, settled: Collection[tuple[int, int]]) -> Iterator[Slice]:
        """Yield the latest settled revision of each slice, oldest first, where it is still there."""
        latest = dict(sorted(settled))
        for slice_ in self._pages(shard, since):
            if slice_.ts_close > until:
                return
            if latest.get(slice_.ts_close) == slice_.rev:
                yield slice_

    def _pages(self, shard: str, since: int) -> Iterable[Slice]:
        while True:
            page = self.slices.after(shard, since, _PAGE)
            yield from page
            if len(page) < _PAGE:
                return
            since = page[-1].ts_close

    def _changed(self, correction: Slice) -> frozenset[InstrumentId]:
        editions = self.slices.after(correction.shard, correction.ts_close - 1, correction.rev)
        before = [one for one in editions if one.ts_close == correction.ts_close and one.rev < correction.rev]
        known = before[-1].bars if before else {}
        now = correction.bars
        return frozenset(name for name in {*known, *now} if known.get(name) != now.get(name))


class _GapError(Exception):
    """Bars up to `until` were evaluated and are gone."""

    def __init__(self, until: int) -> None:
        super().__init__(f"neither slices nor chunks are left up to {until}")
        self.until = until


def _advance(state: ShardState, slices: Iterable[Slice]) -> None:
    for slice_ in slices:
        state.advance(slice_)
