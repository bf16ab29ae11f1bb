"""What keeping the past explicable asks of the world: what was decided, on what, by which configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol


class RecordKind(StrEnum):
    """What a record is."""

    SLICE = "SLICE"
    DECISIONS = "DECISIONS"


class Record(NamedTuple):
    """One item as the hot tier has it; its bytes carry their own checksum and are kept as they are.

    Attributes
    ----------
    ts : int
        `ts_close` of the slice or of the bar that was decided on, UTC ms.
    """

    kind: RecordKind
    ts: int
    rev: int
    data: bytes


class ChangedDay(NamedTuple):
    """A day to which a correction came when it may have been archived already; `at` is when, UTC ms."""

    shard: str
    day: int
    at: int


class EvidenceLog(Protocol):
    """Slices of every revision and decisions, where they are written and where they expire."""

    def records(self, shard: str, start: int, end: int) -> list[Record]:
        """Return every record with `ts` in (start, end], by kind, time and revision, strongly consistent."""

    def oldest(self, shard: str) -> int:
        """Return the time of the oldest record; 0 if there is none."""

    def archived(self, shard: str) -> int:
        """Return the time up to which records are in the vault; 0 if none are."""

    def advance(self, shard: str, through: int) -> None:
        """Move it forward; never back."""

    def hold(self, shard: str, after: int) -> None:
        """Give records later than `after` their full time again where little is left: the vault lacks them yet."""

    def changed(self, shard: str) -> list[ChangedDay]:
        """Return the marked days, oldest first."""

    def settle(self, changed: ChangedDay) -> None:
        """Forget a mark, unless a later one has taken its place."""

    def configurations(self) -> Mapping[str, str]:
        """Return every configuration that was deployed, as JSON by its hash."""

    def codes(self) -> Mapping[str, Mapping[str, str]]:
        """Return the sources of every strategy that was deployed, by module, by the hash of its code."""


@dataclass(frozen=True, slots=True)
class StoredDay:
    """A day as it was read, and the edition that a write takes the place of."""

    records: Sequence[Record]
    edition: str


class EvidenceVault(Protocol):
    """Where evidence is kept for years: one object for each shard and day, configuration, and strategy's code."""

    def read(self, shard: str, day: int) -> StoredDay | None:
        """Return a day, or None if none is kept.

        Raises
        ------
        PermanentError
            If the object is damaged.
        """

    def write(self, shard: str, day: int, records: Sequence[Record], replacing: str) -> str:
        """Keep a day, also decision by decision for queries, in place of the edition that was read; return its own.

        Raises
        ------
        ConflictError
            If somebody else wrote it meanwhile.
        """

    def days(self, shard: str) -> list[int]:
        """Return the starts of the days that are kept, oldest first."""

    def configuration(self, name: str) -> str | None:
        """Return a configuration by its hash, as JSON; None if it is not kept."""

    def keep_configuration(self, name: str, text: str) -> None:
        """Keep a configuration; a repeat changes nothing."""

    def code(self, name: str) -> Mapping[str, str] | None:
        """Return a strategy's sources, by module, by the hash of its code; None if they are not kept."""

    def keep_code(self, name: str, sources: Mapping[str, str]) -> None:
        """Keep a strategy's sources; a repeat changes nothing."""
