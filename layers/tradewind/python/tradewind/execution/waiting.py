"""Orders that wait for their price, at work inside one bar of the paper venue: exits first, entries after them.

A position's own stop and target, and exits that somebody placed beside them, are one set: whichever comes first
shrinks the position, and the last part of it ends the rest. So nothing more is ever sold than is held.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.ledger import SubPosition
from tradewind.domain.order import Leg, Order, OrderStatus
from tradewind.execution import matching
from tradewind.execution.resting import Reach, Seen, price_of, reach

if TYPE_CHECKING:
    from tradewind.execution.paper import Match

_SHARE = 10
"""A resting order gets a tenth of what was traded in a bar, at most: others wait at the same price."""


def expire(match: "Match", ts: int) -> None:
    """End what was good until a moment, or before it."""
    for order in _still(match, match.resting):
        if 0 < order.terms.expires <= ts:
            match.end(order, OrderStatus.EXPIRED, f"{order.terms.lifetime}: its time is over")


def leave(match: "Match", position: SubPosition, seen: Seen) -> bool:
    """Match everything that may end a position; return whether there was more than its own stop and target."""
    exits = [one for one in _still(match, match.resting) if one.leg is Leg.EXIT and one.parent == position.parent]
    if not exits:
        return False
    found = [reach(one, _lived(match, one, seen), match.instrument) for one in exits]
    found += _levels(match, position, seen)
    for one in sorted(found, key=_worst_first):
        known = match.working.get(one.order.id)
        if known is None:
            continue
        if one.ticks:
            price = price_of(one, match.instrument, match.rules.slippage_bps)
            match.close_position(known, price, _when(match, one), _room(match, known))
        elif one.order != known and one.order.leg is Leg.EXIT:
            match.begin(one.order)
    return True


def enter(match: "Match") -> None:
    """Match entries, the earliest first; what opens inside the bar may end inside it too."""
    for order in sorted(_still(match, match.resting), key=lambda one: (one.created, one.id)):
        if order.leg is not Leg.ENTRY or order.status is OrderStatus.UNKNOWN or order.created >= match.bar.ts_close:
            continue
        found = reach(order, match.since(order.created), match.instrument)
        if found.ticks:
            _open(match, found)
        elif found.order != order:
            match.begin(found.order)


def done(match: "Match", order: Order) -> None:
    """End the rest of an order that may not wait for more."""
    known = match.working.get(order.id)
    if known and not order.rests and known.status is OrderStatus.PARTIALLY_FILLED:
        text = f"{order.terms.lifetime}: {known.filled:f} of {order.quantity:f} were to be had"
        match.end(known, OrderStatus.CANCELED, text)


def _open(match: "Match", found: Reach) -> None:
    price = price_of(found, match.instrument, match.rules.slippage_bps)
    match.at(found.order, price, _when(match, found), _room(match, found.order))
    known = match.working.get(found.order.id) or found.order
    position = next((one for one in match.positions if one.parent == known.parent), None)
    if position:
        lived = match.since(found.order.created)
        match.inside(position, lived if found.at_open else lived.after(found.ticks))


def _still(match: "Match", orders: Iterable[Order]) -> list[Order]:
    """Return orders that still work, as they are now."""
    return [match.working[one.id] for one in orders if one.id in match.working]


def _lived(match: "Match", order: Order, seen: Seen) -> Seen:
    own = match.since(order.created)
    return seen if own == match.seen else own


def _levels(match: "Match", position: SubPosition, seen: Seen) -> list[Reach]:
    """Return how far the bar came to a position's own stop and target."""
    found = []
    for leg in (Leg.STOP, Leg.TARGET):
        order = match.level(position.parent, leg)
        if order is None:
            continue
        level, is_stop = match.instrument.ticks(float(order.price)), leg is Leg.STOP
        stop, limit = (level, 0) if is_stop else (0, level)
        what, ticks = matching.bracket(seen.open, seen.high, seen.low, stop, limit)
        found.append(Reach(order, ticks if what else 0, takes=is_stop, at_open=ticks == seen.open))
    return found


def _worst_first(one: Reach) -> tuple[bool, bool, bool, int, str]:
    stops = one.is_stop or (one.order.leg is Leg.STOP)
    return not one.ticks, not one.at_open, not stops, -one.ticks if stops else one.ticks, one.order.id


def _when(match: "Match", one: Reach) -> int:
    return match.bar.ts_open if one.at_open and one.order.created <= match.bar.ts_open else match.bar.ts_close


def _room(match: "Match", order: Order) -> Decimal:
    """Return how much of an order a bar fills: all, but for a limit that waits among others for a part of the trade."""
    volume = match.bar.volume
    if not volume or not order.terms.limit or order.leg is Leg.TARGET:
        return order.left
    lots = max(1, match.instrument.lots(volume / _SHARE))
    return min(order.left, match.instrument.quantity(lots))
