"""Why one bar led to what it led to: every gate with its value, its threshold and the distance between them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from tradewind.application.ports_reading import ALWAYS, EVERY_REVISION, Past
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.decision import Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice

_LARGEST_PAGE = 16

type Declared = Callable[[str], Mapping[str, tuple[str, str]]]
"""Returns a strategy's gates by their name: kind and unit."""


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate as it stood at the bar.

    Attributes
    ----------
    kind : str
        `required`, `confirming` or `exit`; empty where the strategy is not known here any more.
    distance : float
        How far the value is from the threshold, in the gate's unit.
    """

    name: str
    kind: str
    value: float
    comparison: str
    threshold: float
    passed: bool
    distance: float
    unit: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One strategy's decision on one instrument at one bar, in full."""

    record: DecisionRecord
    decision: Decision
    bar: Bar | None
    missing: str
    gates: tuple[GateLine, ...]
    bar_ms: int

    @property
    def code(self) -> str:
        """Hash of the code that decided."""
        return code_of(self.record, self.decision.account, self.decision.strategy)


@dataclass(frozen=True, slots=True)
class Row:
    """One decision among all of them.

    Attributes
    ----------
    place : tuple of int
        `ts` of its bar, then ascending: number of its shard, revision from the latest, place in the record.
    """

    place: tuple[int, int, int, int]
    record: DecisionRecord
    decision: Decision


@dataclass(frozen=True, slots=True)
class Explain:
    """Looks at decisions; changes nothing.

    Attributes
    ----------
    decided : callable
        Returns `ts` of the bar up to which a shard's decisions are finished; 0 where nobody knows.
    """

    configuration: Configuration
    past: Past
    declared: Declared
    decided: Callable[[str], int] = lambda shard: 0  # noqa: ARG005 - then everything is searched for

    def __call__(self, instrument: InstrumentId, time: int, *, is_close: bool = False) -> list[Explanation]:
        """Return what every strategy decided on the bar that holds a time, or that closed exactly then.

        Parameters
        ----------
        time : int
            UTC ms. Midnight closes one daily bar and opens the next: a person who names a day means the one that
            opens, a program that hands on a decision's `ts` the one that closes (`is_close`).
        """
        shards = [shard for shard in self.configuration.shards if instrument in shard.instruments]
        return [one for shard in shards for one in self._in(shard, instrument, time, is_close=is_close)]

    def nearest(self, instrument: InstrumentId, time: int) -> list[int]:
        """Return when the bars opened that are nearest to a time at which nothing was decided."""
        shards = [shard for shard in self.configuration.shards if instrument in shard.instruments]
        near = [ts - one.timeframe.ms for one in shards for ts in self.past.around(one.name, time + one.timeframe.ms)]
        return list(dict.fromkeys(near))

    def latest(self, shard: str) -> DecisionRecord | None:
        """Return a shard's latest decisions that count: none that a correction led to."""
        return next(self.latest_of([shard]), None)

    def latest_of(self, shards: Sequence[str]) -> Iterator[DecisionRecord]:
        """Yield the same of several shards, read together; a shard without any is left out."""
        bars = [(shard, ts) for shard in shards if (ts := self.decided(shard))]
        found = {record.shard: record for record in self.past.first_decisions(bars)} if bars else {}
        for shard in shards:
            known = found.get(shard)
            record = known or next((one for one in self._editions(shard, ALWAYS) if not one.late), None)
            if record:
                yield record

    def rows(self, shards: Sequence[Shard], until: int) -> Iterator[Row]:
        """Yield decisions of bars that closed up to a time, the latest bar's first, then by shard and revision.

        No shard is read before its turn comes: what is asked for is as a rule in the first one's latest record.
        """
        ends = [min(until, self.decided(shard.name) or until) for shard in shards]
        waiting: list[tuple[int, int, DecisionRecord | None, Iterator[DecisionRecord]]] = [
            (-end, n, None, self._editions(shards[n].name, end)) for n, end in enumerate(ends)
        ]
        heapify(waiting)
        while waiting:
            _, n, record, further = heappop(waiting)
            if record:
                for place, decision in enumerate(record.decisions):
                    yield Row((record.ts, n, EVERY_REVISION - record.rev, place), record, decision)
            following = next(further, None)
            if following:
                heappush(waiting, (-following.ts, n, following, further))

    def _editions(self, shard: str, until: int) -> Iterator[DecisionRecord]:
        """Yield a shard's decisions, the latest first, read in pages that grow: as a rule the first one is enough."""
        ts, rev, size = until, EVERY_REVISION, 1
        while page := self.past.editions(shard, ts, rev, size):
            yield from page
            if len(page) < size:
                return
            ts, rev, size = page[-1].ts, page[-1].rev - 1, min(_LARGEST_PAGE, 4 * size)

    def gates(self, record: DecisionRecord, decision: Decision) -> Iterator[GateLine]:
        """Yield a decision's gates as they stood."""
        known = self.declared(decision.strategy)
        for (name, comparison), reading in zip(record.gates.get(decision.strategy, ()), decision.gates, strict=False):
            kind, unit = known.get(name, ("", ""))
            yield GateLine(
                name, kind, reading.value, comparison, reading.threshold, reading.passed,
                reading.value - reading.threshold, unit,
            )  # fmt: skip

    def _in(self, shard: Shard, instrument: InstrumentId, time: int, *, is_close: bool) -> Iterable[Explanation]:
        length = shard.timeframe.ms
        records = self.past.decisions(shard.name, time - 1, time + length)
        exact = [record for record in records if record.ts == time]
        within = [record for record in records if record.ts > time]
        slices = {one.ts_close: one for one in self.past.slices(shard.name, time - 1, time + length)}
        for record in (exact or within) if is_close else (within or exact):
            for decision in record.decisions:
                if decision.instrument == instrument:
                    yield self._explanation(record, decision, slices.get(record.ts), length)

    def _explanation(self, record: DecisionRecord, decision: Decision, slice_: Slice | None, ms: int) -> Explanation:
        bar = slice_.bars.get(decision.instrument) if slice_ else None
        missing = slice_.missing.get(decision.instrument, "") if slice_ else ""
        return Explanation(record, decision, bar, missing, tuple(self.gates(record, decision)), ms)


def code_of(record: DecisionRecord, account: str, strategy: str) -> str:
    """Return the hash of the code that made a strategy's decisions; keys begin with account and strategy."""
    return next((code for key, code in record.code.items() if key.startswith(f"{account}/{strategy}/")), "")


def find_instrument(known: Sequence[InstrumentId], text: str, environment: str) -> InstrumentId:
    """Return the instrument that a person means: `AAPL.US`, `aapl`, `US:AAPL`.

    Raises
    ------
    BadInputError
        If there is none or more than one; it lists them.
    """
    wanted = text.upper()
    if ":" in wanted:
        venue, _, symbol = wanted.partition(":")
        wanted = f"{symbol}.{venue}"
    exact = [name for name in known if name == wanted]
    found = exact or [name for name in sorted(known) if name.rpartition(".")[0] == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInputError(f"{text} is ambiguous: say which of {', '.join(found)}")
    raise BadInputError(f"unknown instrument {text}: {environment} has {', '.join(sorted(known)[:20])}")
