"""What can be wrong with a position's stop: it is missing, of another size, or only the ledger believes in it. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from tradewind.application.ports_venue import VenueOrder
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.order import ELSEWHERE, NOTHING, Leg, Order, OrderStatus
from tradewind.domain.timeframe import MINUTE

_SOON = 2 * MINUTE
"""So long an exit of which nothing is known yet counts as on its way: two runs."""


class Fault(StrEnum):
    """What is wrong with a position's stop."""

    MISSING = "STOP_MISSING"
    WRONG_SIZE = "STOP_WRONG_SIZE"
    NOT_AT_VENUE = "STOP_NOT_AT_VENUE"
    LEFT_OVER = "STOP_LEFT_OVER"
    DUST = "POSITION_IS_DUST"
    PASSED = "STOP_PASSED"
    ELSEWHERE = "OPENED_ELSEWHERE"


def leaving(book: Book, position: SubPosition, now: int) -> Decimal:
    """Return how much of a position its venue is selling, as far as that is known or may soon be.

    An exit that stays unclear for longer is not counted: repairing the stop asks the venue about it first.
    """
    soon = (one for one in book.exits(position.parent) if not one.status.is_unclear or one.created > now - _SOON)
    return sum((one.left for one in soon), NOTHING)


def fault_of(
    book: Book, position: SubPosition, rules: Instrument, there: Mapping[str, VenueOrder] | None, leaves: Decimal
) -> tuple[Fault, str] | None:
    """Return what is wrong with a stop; on paper what is being sold keeps its stop until it is."""
    lot, leaves = rules.lot, NOTHING if there is None else leaves
    what = f"{position.quantity:f} {book.instrument} of {position.strategy} in {book.account}"
    if there is not None and not leaves and _is_dust(book, position, rules):
        coming = any(one.parent == position.parent and one.leg is Leg.ENTRY for one in book.orders)
        return None if coming else (Fault.DUST, f"{what} are too little to be sold")
    if position.quantity < lot:
        return None  # nobody can sell it
    if position.strategy == ELSEWHERE:
        return Fault.ELSEWHERE, f"{what} were opened elsewhere: nothing here watches over them"
    if position.quantity - leaves < lot:
        return None  # it is being sold, and its stop was taken back for that
    stop = book.bracket(position.parent, Leg.STOP)
    if stop is None or not stop.price or not stop.status.is_working:
        return Fault.MISSING, f"{what} have no stop"
    if not book.protects(position.parent, lot, leaves):
        return Fault.WRONG_SIZE, f"{what} have a stop over {stop.left:f}"
    if there is None:
        return None
    return _at_the_venue(stop, there, what, leaves) or _passed(book, position, stop, there[stop.id], what)


def _passed(book: Book, position: SubPosition, stop: Order, there: VenueOrder, what: str) -> tuple[Fault, str] | None:
    """Return that a stop rests although the price is beyond it: it had a limit at its venue, and the market gapped."""
    since = max(position.opened, stop.created)
    if there.status is not OrderStatus.TRIGGERED and not (book.last_bar > since and NOTHING < book.mark < stop.price):
        return None
    return (
        Fault.PASSED,
        f"the price, {book.mark:f}, has passed the stop of {what} at {stop.price:f}, which does not fill",
    )


def _is_dust(book: Book, position: SubPosition, rules: Instrument) -> bool:
    """Tell whether what is held is too little to be sold, and has no stop."""
    watched = book.bracket(position.parent, Leg.STOP) or position.strategy == ELSEWHERE
    return not watched and position.quantity < rules.least(book.price_of(position))


def _at_the_venue(stop: Order, there: Mapping[str, VenueOrder], what: str, leaves: Decimal) -> tuple[Fault, str] | None:
    found = there.get(stop.id)
    if found is None:
        return Fault.NOT_AT_VENUE, f"the stop of {what} is not at the venue"
    if found.left not in {stop.left, stop.left - leaves} or (found.trigger and found.trigger != stop.price):
        told, due = f"over {found.left:f} at {found.trigger:f}", f"over {stop.left:f} at {stop.price:f}"
        return Fault.WRONG_SIZE, f"the stop of {what} is {told} at the venue, and should be {due}"
    return None
