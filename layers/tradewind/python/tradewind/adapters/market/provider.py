"""What every provider over HTTP does alike; a venue's module says how it spells, asks and reads."""

# ruff: noqa: ARG002 - what a venue has not keeps the signature of the port

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any, ClassVar, NamedTuple

from tradewind.adapters.market.line import Ask, Line
from tradewind.adapters.market.reply import RefusedError
from tradewind.adapters.market.shape import Node, ShapeError
from tradewind.adapters.market.sweep import Sweep, Unit
from tradewind.application.ports_market import Answer, Failure, NotOfferedError, Offer, ProviderFacts, Quotes
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import BookLevel, Listing, OrderBook, Quote
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe
from tradewind.domain.validation import RawBar, whole

_LISTED = "everything since a pair was listed"
_NEW_YORK_MIDNIGHTS = frozenset({4 * 60 * MINUTE, 5 * 60 * MINUTE})


def pairs(name: str, title: str, **known: Any) -> ProviderFacts:
    """Return what is known of a venue of pairs that offers everything at every timeframe, by address and without a key.

    Parameters
    ----------
    **known
        The other fields of `ProviderFacts`.
    """
    usual: dict[str, Any] = {"scope": "address", "opens": True, "bulk_quotes": True, "history": _LISTED, **known}
    return ProviderFacts(name, title, frozenset(Offer), tuple(Timeframe), **usual)


class Span(NamedTuple):
    """Which bars are wanted: those with `ts_close` in (since, until]; UTC ms."""

    timeframe: Timeframe
    since: int
    until: int

    @property
    def first_open(self) -> int:
        """Return the earliest `ts_open` that is wanted."""
        return max(0, self.since - self.timeframe.ms + 1)

    @property
    def last_open(self) -> int:
        """Return the latest `ts_open` that is wanted."""
        return self.until - self.timeframe.ms

    @property
    def last_open_of_session(self) -> int:
        """Return the same for a US stock: its daily bar begins at midnight in New York, hours into the day in UTC."""
        return self.last_open + (6 * 60 * MINUTE if self.timeframe is Timeframe.D1 else 0)

    def within(self, rows: Iterable[RawBar]) -> list[RawBar]:
        """Return the bars that are wanted; unreadable ones stay, so that they are refused on record."""
        ms, since, until = self.timeframe.ms, self.since, self.until
        return [bar for bar in rows if not isinstance(bar.ts_open, int) or since < bar.ts_open + ms <= until]


type Found = Mapping[InstrumentId, Sequence[RawBar] | Failure]


@dataclass(frozen=True, slots=True)
class HttpProvider(Line):
    """A market data provider; what a venue does not have is left as it is here.

    Attributes
    ----------
    quote_batch : int
        How many instruments one request for quotes may name.
    """

    quote_batch: ClassVar[int] = 1

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        """Return every closed bar with `ts_close` in (since_close, until], as far back as the venue has them.

        A bar is closed only if it is by the venue's clock too: where ours is ahead, its latest row may still be open.
        """
        if timeframe not in self.facts.timeframes:
            return Answer({}, dict.fromkeys(instruments, self._no_interval(timeframe)))
        span = Span(timeframe, since_close, until)

        def work(ask: Ask, unit: Unit) -> Found:
            return {
                name: found if isinstance(found, Failure) else span._replace(until=min(until, ask.date)).within(found)
                for name, found in self.fetch(ask, unit, span).items()
            }

        return Answer(*Sweep(self, work)(list(batched(instruments, self.facts.batch, strict=False))))

    def quotes(self, instruments: Sequence[InstrumentId]) -> Quotes:
        """Return the latest quotes, in as few requests as the venue allows."""
        self.insist(Offer.QUOTES)
        return Quotes(*Sweep(self, self.quote)(list(batched(instruments, self.quote_batch, strict=False))))

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        """Return 0: the venue does not say."""
        return 0

    def fetch(self, ask: Ask, unit: Unit, span: Span) -> Found:
        """Ask for a unit's bars, page by page."""
        raise NotOfferedError(f"{self.facts.title} has no bars")

    def quote(self, ask: Ask, unit: Unit) -> Mapping[InstrumentId, Quote | Failure]:
        """Ask for a unit's quotes."""
        raise NotOfferedError(f"{self.facts.title} has no quotes")

    def instruments(self, venue: str) -> Sequence[Listing]:
        """Return everything that the venue lists."""
        raise NotOfferedError(f"{self.facts.title} does not list its instruments")

    def book(self, instrument: InstrumentId, depth: int) -> OrderBook:
        """Return the order book."""
        raise NotOfferedError(f"{self.facts.title} has no order book")

    def server_time(self) -> int:
        """Return the venue's own time, UTC ms."""
        raise NotOfferedError(f"{self.facts.title} does not say what time it has")

    def insist(self, offer: Offer) -> None:
        """Raise unless the venue has it.

        Raises
        ------
        NotOfferedError
            If it has not.
        """
        if offer not in self.facts.offers:
            raise NotOfferedError(f"{self.facts.title} has no {offer}")

    def _no_interval(self, timeframe: Timeframe) -> Failure:
        known = ", ".join(self.facts.timeframes)
        return Failure("INTERVAL_NOT_OFFERED", f"{self.facts.title} has no {timeframe} bars: {known}", lasting=True)


