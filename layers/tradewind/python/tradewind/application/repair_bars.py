"""Repair bars: ask again, ever more seldom, for what slices lack; what arrives is a new revision, which never trades.

Besides, once an hour, a few instruments' bars are compared with what the next provider says of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from tradewind.application.fetch_bars import latest_revisions
from tradewind.application.hold_splits import marked
from tradewind.application.ports_market import BarSource, Hole, Holes, RefusalLog, SliceStore, SplitStore
from tradewind.application.revising import revision
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice
from tradewind.domain.splits import Split, SplitState, first_close
from tradewind.domain.timeframe import MINUTE
from tradewind.domain.validation import Reason, Refusal, validate

FIRST = MINUTE
"""How long after a hole was found it is asked for first; the wait doubles with each time that nothing came."""

TRIES = 11
"""How often a hole is asked for: over a day and a half. Then it stays, with its reason."""

HELD = 5 * MINUTE
"""How long until a bar that is held back as a split is looked at again."""

AT_ONCE = 60
"""Most holes of one run, so that a long outage is mended piece by piece."""

KNOWN = 1_000
"""Most holes that a run looks through for those whose time has come: many may wait for a person's word."""

SAMPLE = 3
"""Instruments of a shard that are compared with another provider in one hour."""

TOLERANCE_BPS = 50.0
"""How far two providers' closes of one bar may lie apart; venues are no one market."""


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What one run did: holes asked for, slices revised, holes given up, and bars that two providers dispute."""

    shard: str
    holes: int = 0
    repaired: int = 0
    given_up: int = 0
    disputed: int = 0


@dataclass(frozen=True, slots=True)
class RepairBars:
    """Fill a shard's holes.

    Attributes
    ----------
    second : BarSource or None
        Another provider to compare with; None where there is none.
    splits : SplitStore or None
        Jumps that are held back until somebody has judged them.
    """

    source: BarSource
    slices: SliceStore
    holes: Holes
    refusals: RefusalLog
    second: BarSource | None = None
    splits: SplitStore | None = None

    def __call__(self, shard: Shard, now: int) -> RepairReport:
        """Ask for every hole whose time has come."""
        due = [hole for hole in self.holes.open(shard.name, KNOWN) if hole.due <= now]
        splits = self.splits.every() if self.splits and due else []
        first = {first_close(shard.timeframe, one.ts) for one in splits if one.state is SplitState.CONFIRMED}
        due.sort(key=lambda hole: hole.ts_close not in first)  # no later bar enters before the first after a split
        done = self._repair(shard, due[:AT_ONCE], splits, now) if due else RepairReport(shard.name)
        return replace(done, disputed=self._compare(shard, now))

    def _repair(self, shard: Shard, due: Sequence[Hole], splits: Sequence[Split], now: int) -> RepairReport:
        known = {hole.ts_close: self._latest(shard.name, hole.ts_close) for hole in due}
        wanted = {name for slice_ in known.values() if slice_ for name in slice_.missing}
        pending = {one.instrument for one in splits if one.state is SplitState.SUSPECTED}
        wanted -= pending  # what is held back is no hole yet
        found, sources = self._ask(shard, [name for name in shard.instruments if name in wanted], due, now)
        repaired = given_up = 0
        for hole in due:
            slice_ = known[hole.ts_close]
            revised = revision(slice_, found.get(hole.ts_close, {}), sources) if slice_ else None
            revised = marked(revised, splits) if revised else None
            repaired += self.slices.put(revised) if revised else 0
            given_up += self._settle(hole, revised or slice_, now, pending)
        return RepairReport(shard.name, len(due), repaired, given_up)

    def _latest(self, shard: str, ts_close: int) -> Slice | None:
        found = latest_revisions(self.slices.between(shard, ts_close - 1, ts_close))
        return found[0] if found else None

    def _ask(
        self, shard: Shard, wanted: Sequence[InstrumentId], due: Sequence[Hole], now: int
    ) -> tuple[Mapping[int, Mapping[InstrumentId, Bar]], Mapping[InstrumentId, str]]:
        if not wanted:
            return {}, {}
        times = [hole.ts_close for hole in due]
        # with the bar that follows: without it nobody could tell a price that stays from one that was a slip
        since, until = min(times) - shard.timeframe.ms, min(now, max(times) + shard.timeframe.ms)
        answer = self.source.bars(wanted, shard.timeframe, since, until)
        found: dict[int, dict[InstrumentId, Bar]] = {}
        for name, rows in answer.rows.items():
            for bar in validate(rows, name, shard.timeframe, since, until)[0]:
                found.setdefault(bar.ts_close, {})[name] = bar
        return found, answer.sources

    def _settle(self, hole: Hole, slice_: Slice | None, now: int, pending: Collection[InstrumentId]) -> bool:
        """Forget a hole that is filled or was asked for often enough; True if it was given up."""
        tries = hole.tries + 1
        if slice_ is not None and not slice_.missing:
            self.holes.close(hole)
            return False
        if slice_ is not None and slice_.missing.keys() & set(pending):
            self.holes.note(replace(hole, due=now + HELD))  # it waits for a person, whoever else will never have a bar
            return False
        if tries >= TRIES:
            self.holes.close(hole)
            return slice_ is not None
        self.holes.note(replace(hole, tries=tries, due=now + FIRST * 2**tries))
        return False

    # ── the second opinion ───────────────────────────────────────────────────────────────────────────────────────

    def _compare(self, shard: Shard, now: int) -> int:
        hour, minute = divmod(now // MINUTE, 60)
        if self.second is None or minute or not shard.instruments:
            return 0
        until = now - now % shard.timeframe.ms - shard.timeframe.ms  # the last bar but one: nobody is late with it
        slice_ = self._latest(shard.name, until)
        count = len(shard.instruments)
        chosen = {shard.instruments[(hour * SAMPLE + k) % count] for k in range(min(SAMPLE, count))}
        names = [name for name in shard.instruments if slice_ and name in chosen & slice_.bars.keys()]
        if slice_ is None or not names:
            return 0
        answer = self.second.bars(names, shard.timeframe, until - shard.timeframe.ms, until)
        disputed = [
            refusal
            for name, rows in answer.rows.items()
            for bar in validate(rows, name, shard.timeframe, until - shard.timeframe.ms, until)[0]
            if (refusal := _dispute(name, shard, slice_.bars[name], bar))
        ]
        if disputed:
            self.refusals.record(shard.name, disputed)
        return len(disputed)


def _dispute(name: InstrumentId, shard: Shard, ours: Bar, theirs: Bar) -> Refusal | None:
    apart = abs(theirs.close - ours.close) / ours.close * 10_000
    if apart <= TOLERANCE_BPS:
        return None
    said = f"{shard.provider} closed at {ours.close!r}, {shard.fallbacks[0]} at {theirs.close!r}: {apart:.0f} bps apart"
    return Refusal(name, shard.timeframe, ours.ts_open, Reason.DISAGREEMENT, said)
