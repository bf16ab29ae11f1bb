"""What the ledger records when somebody has changed an order, or may not."""

from dataclasses import replace
from decimal import Decimal

from tradewind.domain.changeset import Changeset
from tradewind.domain.events import Event, Severity
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import Order, OrderStatus
from tradewind.domain.order_terms import OrderKind
from tradewind.domain.replace_message import ReplaceMessage
from tradewind.execution.transactions import written

_ASKED = frozenset({OrderStatus.PENDING_UPDATE, OrderStatus.PENDING_CANCEL})


def as_there(order: Order, quantity: Decimal, limit: Decimal, trigger: Decimal) -> Order:
    """Return a resting order as its venue's row has it; itself where that says nothing else, or a change is under way.

    A position's levels are brought by others to where the ledger has them.
    """
    if not order.rests or order.held_here or order.status.is_unclear or order.status in _ASKED:
        return order
    terms = order.terms
    if terms.kind is OrderKind.LIMIT and limit:
        terms = replace(terms, limit=limit)
    elif terms.kind in {OrderKind.STOP, OrderKind.TAKE_PROFIT} and trigger:
        terms = replace(terms, trigger=trigger)
    elif terms.kind is OrderKind.STOP_LIMIT and limit and trigger:
        terms = replace(terms, limit=limit, trigger=trigger)
    return replace(order, quantity=quantity or order.quantity, terms=terms)


def changed(account: Account, book: Book, order: Order, message: ReplaceMessage) -> Changeset:
    """Record an order as somebody changed it."""
    text = f"{order.leg} {order.side} {order.instrument} changed by {message.by}: {message.reason}"
    return _revised(account, book, order, message, Event("ORDER_CHANGED", Severity.INFO, text, book.instrument))


def refused_change(account: Account, book: Book, order: Order, message: ReplaceMessage, why: str) -> Changeset:
    """Record that a change was refused; the order works on as it was."""
    text = f"{order.leg} {order.side} {order.instrument} is not changed: {why} (asked by {message.by})"
    order = replace(order, reason=f"CHANGE_REFUSED {why}")
    event = Event("CHANGE_REFUSED", Severity.WARNING, text, book.instrument)
    return _revised(account, book, order, message, event)


def changed_elsewhere(account: Account, book: Book, before: Order, after: Order, ts: int) -> Changeset:
    """Record an order as its venue has it, where nobody here is known to have changed it."""
    ours, theirs = (f"{one.quantity:f} at {one.terms.price:f}" for one in (before, after))
    text = f"{after.leg} {after.side} {after.instrument} is over {theirs} at its venue, and was over {ours} here"
    facts = {"order_id": after.id, "before": ours, "after": theirs, "trace": after.trace}
    event = Event("ORDER_CHANGED_ELSEWHERE", Severity.WARNING, text, book.instrument, facts)
    return _written(account, book, after, ts, event)


def _revised(account: Account, book: Book, order: Order, message: ReplaceMessage, event: Event) -> Changeset:
    facts = {"order_id": order.id, "by": message.by, "reason": message.reason, "key": message.key}
    asked = {name: str(getattr(message.change, name)) for name in ("quantity", "limit", "trigger", "trail")}
    event = replace(event, data={**facts, **asked, "trace": order.trace})
    return _written(account, book, order, message.ts, event)


def _written(account: Account, book: Book, order: Order, ts: int, event: Event) -> Changeset:
    kept = tuple(order if one.id == order.id else one for one in book.orders)
    after = replace(book, version=book.version + 1, orders=kept)
    changeset = written(account, after, book.version, (), (), ts, (event,))
    return replace(changeset, orders=(order,))  # told by the one event
