"""Repair bars: ask again, ever more seldom, for what slices lack; what arrives is a new revision, which never trades.

Besides, once an hour, a few instruments' bars are compared with what the next provider says of them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tradewind.application.fetch_bars import latest_revisions
from tradewind.application.hold_splits import marked, owed
from tradewind.application.ports_market import Answer, BarSource, SliceStore
from tradewind.application.ports_repair import Hole, Holes, RefusalLog, SplitStore
from tradewind.application.revising import revision
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice
from tradewind.domain.splits import Split, SplitState, first_close
from tradewind.domain.timeframe import MINUTE
from tradewind.domain.validation import Reason, Refusal, holes, validate

FIRST = MINUTE
"""How long after a hole was found it is asked for first; the wait doubles with each time that nothing came."""

TRIES = 11
"""How often a hole is asked for: over a day and a half. Then it stays, with its reason."""

HELD = 5 * MINUTE
"""How long until a bar that is held back as a split is looked at again."""

AT_ONCE = 30
"""Most holes of one portion of a run, so that a long outage is mended piece by piece."""

NEAR = 300
"""How many bars the holes of a portion may lie apart: to ask for what lies between costs no further request."""

SAMPLE = 3
"""Instruments of a shard that are compared with another provider in one hour."""

TOLERANCE_BPS = 50.0
"""How far two providers' closes of one bar may lie apart; venues are no one market."""


type Known = Mapping[int, Slice | None]
"""A portion's slices by `ts_close`, as they are before it is repaired."""

type Found = Mapping[int, Mapping[InstrumentId, Bar]]


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What one run did: holes asked for, slices revised, holes given up, and bars that two providers dispute."""

    shard: str
    holes: int = 0
    repaired: int = 0
    given_up: int = 0
    disputed: int = 0

    def and_then(self, more: "RepairReport") -> "RepairReport":
        """Return both together."""
        return RepairReport(
            self.shard, self.holes + more.holes, self.repaired + more.repaired, self.given_up + more.given_up
        )


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
        due = [hole for hole in self.holes.open(shard.name) if hole.due <= now]
        splits = self._splits_of(shard) if due else []
        done = RepairReport(shard.name)
        for portion in _portions(due, _firsts(shard, splits), NEAR * shard.timeframe.ms):
            known = {hole.ts_close: self._latest(shard.name, hole.ts_close) for hole in portion}
            answer = self._ask(shard, known, _pending(splits), now)
            done = done.and_then(self._repair(shard, portion, known, answer, splits, now))
            if answer.failures and not answer.rows:
                break  # the other holes stay due: whoever serves nobody is not waited for again
        return replace(done, disputed=self._compare(shard, now))

    def _splits_of(self, shard: Shard) -> list[Split]:
        return [one for one in self.splits.every() if one.instrument in shard.instruments] if self.splits else []

    def _repair(
        self, shard: Shard, due: Sequence[Hole], known: Known, answer: Answer, splits: Sequence[Split], now: int
    ) -> RepairReport:
        """Fill holes that lie close together from an answer, oldest first."""
        found = self._in_order(shard, self._sound(shard, known, answer, now), splits, now)
        repaired = given_up = 0
        for hole in due:
            slice_ = known[hole.ts_close]
            revised = revision(slice_, found.get(hole.ts_close, {}), answer.sources) if slice_ else None
            revised = marked(revised, splits) if revised else None
            repaired += self.slices.put(revised) if revised else 0
            given_up += self._settle(hole, revised or slice_, now, _pending(splits))
        return RepairReport(shard.name, len(due), repaired, given_up)

    def _latest(self, shard: str, ts_close: int) -> Slice | None:
        found = latest_revisions(self.slices.between(shard, ts_close - 1, ts_close))
        return found[0] if found else None

    def _ask(self, shard: Shard, known: Known, pending: Collection[InstrumentId], now: int) -> Answer:
        """Ask for what slices lack; what is held back is no hole yet."""
        wanted = {name for slice_ in known.values() if slice_ for name in slice_.missing} - set(pending)
        names = [name for name in shard.instruments if name in wanted]
        return self.source.bars(names, shard.timeframe, *_span(shard, known, now)) if names else Answer({})

    def _sound(self, shard: Shard, known: Known, answer: Answer, now: int) -> Found:
        """Return what may enter, by `ts_close`; why a hole's row may not is on record."""
        found: dict[int, dict[InstrumentId, Bar]] = {}
        refusals = list(answer.refusals)
        for name, rows in answer.rows.items():
            sound, refused = validate(rows, name, shard.timeframe, *_span(shard, known, now))
            refusals += refused
            for bar in (one for one in sound if one.ts_close in known):
                found.setdefault(bar.ts_close, {})[name] = bar
        told = [one for close, one in holes(refusals) if (of := known.get(close)) and one.instrument in of.missing]
        if told:
            self.refusals.record(shard.name, told)
        return found

    def _in_order(self, shard: Shard, found: Found, splits: Sequence[Split], now: int) -> Found:
        """Leave out what would enter before the first bar after a split."""
        waits = {
            one.instrument: first_close(shard.timeframe, one.ts)
            for one in splits
            if owed(one, shard, self.slices, now)
            and one.instrument not in found.get(first_close(shard.timeframe, one.ts), {})
        }
        return {
            close: {name: bar for name, bar in bars.items() if close <= waits.get(name, close)}
            for close, bars in found.items()
        }

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


