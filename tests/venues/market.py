"""What a simulated venue trades: instruments with their rules, and bars of any timeframe, as text to the last digit."""

import csv
import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, Protocol
from zlib import crc32

from tradewind.domain.timeframe import Timeframe


class Row(NamedTuple):
    """A bar as a venue keeps it: the time in ms, everything else as text."""

    ts: int
    open: str
    high: str
    low: str
    close: str
    volume: str

    def opened(self) -> "Row":
        """Return what is known of the bar just after it has begun: another bar than the one it will be."""
        return Row(self.ts, self.open, self.open, self.open, self.open, "0.5")


class Source(Protocol):
    """Where the bars of a simulated venue come from."""

    def row(self, symbol: str, timeframe: Timeframe, ts: int) -> Row | None:
        """Return the bar that opens at `ts`, which is a multiple of the timeframe; None if there was no trade."""


@dataclass(frozen=True)
class Made(Source):
    """Bars made of nothing but their symbol and their time: any number of them, always the same.

    Attributes
    ----------
    since : int
        When the first one opens, UTC ms.
    silent : frozenset of int
        Opens at which nobody traded.
    """

    since: int = 0
    silent: frozenset[int] = frozenset()

    def row(self, symbol: str, timeframe: Timeframe, ts: int) -> Row | None:
        if ts < self.since or ts in self.silent:
            return None
        x = crc32(f"{symbol} {timeframe} {ts}".encode())
        cents = 10_000 + x % 5_000
        prices = (cents, cents + x % 97 + 50, cents - x % 89 - 40, cents + x % 71 - 35)
        o, h, low, c = (f"{price / 100:.2f}" for price in prices)
        return Row(ts, o, h, low, c, f"{x % 9_973}.{x % 10}5")


@dataclass(frozen=True)
class Looped(Source):
    """Recorded bars one after the other, over and over, so that there is always one now."""

    tapes: Mapping[str, Sequence[tuple[str, ...]]]

    def row(self, symbol: str, timeframe: Timeframe, ts: int) -> Row | None:
        tape = self.tapes.get(symbol)
        if not tape:
            return None
        return Row(ts, *tape[ts // timeframe.ms % len(tape)])


@dataclass(frozen=True)
class Recorded(Source):
    """Recorded bars at their own times, of one timeframe."""

    timeframe: Timeframe
    tapes: Mapping[str, Mapping[int, tuple[str, ...]]]

    def row(self, symbol: str, timeframe: Timeframe, ts: int) -> Row | None:
        found = self.tapes.get(symbol, {}).get(ts) if timeframe is self.timeframe else None
        return Row(ts, *found) if found else None


@dataclass(frozen=True)
class Rules:
    """How an instrument is listed."""

    tick: str = "0.01"
    lot: str = "0.00001"
    minimum_notional: str = "5"
    minimum_quantity: str = "0.0001"
    trading: bool = True


@dataclass
class Market:
    """Everything that a venue's public side shows; the clock is the venue's own."""

    symbols: Mapping[str, Rules]
    clock: Callable[[], int]
    source: Source = field(default_factory=Made)

    def rows(self, symbol: str, timeframe: Timeframe, first: int, last: int, most: int = 100_000) -> list[Row]:
        """Return the bars that open from `first` to `last`, oldest first, the open one as far as it is known.

        Where there are more than `most`, the oldest ones are returned.
        """
        found: list[Row] = []
        ms, now = timeframe.ms, self.clock()
        for ts in range(-(-first // ms) * ms, min(last, now) + 1, ms):
            row = self.source.row(symbol, timeframe, ts)
            if row:
                found.append(row if ts + ms <= now else row.opened())
            if len(found) == most:
                break
        return found

    def last(self, symbol: str) -> Decimal:
        """Return the latest price: the close of the latest minute that had a trade."""
        minute = Timeframe.M1.ms
        end = self.clock() // minute * minute
        rows = self.rows(symbol, Timeframe.M1, end - 10 * minute, end - minute)
        return Decimal(rows[-1].close) if rows else Decimal(100)

    def best(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Return the best bid and ask, two ticks apart around the latest price."""
        tick, last = Decimal(self.symbols[symbol].tick), self.last(symbol)
        return last - tick, last + tick

    def side(self, symbol: str, sign: int, depth: int) -> list[tuple[Decimal, Decimal]]:
        """Return (price, quantity) from the best price on: `sign` is -1 for bids, 1 for asks."""
        tick, last = Decimal(self.symbols[symbol].tick), self.last(symbol)
        return [(last + sign * tick * step, Decimal(step) / 8) for step in range(1, depth + 1)]


VOLUME, TURNOVER = Decimal("1234.5"), Decimal("234567.25")
"""Of the latest 24 hours, of everything."""


def looped(folder: Path, symbols: Mapping[str, str]) -> Looped:
    """Read CSV files of bars, by symbol the file's name in `folder`."""
    return Looped({symbol: [row[1:] for row in _table(folder / name)] for symbol, name in symbols.items()})


def recorded(folder: Path, timeframe: Timeframe, symbols: Mapping[str, str]) -> Recorded:
    """Read CSV files of bars, by symbol the file's name in `folder`, at their own times."""
    tapes = {symbol: {int(row[0]): row[1:] for row in _table(folder / name)} for symbol, name in symbols.items()}
    return Recorded(timeframe, tapes)


def _table(path: Path) -> list[tuple[str, ...]]:
    """Return (ts, open, high, low, close, volume) as written."""
    text = (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode()
    return [tuple(row[:6]) for row in list(csv.reader(io.StringIO(text)))[1:]]
