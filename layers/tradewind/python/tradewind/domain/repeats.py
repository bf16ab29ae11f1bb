"""How a repeat of an order is known for one, whatever key it comes under."""

from tradewind.domain.identifiers import content_hash
from tradewind.domain.order import Order

REPEATED_WITHIN = 10_000
"""Milliseconds."""


def fingerprint(order: Order) -> str:
    """Return what two orders share that ask for the same."""
    told = [order.instrument, order.strategy, order.side, order.quantity, order.stop, order.target]
    return content_hash(repr([*map(str, told), order.terms.to_row()]).encode())[:16]
