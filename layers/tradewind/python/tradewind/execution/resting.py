"""What one bar means for an order that waits for its price: whether it fills and where, is woken, trails or ends.

Pure, in whole ticks, and made of the one rule in `matching`. Nobody knows the way that prices took inside a bar: what
cannot be told from open, high, low and close is taken for the worse.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from tradewind.domain.bar import Bar
from tradewind.domain.instrument import Instrument
from tradewind.domain.order import Order, OrderStatus, Side
from tradewind.domain.order_terms import OrderKind
from tradewind.execution import matching

_STOPS = frozenset({OrderKind.STOP, OrderKind.STOP_LIMIT, OrderKind.TRAILING_STOP})


class Seen(NamedTuple):
    """The part of a bar that an order lived through, in ticks."""

    open: int
    high: int
    low: int
    close: int

    def after(self, ticks: int) -> "Seen":
        """Return what is certain to have come after a fill inside the bar: the close; and the low, which is worse."""
        return Seen(ticks, max(ticks, self.close), min(self.low, ticks), self.close)


def lived(seen: Seen, bar: Bar, ts: int) -> Seen:
    """Return a bar as who came at a moment saw it: of a bar that was under way, only the close.

    Which of that bar's prices came after the moment nobody knows; its close did.
    """
    if bar.ts_open < ts < bar.ts_close:
        return Seen(seen.close, seen.close, seen.close, seen.close)
    return seen


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a bar came to an order.

    Attributes
    ----------
    order : Order
        As it waits on, where it does not fill: woken, or trailed.
    ticks : int
        The price before slippage; 0 where it does not fill.
    takes : bool
        Whether it takes liquidity, so that it slips.
    at_open : bool
        Whether it fills at the open, so that it lives through the whole bar afterwards.
    """

    order: Order
    ticks: int = 0
    takes: bool = False
    at_open: bool = False

    @property
    def is_stop(self) -> bool:
        """Whether the market went against it."""
        return self.order.terms.kind in _STOPS and self.takes


def reach(order: Order, seen: Seen, instrument: Instrument) -> Reach:
    """Match a resting order against what it saw of a bar."""
    limit, trigger = _ticks(order.terms.limit, instrument), _ticks(order.terms.trigger, instrument)
    match order.terms.kind:
        case OrderKind.STOP:
            return _filled(order, seen, trigger, 0, takes=True)
        case OrderKind.TAKE_PROFIT:
            return _filled(order, seen, 0, trigger, takes=True)
        case OrderKind.TRAILING_STOP:
            return _trailed(order, seen, instrument, trigger)
        case OrderKind.STOP_LIMIT if order.status is not OrderStatus.TRIGGERED:
            return _woken(order, seen, trigger, limit)
        case _:
            return _filled(order, seen, 0, limit, takes=False)


def sign(order: Order) -> int:
    """Return 1 of a purchase, -1 of a sale."""
    return 1 if order.side is Side.BUY else -1


def price_of(found: Reach, instrument: Instrument, slippage_bps: int) -> Decimal:
    """Return what a fill pays: moved against whoever takes, and never beyond the order's own limit."""
    if not found.takes:
        return instrument.price(found.ticks)
    ticks, limit = matching.slipped(found.ticks, sign(found.order), slippage_bps), found.order.terms.limit
    price = instrument.price(ticks)
    if not limit:
        return price
    return min(price, limit) if found.order.side is Side.BUY else max(price, limit)


def _filled(order: Order, seen: Seen, stop: int, limit: int, *, takes: bool) -> Reach:
    what, ticks = matching.alone(sign(order), seen.open, seen.high, seen.low, stop, limit)
    if what == matching.NO_FILL:
        return Reach(order)
    return Reach(order, ticks, takes, at_open=ticks == seen.open)


def _woken(order: Order, seen: Seen, trigger: int, limit: int) -> Reach:
    """Wake a stop limit; what opens beyond its limit waits there for the rest of the bar."""
    found = _filled(order, seen, trigger, 0, takes=True)
    if not found.ticks or sign(order) * found.ticks <= sign(order) * limit:
        return found
    woken = replace(order, status=OrderStatus.TRIGGERED)
    return _filled(woken, seen, 0, limit, takes=False) if found.at_open else Reach(woken)


def _trailed(order: Order, seen: Seen, instrument: Instrument, trigger: int) -> Reach:
    """Match a trailing stop where it stood, then let it follow: a close beyond its new place came after that."""
    found = _filled(order, seen, trigger, 0, takes=True)
    if found.ticks:
        return found
    side, trail = sign(order), _ticks(order.terms.trail, instrument)
    best = seen.low if side > 0 else seen.high
    # A purchase's stop only falls, a sale's only rises.
    moved = min(trigger, best + trail) if side > 0 else max(trigger, best - trail)
    if side * seen.close >= side * moved:
        return Reach(order, moved, takes=True)
    return Reach(replace(order, terms=replace(order.terms, trigger=instrument.price(moved))))


def _ticks(price: Decimal, instrument: Instrument) -> int:
    return instrument.ticks(float(price))
