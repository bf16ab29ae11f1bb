"""What market data asks of the world, named by capability.

Spans of time are over `ts_close`, UTC ms, start exclusive and end inclusive: (start, end]. So a watermark is the
`ts_close` of the last thing seen, and asking from it never repeats and never skips.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from tradewind.domain.bar import Bar
from tradewind.domain.errors import PermanentError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import Listing, OrderBook, Quote
from tradewind.domain.series import SeriesChunk
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import RawBar, Refusal

WARM_UP_BARS = 300
"""Bars that a live provider is first asked for: enough to warm every built-in strategy."""

NOT_IN_ANSWER = "NOT_IN_ANSWER"
"""Reason where a provider answered and said nothing of an instrument."""


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
    """A provider's answer: rows for those instruments that it could serve, a failure for each other.

    Attributes
    ----------
    refusals : tuple of Refusal
        Rows that were put aside already, because another provider had sound ones.
    sources : mapping
        Who served an instrument, where it was not the provider that was asked first.
    """

    rows: Mapping[InstrumentId, Sequence[RawBar]]
    failures: Mapping[InstrumentId, Failure] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    sources: Mapping[InstrumentId, str] = field(default_factory=dict)


class BarSource(Protocol):
    """Where bars come from: all that fetching asks for."""

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        """Return every closed bar with `ts_close` in (since_close, until], oldest first.

        One instrument's failure is its own entry in the answer and fails no other.
        """

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        """Return when the instrument's first bar opens, UTC ms, or 0 if unknown: absence before is no gap."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """A provider's latest quotes, and a failure for each instrument without one."""

    quotes: Mapping[InstrumentId, Quote]
    failures: Mapping[InstrumentId, Failure] = field(default_factory=dict)


class Offer(StrEnum):
    """What a provider can be asked for."""

    BARS = "bars"
    QUOTES = "quotes"
    INSTRUMENTS = "instruments"
    BOOK = "book"
    SERVER_TIME = "time"


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """What is known of a provider before it is asked.

    Attributes
    ----------
    name, title : str
        As configurations write it, and as people do.
    offers : frozenset of Offer
        What it answers; asking for anything else raises `NotOfferedError`.
    timeframes : tuple of Timeframe
        Those of its bars.
    requests, seconds : int
        Allowed are `requests` in every `seconds`, on the plan that costs nothing.
    scope : str
        Whom that limit counts: `address` or `key`.
    rows, batch : int
        Most rows of one answer, and how many instruments one request for bars may name.
    history : str
        How far back bars reach.
    opens : bool
        Whether its latest row may be the interval that has not closed yet.
    bulk_quotes : bool
        Whether one request quotes many instruments.
    spelling : str
        How it spells symbols, by example.
    terms : str
        What its data may be used for, in short; `documentation` is where it says all this.
    keys : tuple of str
        Environment variables that hold its credentials; empty where none are needed.
    verified : bool
        Whether its reading is tested on recorded responses; otherwise only on samples from its documentation.
    reach : int
        Most bars back from now that it has, where that is a number of bars; else 0.
    """

    name: str
    title: str
    offers: frozenset[Offer]
    timeframes: tuple[Timeframe, ...]
    requests: int
    seconds: int
    scope: str
    rows: int
    history: str
    opens: bool
    bulk_quotes: bool
    spelling: str
    terms: str
    documentation: str
    batch: int = 1
    keys: tuple[str, ...] = ()
    verified: bool = True
    reach: int = 0


class NotOfferedError(PermanentError):
    """A provider was asked for what it does not have."""


class MarketDataProvider(BarSource, Protocol):
    """Everything that is asked of a market; what a provider does not offer raises `NotOfferedError`.

    Apart from `bars` and `quotes`, whose answers name failures by instrument, every method may raise `TransientError`
    where the provider cannot answer now and `PermanentError` where it never will.
    """

    @property
    def facts(self) -> ProviderFacts:
        """What is known of it before it is asked."""

    def quotes(self, instruments: Sequence[InstrumentId]) -> Quotes:
        """Return the latest quotes, in as few requests as the venue allows."""

    def instruments(self, venue: str) -> Sequence[Listing]:
        """Return everything that it lists, as instruments of `venue` (the part after the dot)."""

    def book(self, instrument: InstrumentId, depth: int) -> OrderBook:
        """Return the order book to `depth` levels a side, or to as many as the venue has."""

    def server_time(self) -> int:
        """Return the provider's own time, UTC ms, whole seconds where it says no more."""


