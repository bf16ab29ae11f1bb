"""Fetch closed bars: every timestep since the watermark becomes one slice, written once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from tradewind.application.hold_splits import Closes, HoldSplits, marked
from tradewind.application.ports import Notice, Notices
from tradewind.application.ports_market import Answer, BarSource, Failure, SliceStore
from tradewind.application.ports_repair import Hole, Holes, RefusalLog, SplitStore
from tradewind.application.revising import revision
from tradewind.domain.bar import Bar
from tradewind.domain.calendar import Calendar, CalendarName
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import TransientError
from tradewind.domain.events import Event, Severity
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice
from tradewind.domain.splits import Split
from tradewind.domain.timeframe import MINUTE, Timeframe
from tradewind.domain.validation import Reason, Refusal, holes, validate


@dataclass(frozen=True, slots=True)
class FetchReport:
    """What one run did.

    Attributes
    ----------
    watermark : int
        `ts_close` of the shard's latest slice after the run, UTC ms; 0 if it has none.
    written, repaired : int
        New slices, and corrections (higher revisions) that filled holes.
    remaining : int
        Closed timesteps left for the next run, where there were more than one run takes.
    """

    shard: str
    watermark: int
    written: int
    repaired: int
    bars: int
    refusals: int
    failures: Mapping[InstrumentId, Failure]
    remaining: int

    def to_dict(self) -> dict[str, Any]:
        """Return it for a log."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return told | {"failures": {name: failure.reason for name, failure in self.failures.items()}}


@dataclass(frozen=True, slots=True)
class Valid:
    """What survived validation: bars by timestep, and why others are absent."""

    bars: Mapping[int, Mapping[InstrumentId, Bar]]
    absent: Mapping[int, Mapping[InstrumentId, str]]
    refusals: Sequence[Refusal]

    @property
    def timesteps(self) -> list[int]:
        """Every `ts_close` of which something is known, ascending."""
        return sorted({*self.bars, *self.absent})

    def without(self, held: Mapping[int, Sequence[InstrumentId]], timeframe: Timeframe) -> "Valid":
        """Return it without the bars that are held back as splits."""
        bars, absent = dict(self.bars), dict(self.absent)
        refusals = list(self.refusals)
        for ts, names in held.items():
            refused = {name: bars[ts][name] for name in names}
            bars[ts] = {name: bar for name, bar in bars[ts].items() if name not in refused}
            absent[ts] = {**absent.get(ts, {}), **dict.fromkeys(names, Reason.SPLIT_SUSPECTED)}
            refusals += [
                Refusal(name, timeframe, bar.ts_open, Reason.SPLIT_SUSPECTED, f"o={bar.open!r} c={bar.close!r}")
                for name, bar in refused.items()
            ]
        return Valid(bars, absent, refusals)


