"""What a bar, or a venue's answer, did to one book."""

from dataclasses import dataclass
from decimal import Decimal

from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import content_hash
from tradewind.domain.ledger import Book
from tradewind.domain.order import NOTHING, Order
from tradewind.domain.venue import VenueFlow


@dataclass(frozen=True, slots=True)
class BarOutcome:
    """What one bar did to one book.

    Attributes
    ----------
    orders : tuple of Order
        Every order that began or ended in this bar, in its new state.
    flows : tuple of VenueFlow
        Coins that belong to no position any more, or were charged apart from it.
    """

    book: Book
    fills: tuple[Fill, ...]
    orders: tuple[Order, ...]
    flows: tuple[VenueFlow, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether orders or positions moved: a transaction; else only the mark did."""
        return bool(self.orders)

    def digest(self) -> str:
        """Digest of what filled and what ended; empty where nothing did."""
        if not self.changes:
            return ""
        fills = [f"{fill.trade_id} {fill.quantity} {fill.price} {fill.fee}" for fill in self.fills]
        orders = [f"{order.id} {order.status}" for order in self.orders]
        return content_hash("|".join(fills + orders).encode())

    @property
    def losses(self) -> Decimal:
        """Sum of what was realised below zero: losses count at once, gains from the next bar on."""
        return sum((fill.realised for fill in self.fills if fill.realised < 0), NOTHING)