def parted(instrument: InstrumentId) -> tuple[str, str]:
    """Part a pair into base and quote: `BTC-USD.KRAKEN` is BTC and USD.

    Raises
    ------
    RefusedError
        If it is no pair.
    """
    base, dash, quote = instrument.rpartition(".")[0].rpartition("-")
    if not dash or not base or not quote:
        raise RefusedError("UNKNOWN_PAIR", f"{instrument} is no pair such as BTC-USD.KRAKEN")
    return base, quote


def glued(instrument: InstrumentId) -> str:
    """Spell a pair without anything between: `BTC-USDT.BINANCE` is `BTCUSDT`.

    Raises
    ------
    RefusedError
        If it is no pair.
    """
    return "".join(parted(instrument))


def symbol(instrument: InstrumentId) -> str:
    """Return what stands before the dot: `AAPL.US` is AAPL."""
    return instrument.rpartition(".")[0]


def levels(node: Node, price: int | str = 0, quantity: int | str = 1) -> tuple[BookLevel, ...]:
    """Read one side of an order book, from arrays by position or from objects by name."""

    def part(level: Node, which: int | str) -> Node:
        return level.at(which) if isinstance(which, int) else level[which]

    return tuple(BookLevel(part(level, price).positive(), part(level, quantity).decimal()) for level in node)


def row_by_position(row: Any, columns: int, where: tuple[int, int, int, int, int, int], scale: int = 1) -> RawBar:
    """Read a row of an array of arrays; one that is not as long as promised is refused on record later.

    Parameters
    ----------
    columns : int
        Fewest columns that the venue promises.
    where : tuple of int
        Positions of time, open, high, low, close and volume.
    scale : int
        Milliseconds in one unit of the venue's time.
    """
    if not isinstance(row, list) or len(row) < columns:
        return UNREADABLE
    return RawBar(millis(row[where[0]], scale), *(row[at] for at in where[1:]))


def row_by_name(row: Any, names: tuple[str, str, str, str, str, str], scale: int = 1) -> RawBar:
    """Read a row of an array of objects, by the names of time, open, high, low, close and volume."""
    if not isinstance(row, dict):
        return UNREADABLE
    return RawBar(millis(row.get(names[0]), scale), *(row.get(name) for name in names[1:]))


UNREADABLE = RawBar(None, None, None, None, None, None)
"""What becomes of a row that has no shape at all."""


def millis(time: object, scale: int) -> object:
    """Return a venue's time as milliseconds, or as it is where it cannot be read."""
    units = whole(time)
    return time if units is None else units * scale


def moment(node: Node) -> int:
    """Read a time in ISO 8601 as UTC ms.

    Raises
    ------
    ShapeError
        If it is none.
    """
    try:
        return round(datetime.fromisoformat(node.text()).timestamp() * 1000)
    except ValueError:
        raise ShapeError(node.path, "a time", node.value) from None


def session_day(ts: object) -> object:
    """Return midnight UTC of a US session's date for a daily bar that begins at midnight in New York.

    That is 04:00 or 05:00 UTC; whatever begins at another time stays as it is, to be refused on record.
    """
    return ts - ts % DAY if isinstance(ts, int) and ts % DAY in _NEW_YORK_MIDNIGHTS else ts


def windows(first: int, last: int, length: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end), both inclusive, that cover `first` to `last` in steps of `length`."""
    for start in range(first, last + 1, length):
        yield start, min(last, start + length - 1)
