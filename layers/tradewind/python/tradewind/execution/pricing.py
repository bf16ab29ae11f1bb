"""What an order pays that is filled between two bars: the order book where a fresh one is known, else the last close.

Pure; what went into a price comes back beside it, so that the fill can be made again from the journal alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from tradewind.domain.instrument import Instrument
from tradewind.domain.market import BookLevel, OrderBook
from tradewind.domain.order import Side
from tradewind.execution import matching

FRESH = 60_000
"""Milliseconds for which an order book is believed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of an instrument's price at one moment.

    Attributes
    ----------
    close, close_ts : Decimal, int
        Its last bar's close, and when that closed, UTC ms.
    book : OrderBook or None
        The latest order book that somebody has stored.
    """

    close: Decimal
    close_ts: int
    book: OrderBook | None = None

    def fresh_book(self, now: int) -> OrderBook | None:
        """Return the order book if it may be traded on: of this minute, and not crossed."""
        book = self.book
        return book if book and 0 <= now - book.ts <= FRESH and not book.crossed else None


@dataclass(frozen=True, slots=True)
class Priced:
    """A price on the tick, moved against the taker, and what it was made of."""

    price: Decimal
    inputs: Mapping[str, Any]


def priced(seen: Seen, side: Side, quantity: Decimal, instrument: Instrument, slippage_bps: int, now: int) -> Priced:
    """Return what a market order pays now.

    Parameters
    ----------
    slippage_bps : int
        The modelled spread, for where no order book is at hand or it is not deep enough.
    now : int
        The environment's time, UTC ms.
    """
    book = seen.fresh_book(now)
    taken = walked(book.asks if side is Side.BUY else book.bids, quantity) if book else ()
    if book and taken:
        told = [[f"{level.price:f}", f"{level.quantity:f}"] for level in taken]
        return Priced(_average(taken, side, instrument), {"book_ts": book.ts, "levels": told})
    ticks = matching.slipped(instrument.ticks(float(seen.close)), 1 if side is Side.BUY else -1, slippage_bps)
    inputs = {"close": str(seen.close), "close_ts": seen.close_ts, "spread_bps": slippage_bps}
    return Priced(instrument.price(ticks), inputs)


def walked(levels: Sequence[BookLevel], quantity: Decimal) -> tuple[BookLevel, ...]:
    """Return what a taker of a quantity would get, best prices first; nothing where the book is not that deep."""
    taken: list[BookLevel] = []
    for level in levels:
        part = min(quantity, level.quantity)
        taken.append(BookLevel(level.price, part))
        quantity -= part
        if not quantity:
            return tuple(taken)
    return ()


def _average(taken: Sequence[BookLevel], side: Side, instrument: Instrument) -> Decimal:
    """Return the average price, rounded to the tick against the taker."""
    notional = sum((level.price * level.quantity for level in taken), Decimal(0))
    average = notional / sum((level.quantity for level in taken), Decimal(0))
    rounding = ROUND_CEILING if side is Side.BUY else ROUND_FLOOR
    return (average / instrument.tick).to_integral_value(rounding) * instrument.tick
