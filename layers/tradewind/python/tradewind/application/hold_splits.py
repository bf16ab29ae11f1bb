"""Hold back bars that look like a split until somebody says what they are: nothing trades on what is no price."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tradewind.application.ports import Notice, Notices
from tradewind.application.ports_market import SliceStore
from tradewind.application.ports_repair import SplitStore
from tradewind.domain.bar import Bar
from tradewind.domain.calendar import Calendar, CalendarName
from tradewind.domain.configuration import Shard
from tradewind.domain.events import Event, Severity
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice
from tradewind.domain.splits import Split, SplitState, effective, first_close, suspected
from tradewind.domain.timeframe import DAY
from tradewind.domain.validation import Reason

OWED = 8 * DAY
"""How long the first bar after a split is waited for: as long as a hole is kept."""


def marked(slice_: Slice, splits: Sequence[Split]) -> Slice:
    """Return a slice that says which of its bars are the first after a confirmed split."""
    factors = {
        one.instrument: one.factor
        for one in splits
        if one.state is SplitState.CONFIRMED
        and one.instrument in slice_.bars
        and one.ts == effective(slice_.timeframe, slice_.ts_open)
    }
    return replace(slice_, splits=factors) if factors else slice_


def owed(split: Split, shard: Shard, slices: SliceStore, now: int) -> bool:
    """Say whether the first bar after a confirmed split was held back here and is still to enter."""
    is_new = split.state is SplitState.CONFIRMED and split.ts >= now - OWED
    return is_new and _is_held_here(split, shard, slices)


def _is_held_here(split: Split, shard: Shard, slices: SliceStore) -> bool:
    first = first_close(shard.timeframe, split.ts)
    editions = slices.between(shard.name, first - 1, first)
    return bool(editions) and editions[-1].missing.get(split.instrument) == Reason.SPLIT_SUSPECTED


@dataclass(slots=True)
class Closes:
    """The last close of each of a shard's instruments that entered, while the function is warm.

    Attributes
    ----------
    known : dict
        `ts_close` and close by instrument.
    searched : bool
        Whether slices were searched for those that did not trade lately.
    """

    known: dict[InstrumentId, tuple[int, float]] = field(default_factory=dict)
    searched: bool = False

    def before(self, ts: int) -> dict[InstrumentId, float]:
        """Return the closes of bars that closed up to a time, UTC ms."""
        return {name: close for name, (at, close) in self.known.items() if at <= ts}

    def note(self, ts_close: int, name: InstrumentId, close: float) -> None:
        """Keep a close, unless a later one is known."""
        if ts_close >= self.known.get(name, (0, 0.0))[0]:
            self.known[name] = ts_close, close


@dataclass(slots=True)
class HoldSplits:
    """Judges a shard's bars of shares, in their order, against the close before.

    After a split is confirmed its first bar enters before any later one: with it strategies begin anew, and a later one
    would meet what they knew on the scale before.

    Attributes
    ----------
    closes : Closes
        What is known from calls before: a share may not have traded for longer than one call looks back.
    last : dict
        The last close of each instrument that entered, as of the bar that is judged.
    """

    shard: Shard
    store: SplitStore
    slices: SliceStore
    notices: Notices
    closes: Closes
    last: dict[InstrumentId, float] = field(default_factory=dict)

    def held(self, steps: Mapping[int, Mapping[InstrumentId, Bar]]) -> dict[int, list[InstrumentId]]:
        """Return which instruments' bars may not enter, by `ts_close`; what is suspected is kept and told.

        Parameters
        ----------
        steps : mapping
            Sound bars by `ts_close`.
        """
        known = {
            (one.instrument, one.ts): one for one in self.store.every() if one.instrument in self.shard.instruments
        }
        waiting = [one for one in known.values() if self._holds(one, max(steps, default=0))]
        told = {one.instrument for one in waiting if _is_held_here(one, self.shard, self.slices)}
        back: dict[int, list[InstrumentId]] = {}
        self.last = self._closes_before(steps)
        for ts_close, bars in sorted(steps.items()):
            for name, bar in bars.items():
                held = self._is_held(name, bar, waiting)
                if name not in told and (split := self._suspect(name, bar, known, held=held)):
                    waiting.append(split)
                    told.add(name)
                if self._is_held(name, bar, waiting):
                    back.setdefault(ts_close, []).append(name)
                else:
                    self.last[name] = bar.close
                    self.closes.note(ts_close, name, bar.close)
        return back

    def _closes_before(self, steps: Mapping[int, Mapping[InstrumentId, Bar]]) -> dict[InstrumentId, float]:
        """Return the closes before the first step; once in a process those of two sessions are searched."""
        first = min(steps, default=0)
        traded = {name for bars in steps.values() for name in bars}
        if not self.closes.searched and traded - self.closes.known.keys() - steps.get(first, {}).keys():
            self.closes.searched = True
            yesterday = Calendar(CalendarName.NEW_YORK).last_close(self.shard.timeframe, first - first % DAY)
            for one in self.slices.between(self.shard.name, yesterday - DAY // 2, first - 1):
                for name, bar in one.bars.items():
                    self.closes.note(one.ts_close, name, bar.close)
        return self.closes.before(first - 1)

    def _holds(self, split: Split, now: int) -> bool:
        """Say whether bars after a jump wait: for somebody's word, or for the first of them to enter."""
        if split.state is SplitState.SUSPECTED:
            return True
        return owed(split, self.shard, self.slices, now)

    def _is_held(self, name: InstrumentId, bar: Bar, waiting: Iterable[Split]) -> bool:
        return any(self._keeps(one, bar) for one in waiting if one.instrument == name)

    def _keeps(self, split: Split, bar: Bar) -> bool:
        if split.state is SplitState.SUSPECTED:
            return bar.ts_open >= split.ts
        return bar.ts_close > first_close(self.shard.timeframe, split.ts)

    def _suspect(
        self, name: InstrumentId, bar: Bar, known: Mapping[tuple[InstrumentId, int], Split], *, held: bool
    ) -> Split | None:
        """Return the split of which a bar is the first after it here, if its bars have to wait."""
        ts = effective(self.shard.timeframe, bar.ts_open)
        judged = known.get((name, ts))
        if judged or name not in self.last:
            # One that is confirmed and has entered holds nothing back.
            return judged if judged and judged.state is SplitState.SUSPECTED else None
        factor = suspected(self.last[name], bar.open)
        if not factor:
            return None
        split = Split(name, ts, factor, SplitState.SUSPECTED, self.last[name], bar.open)
        told = next((one for one in known.values() if one.is_told_with(split)), None)
        if held and not told:
            return None
        if told:  # by bars of another length: whoever was asked then is not asked again
            split = split.becomes(told.state, told.factor)
        else:
            self._tell(split)  # before it is kept: nobody tells of it a second time
        self.store.put(split)
        return split if split.state is SplitState.SUSPECTED else None

    def _tell(self, split: Split) -> None:
        name, factor = split.instrument, split.factor
        text = (
            f"{name} went from {split.before:g} to {split.after:g} as in a split of {factor:g} for 1: no bar enters "
            f"until `tradewind data split confirm {name}` or `deny`"
        )
        event = Event("SPLIT_SUSPECTED", Severity.CRITICAL, text, name)
        self.notices.post(Notice(f"split-{name}-{split.ts}", event))
