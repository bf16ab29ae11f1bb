"""The past beyond what is hot: decisions and slices as the vault keeps them, byte by byte, for years."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tradewind.application.ports_evidence import EvidenceVault, Record, RecordKind
from tradewind.application.ports_reading import Past
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY


@dataclass(frozen=True, slots=True)
class ArchivedPast(Past):
    """Answers from what is hot, and where that has nothing about a span any more, from the vault.

    Of one kind, the records of a span lie in one of the two: they were written together and expire together.
    """

    hot: Past
    vault: EvidenceVault

    def editions(self, shard: str, ts: int, rev: int, limit: int) -> Sequence[DecisionRecord]:
        """Return a shard's hot decisions that are not after those of a bar's close and revision, the latest first."""
        return self.hot.editions(shard, ts, rev, limit)

    def decisions(self, shard: str, start: int, end: int) -> Sequence[DecisionRecord]:
        """Return a shard's decisions with `start < ts <= end`, every revision, by time."""
        found = self.hot.decisions(shard, start, end)
        if found:
            return found
        kept = self._kept(RecordKind.DECISIONS, shard, start, end)
        return [DecisionRecord.from_bytes(shard, one.ts, one.rev, one.data) for one in kept]

    def first_decisions(self, bars: Iterable[tuple[str, int]]) -> Iterator[DecisionRecord]:
        """Yield what was first decided on some bars, where it is hot."""
        return self.hot.first_decisions(bars)

    def slices(self, shard: str, start: int, end: int) -> Sequence[Slice]:
        """Return the latest revision of each slice with `start < ts_close <= end`, oldest first."""
        found = self.hot.slices(shard, start, end)
        if found:
            return found
        latest = {one.ts: one for one in self._kept(RecordKind.SLICE, shard, start, end)}
        return [Slice.from_bytes(shard, one.ts, one.rev, one.data) for one in latest.values()]

    def around(self, shard: str, time: int) -> Sequence[int]:
        """Return `ts` of the last hot decision up to a time and of the first one after it."""
        return self.hot.around(shard, time)

    def _kept(self, kind: RecordKind, shard: str, start: int, end: int) -> Iterator[Record]:
        for day in range(start - start % DAY, end, DAY):
            stored = self.vault.read(shard, day)
            if stored:
                yield from (one for one in sorted(stored.records) if one.kind is kind and start < one.ts <= end)
