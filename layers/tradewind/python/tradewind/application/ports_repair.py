"""What the core asks of where it is kept what a fetch could not bring: holes, jumps like splits, and refused rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tradewind.domain.splits import Split
from tradewind.domain.validation import Refusal


@dataclass(frozen=True, slots=True)
class Hole:
    """A slice that lacks bars.

    Attributes
    ----------
    tries : int
        How often it was asked for since the slice was written.
    due : int
        When it is asked for next, UTC ms.
    """

    shard: str
    ts_close: int
    tries: int = 0
    due: int = 0


class Holes(Protocol):
    """Slices that lack bars, until they are filled or given up."""

    def note(self, hole: Hole) -> None:
        """Keep a hole, or how often it was asked for."""

    def open(self, shard: str, limit: int = 0) -> list[Hole]:
        """Return holes that are not closed, the latest first; with a limit no more than so many."""

    def close(self, hole: Hole) -> None:
        """Forget a hole; it need not be known."""


class SplitStore(Protocol):
    """Jumps that look like splits, and what was said of them."""

    def every(self) -> list[Split]:
        """Return every jump, by instrument and time; what was said of one holds for all that were told with it."""

    def put(self, split: Split) -> None:
        """Keep a jump, or what somebody has said of it."""


class RefusalLog(Protocol):
    """What did not enter, and why."""

    def record(self, shard: str, refusals: Sequence[Refusal]) -> None:
        """Keep each refusal once by (shard, instrument, ts, reason); a repeat changes nothing."""
