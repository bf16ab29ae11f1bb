"""What becomes of a position when an order fills into it: how much goes, what it had cost, where its levels stand."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal

from tradewind.domain.identifiers import intent_id
from tradewind.domain.ledger import SubPosition
from tradewind.domain.order import AT_ONCE, NOTHING, Leg, Order, OrderStatus, Side

_CENT_OF_A_CENT = Decimal("0.00000001")


def closing(order: Order, position: SubPosition) -> Decimal:
    """Return how much an exit closes: all of the position, but for what somebody asked for in part."""
    return min(order.left, position.quantity) if order.source in AT_ONCE else position.quantity


def without_rest(quantity: Decimal, held: Decimal, least: Decimal) -> Decimal:
    """Return what is sold: all that is held where the rest would be too little to be sold on its own."""
    return held if NOTHING < held - quantity < least else quantity


def netted(entry: Order, positions: Sequence[SubPosition]) -> Order:
    """Return an entry as an addition where its strategy holds something already: one position each."""
    if entry.parent != entry.id or any(one.parent == entry.id for one in positions):
        return entry
    held = next((one for one in positions if one.strategy == entry.strategy), None)
    return replace(entry, parent=held.parent) if held else entry


def cost_of(position: SubPosition, quantity: Decimal) -> Decimal:
    """Return what a part of a position cost on average; the last part costs what is left, to the last digit."""
    if quantity == position.quantity:
        return position.cost
    return (position.cost * quantity / position.quantity).quantize(_CENT_OF_A_CENT, ROUND_HALF_EVEN)


def part_sold(position: SubPosition, quantity: Decimal, cost: Decimal, realised: Decimal) -> SubPosition:
    """Return what is left of a position of which a part was sold; it keeps in mind what that has brought."""
    return replace(
        position,
        quantity=position.quantity - quantity,
        cost=position.cost - cost,
        gained=position.gained + realised,
        sold=position.sold + cost,
    )


def level_after(entry: Order, level: Order, *, adds: bool) -> Decimal:
    """Return where a level stands after an entry filled into its position: a ladder moves none.

    A person's own price moves it with the first part of what `adds`; where it was moved to since then, it stays.
    """
    wanted = entry.stop if level.leg is Leg.STOP else entry.target
    return wanted if wanted and adds and entry.source in AT_ONCE else level.price


def exit_of(entry: Order, leg: Leg, level: Decimal, ts: int) -> Order:
    """Return the stop or target that an entry brings."""
    return Order(
        id=intent_id(entry.id, leg),
        account=entry.account,
        instrument=entry.instrument,
        strategy=entry.strategy,
        leg=leg,
        side=Side.SELL,
        quantity=entry.quantity,
        parent=entry.id,
        created=ts,
        price=level,
        status=OrderStatus.ACCEPTED,
        reason=leg,
        trace=entry.trace,
    )
