"""What happened, in the past tense, as the journal keeps it and alerts tell it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tradewind.domain.identifiers import content_hash


class Severity(StrEnum):
    """How soon a person should look."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes
    ----------
    kind : str
        `ORDER_FILLED`, `ORDER_DENIED`, `POSITION_CLOSED`, …
    data : mapping
        Facts as JSON scalars; decimals as text.
    """

    kind: str
    severity: Severity
    text: str
    instrument: str = ""
    data: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "kind": self.kind,
            "severity": str(self.severity),
            "text": self.text,
            "instrument": self.instrument,
            "data": dict(self.data or {}),
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Event":
        """Read what `to_dict` wrote."""
        return cls(row["kind"], Severity(row["severity"]), row["text"], row["instrument"], row["data"])


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One transaction of a journal, chained to the one before by its hash.

    Attributes
    ----------
    journal : str
        Whose journal: an account's name, or `system`.
    """

    journal: str
    seq: int
    ts: int
    events: tuple[Event, ...]
    previous_hash: str

    @property
    def hash(self) -> str:
        """Hash over the previous hash and everything that this entry says."""
        return content_hash(f"{self.previous_hash}{self.text()}".encode())

    @property
    def alert_id(self) -> str:
        """Stable id of the alerts that this entry causes."""
        return f"{self.journal}-{self.seq}"

    def text(self) -> str:
        """Return the canonical JSON of everything but the hash."""
        rows = [event.to_dict() for event in self.events]
        return json.dumps([self.journal, self.seq, self.ts, rows], separators=(",", ":"), sort_keys=True)
