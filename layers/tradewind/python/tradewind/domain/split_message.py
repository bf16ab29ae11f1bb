"""The command that scales a book after a split of shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradewind.domain.instrument import InstrumentId


@dataclass(frozen=True, slots=True)
class SplitMessage:
    """So many new shares for one old; for the book as it was when the command was given.

    Attributes
    ----------
    split : int
        When the split takes effect, UTC ms: no book is scaled twice by one, nor by two on one day.
    """

    account: str
    instrument: InstrumentId
    factor: Decimal
    assumed_version: int
    ts: int
    trace: str
    split: int

    @property
    def deduplication_id(self) -> str:
        """One for each version of the book."""
        return f"split#{self.account}#{self.instrument}#{self.assumed_version}"

    def to_row(self) -> dict[str, Any]:
        """Return what a message says beside its account and instrument."""
        told = {"version": self.assumed_version, "ts": self.ts, "trace": self.trace, "split": self.split}
        return {"kind": "split", "factor": str(self.factor), **told}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "SplitMessage":
        """Read what `to_row` wrote, with its account and instrument."""
        name, factor = InstrumentId(row["instrument"]), Decimal(row["factor"])
        return cls(row["account"], name, factor, row["version"], row["ts"], row["trace"], row["split"])
