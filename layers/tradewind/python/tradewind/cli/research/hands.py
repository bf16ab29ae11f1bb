"""What people filled at once on paper, as the journal keeps it: inputs of a replay, as bars are."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from tradewind.domain.configuration import AccountRules
from tradewind.domain.events import JournalEntry
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Book
from tradewind.domain.order import NOTHING, Order, OrderStatus
from tradewind.execution.paper import fill_now


@dataclass(frozen=True, slots=True)
class Hand:
    """One fill between two bars.

    Attributes
    ----------
    after : int
        `ts_close` of the last bar that its book had seen, UTC ms.
    quantity : Decimal or None
        How much was to be had; None where the entry does not say, and all of it was.
    """

    order: IntentId
    after: int
    ts: int
    price: Decimal
    quantity: Decimal | None


def hands(entries: Iterable[JournalEntry]) -> list[Hand]:
    """Return what a journal tells of fills by hand, in its own order."""
    told = (event.data or {} for entry in entries for event in entry.events if event.kind == "FILLED_BY_HAND")
    return [
        Hand(
            IntentId(facts["order_id"]),
            int(facts.get("after", facts["ts"])),
            int(facts["ts"]),
            Decimal(facts["price"]),
            Decimal(facts["quantity"]) if "quantity" in facts else None,
        )
        for facts in told
    ]


def filled_again(book: Book, hand: Hand, order: Order, instrument: Instrument, rules: AccountRules) -> Book:
    """Return a book after a fill by hand, at the price that was paid."""
    working = next((one for one in book.orders if one.id == order.id), None)
    if working is None:
        working = replace(order, status=OrderStatus.ACCEPTED, reason="", filled=NOTHING, parts=0)
        book = replace(book, orders=(*book.orders, working))
    return fill_now(book, working, hand.price, hand.ts, instrument, rules, hand.quantity).book
