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

    def best(self, side: Side, now: int) -> Decimal:
        """Return the best price that a taker would meet, 0 where no fresh order book tells."""
        book = self.fresh_book(now)
        levels = (book.asks if side is Side.BUY else book.bids) if book else ()
        return levels[0].price if levels else Decimal(0)


@dataclass(frozen=True, slots=True)
class Priced:
    """A price on the tick, moved against the taker, and what it was made of."""

    price: Decimal
    inputs: Mapping[str, Any]


def within(
    seen: Seen, side: Side, quantity: Decimal, limit: Decimal, instrument: Instrument, slippage_bps: int, now: int
) -> tuple[Decimal, Priced] | None:
    """Return how much of an order with a limit can be had now, and what it pays; None where it has to wait.

    A fresh order book tells both; without one all of it can be had, if the last close and the modelled spread allow.
    """
    book = seen.fresh_book(now)
    if book is None:
        found = priced(seen, side, quantity, instrument, slippage_bps, now)
        return (quantity, found) if _allows(limit, found.price, side) else None
    offers = book.asks if side is Side.BUY else book.bids
    there = [level for level in offers if _allows(limit, level.price, side)]
    lots = (min(quantity, sum((level.quantity for level in there), Decimal(0))) / instrument.lot).to_integral_value(
        ROUND_FLOOR
    )
    if not lots:
        return None
    taken = walked(there, lots * instrument.lot)
    return lots * instrument.lot, Priced(_average(taken, side, instrument), _told(book, taken))


def _allows(limit: Decimal, price: Decimal, side: Side) -> bool:
    return price <= limit if side is Side.BUY else price >= limit


def _told(book: OrderBook, taken: Sequence[BookLevel]) -> Mapping[str, Any]:
    return {"book_ts": book.ts, "levels": [[f"{level.price:f}", f"{level.quantity:f}"] for level in taken]}


def priced(seen: Seen, side: Side, quantity: Decimal, instrument: Instrument, slippage_bps: int, now: int) -> Priced:
    """Return what a market order pays now.

    What a fresh order book does not hold is paid behind its last level, moved on by the modelled spread and
    never better than the last close so moved.

    Parameters
    ----------
    slippage_bps : int
        The modelled spread, for where no order book is at hand or it is not deep enough.
    now : int
        The environment's time, UTC ms.
    """
    book = seen.fresh_book(now)
    offers = (book.asks if side is Side.BUY else book.bids) if book else ()
    ticks = _slipped(seen.close, side, instrument, slippage_bps)
    if book is None or not offers:
        inputs = {"close": str(seen.close), "close_ts": seen.close_ts, "spread_bps": slippage_bps}
        return Priced(instrument.price(ticks), inputs)
    taken = walked(offers, quantity)
    rest = quantity - sum((level.quantity for level in taken), Decimal(0))
    if not rest:
        return Priced(_average(taken, side, instrument), _told(book, taken))
    behind = _slipped(taken[-1].price, side, instrument, slippage_bps)
    beyond = BookLevel(instrument.price(max(ticks, behind) if side is Side.BUY else min(ticks, behind)), rest)
    inputs = {"beyond": [f"{beyond.price:f}", f"{rest:f}"], "spread_bps": slippage_bps}
    return Priced(_average((*taken, beyond), side, instrument), {**_told(book, taken), **inputs})


def _slipped(price: Decimal, side: Side, instrument: Instrument, slippage_bps: int) -> int:
    return matching.slipped(instrument.ticks(float(price)), 1 if side is Side.BUY else -1, slippage_bps)


def walked(levels: Sequence[BookLevel], quantity: Decimal) -> tuple[BookLevel, ...]:
    """Return what a taker of a quantity would get, best prices first; less than it where the book is not that deep."""
    taken: list[BookLevel] = []
    for level in levels:
        if not quantity:
            break
        part = min(quantity, level.quantity)
        taken.append(BookLevel(level.price, part))
        quantity -= part
    return tuple(taken)


def _average(taken: Sequence[BookLevel], side: Side, instrument: Instrument) -> Decimal:
    """Return the average price, rounded to the tick against the taker."""
    notional = sum((level.price * level.quantity for level in taken), Decimal(0))
    average = notional / sum((level.quantity for level in taken), Decimal(0))
    rounding = ROUND_CEILING if side is Side.BUY else ROUND_FLOOR
    return (average / instrument.tick).to_integral_value(rounding) * instrument.tick
