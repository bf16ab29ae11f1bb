"""What whoever reads the past asks of the world: bars over all tiers, and the cold tier itself.

Spans of time are over `ts_close`, UTC ms, start exclusive and end inclusive: (start, end].
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe


class BarRepository(Protocol):
    """Bars of an instrument from whichever tiers hold them: slices, series chunks, Parquet in S3.

    The latest revision of each bar is told, also of corrections that no compaction has packed yet. A timeframe that is
    not followed itself is resampled from the longest shorter one that is. Series across a confirmed split are on one
    scale; with `raw` they are as they were told.

    Every method raises `BadInputError` where nothing follows the instrument at this timeframe or at a shorter one.
    """

    def history(
        self, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int, *, raw: bool = False
    ) -> list[Bar]:
        """Return the bars with `ts_close` in (start, end], oldest first."""

    def stream(
        self, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int, *, raw: bool = False
    ) -> Iterator[Bar]:
        """Yield what `history` returns, with no more than a month of the instrument's bars in memory."""

    def latest(self, instruments: Sequence[InstrumentId], timeframe: Timeframe) -> Mapping[InstrumentId, Bar]:
        """Return each instrument's bar in the newest slice of its shard; who has none there is left out."""


@dataclass(frozen=True, slots=True)
class BarMonth:
    """One instrument's bars of one calendar month (UTC), as the cold tier keeps them.

    Attributes
    ----------
    month : int
        Start of the month, UTC ms; each bar's `ts_open` lies in it.
    bars : sequence of Bar
        Strictly ascending.
    """

    instrument: InstrumentId
    timeframe: Timeframe
    month: int
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class StoredMonth:
    """A month as it was read, and the edition that a write takes the place of."""

    bars: Sequence[Bar]
    edition: str


class BarArchive(Protocol):
    """The cold tier: one object for each instrument, timeframe and month."""

    def read(self, instrument: InstrumentId, timeframe: Timeframe, month: int) -> StoredMonth | None:
        """Return a month, or None if none is kept.

        Raises
        ------
        PermanentError
            If the object is damaged: its bars are not those that its checksum was made of.
        """

    def write(self, month: BarMonth, replacing: str) -> None:
        """Keep a month in place of the edition that was read; an empty one where there was none.

        Raises
        ------
        ConflictError
            If somebody else wrote it meanwhile: read it again.
        """

    def months(self, instrument: InstrumentId, timeframe: Timeframe) -> list[int]:
        """Return the starts of the months that are kept, oldest first."""

    def delete(self, instrument: InstrumentId, timeframe: Timeframe, month: int) -> None:
        """Forget a month; it need not be kept."""
