"""Fills: single executions."""

from dataclasses import dataclass
from decimal import Decimal

from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Leg, Order, Side


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of an order.

    Attributes
    ----------
    trade_id : str
        The venue's own id of the trade; a fill is booked once by it.
    price, quantity, fee : Decimal
        In the quote currency, in shares or coins, in the quote currency.
    realised : Decimal
        Profit or loss that this fill realised, after its fee, in the quote currency.
    parent : IntentId
        The entry that opened the sub-position: entry and exits of a round trip share it.
    """

    trade_id: str
    order_id: IntentId
    account: str
    instrument: InstrumentId
    strategy: str
    leg: Leg
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    realised: Decimal
    ts: int
    parent: IntentId
    reason: str = ""

    @property
    def flow(self) -> Decimal:
        """What it moved into the account, its fee apart from it; negative of a purchase, in the quote currency."""
        notional = self.quantity * self.price
        return (notional if self.side is Side.SELL else -notional) - self.fee

    @classmethod
    def of(
        cls, order: Order, part: int, quantity: Decimal, price: Decimal, fee: Decimal, realised: Decimal, ts: int
    ) -> "Fill":
        """Return the fill of an order on paper; `part` counts the fills of one order from 1."""
        return cls(
            trade_id=f"{order.id}-{part}",
            order_id=order.id,
            account=order.account,
            instrument=order.instrument,
            strategy=order.strategy,
            leg=order.leg,
            side=order.side,
            quantity=quantity,
            price=price,
            fee=fee,
            realised=realised,
            ts=ts,
            parent=order.parent,
            reason=order.reason,
        )
