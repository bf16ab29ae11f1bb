"""What market data asks of the world, named by capability.

Spans of time are over `ts_close`, UTC ms, start exclusive and end inclusive: (start, end]. So a watermark is the
`ts_close` of the last thing seen, and asking from it never repeats and never skips.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import SeriesChunk
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import RawBar, Refusal


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a provider has no answer for one instrument.

    Attributes
    ----------
    reason : str
        A short code, for example `RATE_LIMITED`; it becomes the slice's reason for the missing instrument.
    detail : str
        The provider's own words.
    lasting : bool
        True where asking again cannot help (an unknown pair).
    """

    reason: str
    detail: str
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer: rows for those instruments that it could serve, a failure for each other."""

    rows: Mapping[InstrumentId, Sequence[RawBar]]
    failures: Mapping[InstrumentId, Failure] = field(default_factory=dict)


class MarketDataProvider(Protocol):
    """Where bars come from."""

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        """Return every closed bar with `ts_close` in (since_close, until], oldest first.

        One instrument's failure is its own entry in the answer and fails no other.
        """

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        """Return when the instrument's first bar opens, UTC ms, or 0 if unknown: absence before is no gap."""


class ObjectReader(Protocol):
    """Whole objects by key."""

    def get(self, key: str) -> bytes:
        """Return the object.

        Raises
        ------
        PermanentError
            If there is none.
        TransientError
            If the store cannot answer now.
        """


class SliceStore(Protocol):
    """The hot tier: slices in the order of (shard, ts_close, rev)."""

    def put(self, slice_: Slice) -> bool:
        """Write once: True if written, False if that (shard, ts_close, rev) is there already, untouched."""

    def latest(self, shard: str) -> int:
        """Return `ts_close` of the shard's latest slice, strongly consistent; 0 if it has none."""

    def after(self, shard: str, ts_close: int, limit: int) -> list[Slice]:
        """Return up to `limit` slices later than `ts_close`, all revisions in key order, strongly consistent.

        A timestep's revisions are never parted: the last timestep is complete, even beyond the limit.
        """

    def between(self, shard: str, start: int, end: int) -> list[Slice]:
        """Return all slices with `ts_close` in (start, end], all revisions in key order."""


class RefusalLog(Protocol):
    """What did not enter, and why."""

    def record(self, shard: str, refusals: Sequence[Refusal]) -> None:
        """Keep each refusal once by (shard, instrument, ts, reason); a repeat changes nothing."""


class SeriesStore(Protocol):
    """The warm tier: one chunk per instrument, timeframe and period."""

    def put(self, chunk: SeriesChunk) -> bool:
        """Write unless the stored chunk of that period reaches further (`through`); True if written."""

    def chunks(self, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int) -> list[SeriesChunk]:
        """Return the chunks whose periods overlap (start, end], oldest first, strongly consistent."""

    def compacted(self, shard: str) -> int:
        """Return `ts_close` up to which a shard's slices are in verified chunks; 0 if none are."""

    def advance(self, shard: str, through: int) -> None:
        """Move `compacted` forward to `through`; never back."""
