"""What a venue shows of an account: orders, fills, balances and positions, in our words."""

from dataclasses import dataclass
from decimal import Decimal

from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import NOTHING, OrderStatus, Side


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """An order as its venue shows it.

    Attributes
    ----------
    client_id : str
        Ours, that is the intent's; empty or unknown to us where somebody else placed it.
    limit, trigger, average_price : Decimal
        0 where it has none.
    created : int
        UTC ms.
    """

    client_id: str
    venue_id: str
    instrument: InstrumentId
    side: Side
    status: OrderStatus
    quantity: Decimal
    filled: Decimal = NOTHING
    average_price: Decimal = NOTHING
    limit: Decimal = NOTHING
    trigger: Decimal = NOTHING
    created: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VenueFill:
    """One execution as its venue shows it.

    Attributes
    ----------
    trade_id : str
        The venue's own id of the trade: it is booked once by it.
    client_id : str
        Of its order; empty where the venue does not say it with the trade.
    fee, fee_currency : Decimal, str
        Some venues take it in the coin that was bought.
    """

    trade_id: str
    client_id: str
    venue_id: str
    instrument: InstrumentId
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    ts: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account has of one currency or coin."""

    total: Decimal
    free: Decimal

    @property
    def locked(self) -> Decimal:
        """What working orders hold."""
        return self.total - self.free


@dataclass(frozen=True, slots=True)
class VenuePosition:
    """What an account holds of an instrument; the average price is 0 where the venue does not keep it."""

    quantity: Decimal
    average_price: Decimal = NOTHING
