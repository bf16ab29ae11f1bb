"""Archive evidence: what was decided, on which slices, by which configuration, kept for years before it expires."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tradewind.application.archive_bars import LAG
from tradewind.application.ports import Progress
from tradewind.application.ports_evidence import EvidenceLog, EvidenceVault, Record, RecordKind
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.errors import ConflictError, InvariantError
from tradewind.domain.timeframe import DAY

HOLD_AFTER = 2 * DAY
"""How far behind what is due archiving lags, ms, when records are kept from expiring."""


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """What one run did.

    Attributes
    ----------
    archived : int
        Time up to which the shard's records are in the vault now, UTC ms.
    days, records : int
        Days written, and records in them.
    unknown : tuple of str
        Hashes of configurations and of code that decisions name and nobody has kept.
    """

    archived: int
    days: int = 0
    records: int = 0
    unknown: tuple[str, ...] = ()

    def __add__(self, other: "EvidenceReport") -> "EvidenceReport":
        """Return both together."""
        return EvidenceReport(
            max(self.archived, other.archived),
            self.days + other.days,
            self.records + other.records,
            tuple(sorted({*self.unknown, *other.unknown})),
        )


@dataclass(frozen=True, slots=True)
class ArchiveEvidence:
    """Write a day, read it back, compare, and only then let it expire; a repeat finds nothing to do.

    What is hot expires by itself, long after a day is due here. Where this lags, it is held first.

    Attributes
    ----------
    now : callable
        UTC ms.
    """

    log: EvidenceLog
    vault: EvidenceVault
    progress: Progress
    now: Callable[[], int]
    _kept: set[str] = field(default_factory=set)

    def __call__(self, shard: str) -> EvidenceReport:
        """Archive every day that is over, decided and old enough, and days to which corrections came.

        Raises
        ------
        ConflictError
            If another run was faster; the next run finds its work done.
        InvariantError
            If a day that was written does not read back as it was meant.
        """
        through, due = self.log.archived(shard), _day_of(self.now() - LAG)
        if due - through > HOLD_AFTER:
            self.log.hold(shard, through)  # before anything else can fail, as it must have for days
        self._keep_causes()
        report = EvidenceReport(through)
        for day in range(_day_of(max(through, self._oldest(shard, due))), self._decided(shard, due), DAY):
            report += self.day(shard, day)
            self.log.advance(shard, day + DAY)
            report += EvidenceReport(day + DAY)
        for one in self.log.changed(shard):
            report += self.day(shard, one.day)
            if one.at < self.now() - DAY:  # by then it has been decided on too
                self.log.settle(one)
        return report

    def day(self, shard: str, day: int) -> EvidenceReport:
        """Archive one day, again or before its time; what has expired since stays as it is."""
        stored = self.vault.read(shard, day)
        kept = {one[:3]: one for one in stored.records} if stored else {}
        whole = kept | {one[:3]: one for one in self.log.records(shard, day, day + DAY)}
        if whole == kept:
            return EvidenceReport(0)
        records = [whole[key] for key in sorted(whole)]
        self._write(shard, day, records, stored.edition if stored else "")
        return EvidenceReport(0, 1, len(records), self._unknown(shard, records))

    def _write(self, shard: str, day: int, records: Sequence[Record], replacing: str) -> None:
        edition = self.vault.write(shard, day, records, replacing)
        stored = self.vault.read(shard, day)
        if stored is None or stored.edition != edition:
            raise ConflictError(f"evidence of {shard} on {day} was written over by another run")
        if list(stored.records) != list(records):
            raise InvariantError(f"evidence of {shard} on {day}: {len(records)} records do not read back as written")

    def _oldest(self, shard: str, otherwise: int) -> int:
        """Return where to begin: with what is there, which for a new shard is nothing."""
        oldest = self.log.oldest(shard)
        return oldest - 1 if oldest else otherwise

    def _decided(self, shard: str, due: int) -> int:
        """Return up to when days may be archived: an evaluator that lags has decisions still to write."""
        progress = self.progress.load(shard)
        return min(due, _day_of(progress.watermark)) if progress.version else due

    def _keep_causes(self) -> None:
        """Keep what decided: configurations and code."""
        for name, text in self.log.configurations().items():
            if name not in self._kept:
                self.vault.keep_configuration(name, text)
                self._kept.add(name)
        for name, sources in self.log.codes().items():
            if name not in self._kept:
                self.vault.keep_code(name, sources)
                self._kept.add(name)

    def _unknown(self, shard: str, records: Sequence[Record]) -> tuple[str, ...]:
        made = [
            DecisionRecord.from_bytes(shard, one.ts, one.rev, one.data)
            for one in records
            if one.kind is RecordKind.DECISIONS
        ]
        configurations = {one.configuration for one in made} - self._kept
        codes = {code for one in made for code in one.code.values()} - self._kept
        gone = [one for one in configurations if self.vault.configuration(one) is None]
        return tuple(sorted({*gone, *(one for one in codes if self.vault.code(one) is None)}))


def _day_of(ts: int) -> int:
    return ts - ts % DAY
