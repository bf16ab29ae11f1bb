"""A split of shares: what is held, what waits and where stops stand, on the scale after it. Pure bookkeeping."""

from dataclasses import replace
from decimal import Decimal

from tradewind.domain.changeset import Changeset
from tradewind.domain.errors import PermanentError
from tradewind.domain.events import Event, Severity
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Account, Book, SubPosition
from tradewind.domain.order import Order
from tradewind.execution.transactions import written


def split(account: Account, book: Book, rules: Instrument, factor: Decimal, ts: int) -> Changeset:
    """Scale a book by so many new shares for one old: what is held costs the same, and stops stand where they stood.

    Raises
    ------
    PermanentError
        If a position or an order would not be a whole number of lots.
    """
    positions = tuple(_split_position(one, rules, factor) for one in book.positions)
    orders = tuple(_split_order(order, rules, factor) for order in book.orders)
    after = replace(
        book, version=book.version + 1, mark=_tick(book.mark / factor, rules), positions=positions, orders=orders
    )
    text = f"{book.instrument} was split {factor.normalize():f} for 1: position, orders and stops are scaled"
    facts = {"factor": str(factor)}
    event = Event("SPLIT_APPLIED", Severity.WARNING, text, book.instrument, facts)
    changeset = written(account, after, book.version, (), (), ts, (event,))
    return replace(changeset, orders=orders)  # told by the one event; a transaction writes them all


def _split_position(held: SubPosition, rules: Instrument, factor: Decimal) -> SubPosition:
    lost = _tick(held.lost_stop / factor, rules)
    return replace(held, quantity=_scaled(held.quantity, rules, factor), lost_stop=lost)


def _split_order(order: Order, rules: Instrument, factor: Decimal) -> Order:
    def price(before: Decimal) -> Decimal:
        return _tick(before / factor, rules)

    terms = order.terms
    if not order.is_plain:  # what waits for a price of the old scale would fill at once on the new one, or never
        limit, trigger, trail = map(price, (terms.limit, terms.trigger, terms.trail))
        terms = replace(terms, limit=limit, trigger=trigger, trail=trail)
    quantity, filled = (_scaled(amount, rules, factor) for amount in (order.quantity, order.filled))
    stop, target, worst = map(price, (order.stop, order.target, order.worst_price))
    levels = replace(order, price=price(order.price), stop=stop, target=target, worst_price=worst)
    return replace(levels, quantity=quantity, filled=filled, terms=terms)


def _scaled(quantity: Decimal, rules: Instrument, factor: Decimal) -> Decimal:
    lots = quantity * factor / rules.lot
    if lots != lots.to_integral_value():
        raise PermanentError(
            f"{rules.id}: {quantity} times {factor} is no whole number of lots of {rules.lot}: settle the rest by hand"
        )
    return quantity * factor


def _tick(price: Decimal, rules: Instrument) -> Decimal:
    return (price / rules.tick).to_integral_value() * rules.tick
