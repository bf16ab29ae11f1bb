"""What the ledger records when somebody has changed an order, or may not."""

from dataclasses import replace

from tradewind.domain.changeset import Changeset
from tradewind.domain.events import Event, Severity
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import Order
from tradewind.domain.replace_message import ReplaceMessage
from tradewind.execution.transactions import written


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


def _revised(account: Account, book: Book, order: Order, message: ReplaceMessage, event: Event) -> Changeset:
    facts = {"order_id": order.id, "by": message.by, "reason": message.reason, "key": message.key}
    asked = {name: str(getattr(message.change, name)) for name in ("quantity", "limit", "trigger", "trail")}
    event = replace(event, data={**facts, **asked, "trace": order.trace})
    kept = tuple(order if one.id == order.id else one for one in book.orders)
    after = replace(book, version=book.version + 1, orders=kept)
    changeset = written(account, after, book.version, (), (), message.ts, (event,))
    return replace(changeset, orders=(order,))  # told by the one event
