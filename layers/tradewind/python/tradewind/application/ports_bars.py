"""What whoever reads the past asks of the world: bars over all tiers, and the cold tier itself.

Spans of time are over `ts_close`, UTC ms, start exclusive and end inclusive: (start, end].
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, Protocol

from tradewind.application.ports_market import SeriesStore
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_name
from tradewind.domain.series import SeriesChunk
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, Timeframe

WARM_DAYS = 35
"""How long the warm tier keeps a chunk after the archive has it; more than a state is rebuilt from."""

SETTLED = 40 * DAY // 24
"""How old a bar is, ms, when the archive may have it already: a chunk in which it changes is marked for the archive."""


def expires(timeframe: Timeframe) -> bool:
    """Say whether chunks of this timeframe leave the warm tier; those of a month or a year are few, and stay."""
    return timeframe.ms <= Timeframe.M15.ms


class Packing(NamedTuple):
    """What of a shard's slices is in chunks, as of before any chunk that is read afterwards.

    Attributes
    ----------
    compacted : int
        `ts_close` up to which slices are in verified chunks, UTC ms; 0 if none are.
    waiting : sequence of Slice
        Revisions above 1 that were not released yet, oldest first.
    """

    compacted: int
    waiting: Sequence[Slice]


class NearTiers(Protocol):
    """The hot and the warm tier where one store has both, so that both are read in one request."""

    def packing(self, shard: str) -> Packing:
        """Return how far a shard is packed, and what waits."""

    def read(
        self, shard: str, timeframe: Timeframe, instruments: Sequence[InstrumentId], start: int, end: int, since: int
    ) -> tuple[Mapping[InstrumentId, Sequence[Bar]], Mapping[InstrumentId, Mapping[int, Bar]]]:
        """Return instruments' bars of the chunks that overlap (start, end], and of slices in (since, end].

        In whatever order the two are read: slices stay for days after they were packed.
        """


def bars_by_name(chunks: Mapping[InstrumentId, Iterable[SeriesChunk]]) -> dict[InstrumentId, list[Bar]]:
    """Return the bars of each one's chunks, in their order."""
    return {name: list(chain.from_iterable(one.bars for one in some)) for name, some in chunks.items()}


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

    def histories(
        self, instruments: Sequence[InstrumentId], timeframe: Timeframe, start: int, end: int, *, raw: bool = False
    ) -> Mapping[InstrumentId, list[Bar]]:
        """Return what `history` returns of each instrument, read together."""

    def stream(
        self, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int, *, raw: bool = False
    ) -> Iterator[Bar]:
        """Yield what `history` returns, with no more than some fifty thousand bars in memory."""

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

    @property
    def name(self) -> str:
        """Say which month of what this is, for a message."""
        return f"{self.instrument} {self.timeframe} {month_name(self.month)}"


@dataclass(frozen=True, slots=True)
class StoredMonth:
    """A month as it was read, and the edition that a write takes the place of."""

    bars: Sequence[Bar]
    edition: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as it was read, and the edition that a write takes the place of."""

    data: bytes
    edition: str


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


class ObjectStore(Protocol):
    """Whole objects by key, each replaced only by who has seen the one before."""

    def read(self, key: str) -> StoredObject | None:
        """Return an object, or None if there is none."""

    def write(self, key: str, data: bytes, replacing: str) -> str:
        """Keep an object in place of the edition that was read, empty where there was none; return its own edition.

        Raises
        ------
        ConflictError
            If somebody else wrote it meanwhile.
        """

    def keys(self, prefix: str) -> list[str]:
        """Return every key with this beginning, ascending."""

    def delete(self, key: str) -> None:
        """Forget an object; it need not be there."""


class BarArchive(Protocol):
    """The cold tier: one object for each instrument, timeframe and month."""

    def read(self, instrument: InstrumentId, timeframe: Timeframe, month: int) -> StoredMonth | None:
        """Return a month, or None if none is kept.

        Raises
        ------
        PermanentError
            If the object is damaged: its bars are not those that its checksum was made of.
        """

    def read_many(self, instrument: InstrumentId, timeframe: Timeframe, months: Sequence[int]) -> list[StoredMonth]:
        """Return those of the months that are kept, in their order, read side by side."""

    def write(self, month: BarMonth, replacing: str) -> str:
        """Keep a month in place of the edition that was read, empty where there was none; return its own edition.

        Raises
        ------
        ConflictError
            If somebody else wrote it meanwhile: read it again.
        """

    def months(self, instrument: InstrumentId, timeframe: Timeframe) -> list[int]:
        """Return the starts of the months that are kept, oldest first."""

    def delete(self, instrument: InstrumentId, timeframe: Timeframe, month: int) -> None:
        """Forget a month; it need not be kept."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A month of which a bar changed after the archive may have read it.

    Attributes
    ----------
    token : str
        Of the latest change.
    """

    instrument: InstrumentId
    timeframe: Timeframe
    month: int
    token: str


@dataclass(frozen=True, slots=True)
class Archived:
    """How far a shard is archived.

    Attributes
    ----------
    through : int
        `ts_close` up to which every bar known is in the cold tier, UTC ms; 0 if none is.
    begun : int
        Up to which archiving has begun. Only chunks before it are released, and who reads bars before it asks the
        cold tier too: so none is ever where nobody looks, wherever a run breaks off.
    instruments : tuple of InstrumentId
        Whom the shard had then: one that has left it since is archived once more.
    """

    through: int = 0
    begun: int = 0
    instruments: tuple[InstrumentId, ...] = ()


class ArchivedSeries(SeriesStore, Protocol):
    """The warm tier as the archive sees it.

    Whoever writes a bar that has `SETTLED`, or a chunk that was released, marks its month in the same transaction.
    """

    def release(self, chunk: SeriesChunk) -> bool:
        """Let a chunk expire if it is stored as given; False, and it stays, if it was written over meanwhile."""

    def forget(self, chunk: SeriesChunk) -> bool:
        """Delete a chunk if it is stored as given; False, and it stays, if it was written over meanwhile."""

    def archived(self, shard: str) -> Archived:
        """Return how far a shard is archived."""

    def advance_archived(self, shard: str, archived: Archived) -> None:
        """Move it forward; never back."""

    def changed(self, timeframe: Timeframe) -> list[Changed]:
        """Return the marked months."""

    def settle(self, changed: Changed) -> None:
        """Forget a mark, unless a later change has taken its place."""