@dataclass(frozen=True, slots=True)
class FetchBars:
    """Bring a shard's slices up to now; a repeat, at once or later, changes nothing.

    Attributes
    ----------
    holes : Holes or None
        Where slices that lack bars are noted for repair; None where nothing is to be repaired (replay).
    notices : Notices or None
        Where an instrument that its providers do not know is named, once.
    splits : SplitStore or None
        Where jumps that look like splits of shares are kept; None where no bar is held back for them.
    first_bars : int
        How many bars before now a shard's first fetch asks for; 0 for all that the provider has (replay).
    repair_bars : int
        How many timesteps back bars are asked for again; what arrives or has changed becomes a new revision. 0 for
        never.
    gaps : bool
        Whether a timestep that was due and of which nobody has a bar becomes a slice of its own, once a later one has.
    limit : int
        Most slices that one run writes; the next run goes on.
    """

    provider: BarSource
    slices: SliceStore
    refusals: RefusalLog
    holes: Holes | None = None
    notices: Notices | None = None
    splits: SplitStore | None = None
    first_bars: int = 0
    repair_bars: int = 0
    gaps: bool = False
    limit: int = 1000
    _known: dict[str, int] = field(default_factory=dict, init=False)
    _named: set[InstrumentId] = field(default_factory=set, init=False)
    _closes: dict[str, Closes] = field(default_factory=dict, init=False)

    def __call__(self, shard: Shard, now: int) -> FetchReport:
        """Fetch, validate and write.

        Parameters
        ----------
        now : int
            UTC ms; no bar that closes later exists for this run.

        Raises
        ------
        TransientError
            If the provider could serve no instrument at all and asking again may help.
        """
        watermark = self._watermark(shard.name)
        recent = self._recent(shard, watermark)
        since = min([watermark or self._start(shard, now), *(one.ts_close - shard.timeframe.ms for one in recent)])
        answer = self.provider.bars(shard.instruments, shard.timeframe, since, now)
        _insist(shard, answer)
        valid = self._sound(shard, answer, since, now)
        repaired = sum(self._revise(shard, one, valid, answer) for one in recent)
        due = self._due(shard, watermark, valid)
        slices = self._slices(shard, watermark, due[: self.limit], valid, answer)
        self._note_holes(slices, now)
        self._name_unknown(shard, answer)
        written = sum(self.slices.put(slice_) for slice_ in slices)
        self._known[shard.name] = slices[-1].ts_close if slices else watermark
        return FetchReport(
            shard.name,
            slices[-1].ts_close if slices else watermark,
            written,
            repaired,
            sum(len(slice_.bars) for slice_ in slices),
            len(valid.refusals),
            answer.failures,
            max(0, len(due) - self.limit),
        )

    def _sound(self, shard: Shard, answer: Answer, since: int, now: int) -> Valid:
        """Return what may enter, with every refusal on record."""
        valid = _validated(answer, shard.timeframe, since, now)
        valid = self._without_splits(shard, valid)
        if valid.refusals:  # before the slices: once they are written, nobody asks for these rows again
            self.refusals.record(shard.name, valid.refusals)
        return valid

    def _slices(self, shard: Shard, watermark: int, due: Sequence[int], valid: Valid, answer: Answer) -> list[Slice]:
        """Return the slices of the timesteps that are due, each told what came before it."""
        splits = self._known_splits(shard)
        return [
            marked(replace(self._slice(shard, t, watermark, valid, answer), previous=previous), splits)
            for previous, t in pairwise([watermark, *due])
        ]

    def _watermark(self, shard: str) -> int:
        """Return the latest slice that is known to be there, searching only where a warm function remembers none.

        Slices are never taken back, so what is remembered stays true; what others wrote later is met when putting.
        """
        return self._known.get(shard, 0) or self.slices.latest(shard)

    def _start(self, shard: Shard, now: int) -> int:
        ms = shard.timeframe.ms
        return now - now % ms - self.first_bars * ms if self.first_bars else 0

    def _note_holes(self, slices: Sequence[Slice], now: int) -> None:
        """Let holes be repaired; before the slices, for once these are written nobody looks at them here again."""
        for slice_ in slices:
            if self.holes and slice_.missing:
                self.holes.note(Hole(slice_.shard, slice_.ts_close, due=now + MINUTE))

    def _without_splits(self, shard: Shard, valid: Valid) -> Valid:
        """Hold back what looks like a split of shares, with its reason on record."""
        if self.splits is None or self.notices is None or not Calendar(CalendarName(shard.calendar)).has_splits:
            return valid
        # What entered before is asked for again, so that each new bar follows one that is known, or else was once.
        closes = self._closes.setdefault(shard.name, Closes())
        return valid.without(
            HoldSplits(shard, self.splits, self.slices, self.notices, closes).held(valid.bars), shard.timeframe
        )

    def _known_splits(self, shard: Shard) -> Sequence[Split]:
        return self.splits.every() if self.splits and Calendar(CalendarName(shard.calendar)).has_splits else ()

    def _name_unknown(self, shard: Shard, answer: Answer) -> None:
        for name, failure in answer.failures.items():
            if self.notices and failure.lasting and name not in self._named:
                text = f"{name} cannot be fetched: {failure.detail}; take it out of the configuration"
                event = Event("INSTRUMENT_UNLISTED", Severity.WARNING, text, name)
                self.notices.post(Notice(f"unlisted-{shard.provider}-{name}", event))
                self._named.add(name)

    def _due(self, shard: Shard, watermark: int, valid: Valid) -> list[int]:
        """Return the timesteps of which something is known, and with `gaps` those between that were due."""
        known = [ts for ts in valid.timesteps if ts > watermark]
        if not self.gaps or not watermark or not known:
            return known
        expected = Calendar(CalendarName(shard.calendar)).closes(shard.timeframe, watermark, known[-1])
        return sorted({*known, *expected})

    def _recent(self, shard: Shard, watermark: int) -> list[Slice]:
        """Return the latest revisions of the slices that may still be revised."""
        if not self.repair_bars or not watermark:
            return []
        recent = self.slices.between(shard.name, watermark - self.repair_bars * shard.timeframe.ms, watermark)
        return latest_revisions(recent)

    def _revise(self, shard: Shard, known: Slice, valid: Valid, answer: Answer) -> bool:
        """Write a new revision of a slice if there is one to write."""
        revised = revision(known, valid.bars.get(known.ts_close, {}), answer.sources)
        return revised is not None and self.slices.put(marked(revised, self._known_splits(shard)))

    def _slice(self, shard: Shard, ts_close: int, watermark: int, valid: Valid, answer: Answer) -> Slice:
        present, absent = valid.bars.get(ts_close, {}), valid.absent.get(ts_close, {})
        missing: dict[InstrumentId, str] = {}
        due = Calendar(CalendarName(shard.calendar)).is_due(shard.timeframe, ts_close)
        for name in shard.instruments:
            if name in present:
                continue
            if name in absent:
                missing[name] = absent[name]
            elif name in answer.failures:
                missing[name] = answer.failures[name].reason
            elif due and self._listed(name, shard.timeframe, watermark, valid) < ts_close:
                missing[name] = Reason.MISSING
        ordered = {name: present[name] for name in shard.instruments if name in present}
        sources = {name: who for name, who in answer.sources.items() if name in ordered}
        return Slice(shard.name, shard.timeframe, ts_close, ordered, missing, sources=sources)

    def _listed(self, name: InstrumentId, timeframe: Timeframe, watermark: int, valid: Valid) -> int:
        """Return when an instrument's bars begin: absence before is no gap.

        Where the provider does not know, a shard's first fetch takes the first bar it sees for the beginning.
        """
        known = self.provider.listed_since(name, timeframe)
        if known or watermark:
            return known
        first = next((bars[name].ts_open for _, bars in sorted(valid.bars.items()) if name in bars), None)
        return 0 if first is None else first