class SliceStore(Protocol):
    """The hot tier: slices in the order of (shard, ts_close, rev)."""

    def put(self, slice_: Slice) -> bool:
        """Write once: True if written, False if that (shard, ts_close, rev) is there already, untouched."""

    def latest(self, shard: str) -> int:
        """Return `ts_close` of the shard's latest slice, strongly consistent; 0 if it has none."""

    def newest(self, shard: str) -> Slice | None:
        """Return the last revision of the shard's latest slice; None if it has none."""

    def after(self, shard: str, ts_close: int, limit: int) -> list[Slice]:
        """Return up to `limit` slices later than `ts_close`, all revisions in key order, strongly consistent.

        A timestep's revisions are never parted: the last timestep is complete, even beyond the limit.
        """

    def between(self, shard: str, start: int, end: int) -> list[Slice]:
        """Return all slices with `ts_close` in (start, end], all revisions in key order."""

    def at(self, shard: str, times: Iterable[int]) -> dict[int, Slice]:
        """Return the last revision of each slice that closed at one of these times, by that time."""

    def bars(
        self, shard: str, timeframe: Timeframe, instruments: Sequence[InstrumentId], start: int, end: int
    ) -> dict[InstrumentId, dict[int, Bar]]:
        """Return bars with `ts_close` in (start, end], by instrument and that time; of corrections `unpacked` tells."""

    def unpacked(self, shard: str) -> list[Slice]:
        """Return the revisions above 1 that were not released yet, oldest first."""

    def release(self, slices: Sequence[Slice]) -> None:
        """Let slices expire when their days are over, for their bars are in verified chunks. Idempotent."""

    def hold(self, shard: str, ts_close: int) -> None:
        """Give slices later than `ts_close` their full time again where little is left: they are in no chunk yet."""


class SeriesStore(Protocol):
    """The warm tier: one chunk per instrument, timeframe and period."""

    def put(self, chunk: SeriesChunk) -> bool:
        """Write unless the stored chunk of that period reaches further (`through`); True if written."""

    def merge(self, chunk: SeriesChunk, before: SeriesChunk | None) -> bool:
        """Write if what is stored of that period is still what `before` was read from; True if written.

        Parameters
        ----------
        before : SeriesChunk or None
            As this store returned it; None where nothing was stored.
        """

    def merge_all(self, changes: Sequence[tuple[SeriesChunk, SeriesChunk | None]]) -> bool:
        """Merge several chunks of one instrument; where it returns False, none or some of them were written."""
        return all(self.merge(chunk, before) for chunk, before in changes)

    def chunks(self, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int) -> list[SeriesChunk]:
        """Return the chunks whose periods overlap (start, end], oldest first, strongly consistent."""

    def chunks_of(
        self, instruments: Sequence[InstrumentId], timeframe: Timeframe, start: int, end: int
    ) -> Mapping[InstrumentId, Sequence[SeriesChunk]]:
        """Return the same of several instruments."""
        return {name: self.chunks(name, timeframe, start, end) for name in instruments}

    def span(self, instrument: InstrumentId, timeframe: Timeframe) -> tuple[int, int]:
        """Return where the oldest chunk begins and where the newest ends, UTC ms; twice 0 if there is none."""

    def compacted(self, shard: str) -> int:
        """Return `ts_close` up to which a shard's slices are in verified chunks; 0 if none are."""

    def advance(self, shard: str, through: int) -> None:
        """Move `compacted` forward to `through`; never back."""