def _firsts(shard: Shard, splits: Sequence[Split]) -> set[int]:
    return {first_close(shard.timeframe, one.ts) for one in splits if one.state is SplitState.CONFIRMED}


def _pending(splits: Sequence[Split]) -> set[InstrumentId]:
    return {one.instrument for one in splits if one.state is SplitState.SUSPECTED}


def _span(shard: Shard, known: Known, now: int) -> tuple[int, int]:
    """Return what to ask for: with the bar that follows, which tells a price that stays from one that was a slip."""
    return min(known) - shard.timeframe.ms, min(now, max(known) + shard.timeframe.ms)


def _portions(due: Iterable[Hole], first: Collection[int], near: int) -> Iterator[list[Hole]]:
    """Yield what one run asks for, each portion's holes oldest first.

    The first bars after splits come before any later one. Then the latest holes, and those whose time came first: so
    neither do new ones wait for a long outage to be mended, nor old ones for ever behind those that keep coming.
    """
    left = sorted(due, key=lambda hole: hole.ts_close)
    for choose in (partial(_first_of, first), _latest_of, _longest_due):
        portion = [hole for chosen in choose(left) for hole in _around(chosen, left, near)]
        taken = {hole.ts_close for hole in portion}
        left = [hole for hole in left if hole.ts_close not in taken]
        if portion:
            yield portion


def _first_of(first: Collection[int], left: Sequence[Hole]) -> list[Hole]:
    return [hole for hole in left if hole.ts_close in first][:1]


def _latest_of(left: Sequence[Hole]) -> list[Hole]:
    return list(left[-1:])


def _longest_due(left: Sequence[Hole]) -> list[Hole]:
    return sorted(left, key=lambda hole: (hole.due, hole.ts_close))[:1]


def _around(chosen: Hole, left: Sequence[Hole], near: int) -> list[Hole]:
    def distance(hole: Hole) -> int:
        return abs(hole.ts_close - chosen.ts_close)

    close = sorted((hole for hole in left if distance(hole) <= near), key=distance)
    return sorted(close[:AT_ONCE], key=lambda hole: hole.ts_close)


def _dispute(name: InstrumentId, shard: Shard, ours: Bar, theirs: Bar) -> Refusal | None:
    apart = abs(theirs.close - ours.close) / ours.close * 10_000
    if apart <= TOLERANCE_BPS:
        return None
    said = f"{shard.provider} closed at {ours.close!r}, {shard.fallbacks[0]} at {theirs.close!r}: {apart:.0f} bps apart"
    return Refusal(name, shard.timeframe, ours.ts_open, Reason.DISAGREEMENT, said)