def latest_revisions(slices: Sequence[Slice]) -> list[Slice]:
    """Return each timestep's highest revision, in time order.

    Parameters
    ----------
    slices : sequence of Slice
        In key order, as a `SliceStore` returns them.
    """
    return list({slice_.ts_close: slice_ for slice_ in slices}.values())


def _insist(shard: Shard, answer: Answer) -> None:
    """Raise if nobody was served for reasons that may pass: writing nothing lets the next run fetch it all."""
    failures = answer.failures
    if failures and len(failures) == len(shard.instruments) and not all(f.lasting for f in failures.values()):
        name, failure = next(iter(failures.items()))
        raise TransientError(f"no instrument of shard {shard.name} could be fetched; {name}: {failure.detail}")


def _validated(answer: Answer, timeframe: Timeframe, since: int, now: int) -> Valid:
    bars: dict[int, dict[InstrumentId, Bar]] = {}
    absent: dict[int, dict[InstrumentId, str]] = {}
    refusals: list[Refusal] = []
    for name, rows in answer.rows.items():
        sound, refused = validate(rows, name, timeframe, since, now)
        refusals.extend(refused)
        for bar in sound:
            bars.setdefault(bar.ts_close, {})[name] = bar
    refusals = [*answer.refusals, *refusals]
    for close, refusal in holes(refusals):
        if since < close <= now:
            absent.setdefault(close, {})[refusal.instrument] = refusal.reason
    return Valid(bars, absent, refusals)
