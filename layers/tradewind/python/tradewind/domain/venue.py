"""What a venue shows of an account: orders, fills, balances and positions, in our words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import NOTHING, OrderStatus, Side

type Moves = Mapping[str, Decimal]
"""Signed amounts by currency or coin."""


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

    @property
    def left(self) -> Decimal:
        """How much of it is not executed yet."""
        return self.quantity - self.filled


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


class FlowKind(StrEnum):
    """Why an account's balances moved, where none of our orders moved them."""

    DEPOSIT = "DEPOSIT"
    WITHDRAWAL = "WITHDRAWAL"
    FEE = "FEE"
    """Charged apart from any trade."""
    FUNDING = "FUNDING"
    """Interest and funding rates: what it costs, or earns, that something is borrowed, lent or held over night."""
    DUST = "DUST"
    """Less than anybody can sell, or less than a rounding: it is kept account of and traded with no more."""
    TRADE = "TRADE"
    """A trade of an order that is none of ours."""
    OTHER = "OTHER"
    """Conversions, rewards, and whatever else a venue tells of."""


@dataclass(frozen=True, slots=True)
class VenueFlow:
    """One movement of an account's balances that none of our orders made.

    Attributes
    ----------
    flow_id : str
        The venue's own id: it is booked once by it.
    moves : mapping
        Signed amounts by currency or coin, what it cost included.
    ts : int
        UTC ms.
    instrument : str
        Whose position the coins left for what lies apart; empty where no position is concerned.
    cash : str
        The account's currency where it moved what is traded with; empty where all that moved lies apart.
    cost : Decimal
        What coins that left a position had cost, in the account's currency; 0 where a sale's gain tells it.
    parent : str
        The first entry of that position; empty where a sale is of it, too.
    """

    flow_id: str
    kind: FlowKind
    moves: Mapping[str, Decimal]
    ts: int
    text: str = ""
    instrument: str = ""
    cash: str = ""
    cost: Decimal = NOTHING
    parent: str = ""

    @property
    def apart(self) -> dict[str, Decimal]:
        """What it moved of what lies apart."""
        return {coin: amount for coin, amount in self.moves.items() if coin != self.cash}

    @property
    def paid(self) -> Decimal:
        """What it moved of the cash that is traded with."""
        return self.moves.get(self.cash, NOTHING)

    @property
    def fee(self) -> Decimal:
        """What of it was a fee on trading, in the account's currency."""
        return -self.paid if self.kind is FlowKind.FEE else NOTHING

    @property
    def realised(self) -> Decimal:
        """What it earned, in the account's currency; a loss below 0."""
        return self.paid - self.cost


def coins_of(instrument: InstrumentId) -> tuple[str, str]:
    """Return what an instrument's position consists of, and the currency that it is paid in; of a share the dollar."""
    base, _, quote = instrument.rpartition(".")[0].rpartition("-")
    return (base, quote) if base else (quote, "USD")


def added(*many: Moves) -> dict[str, Decimal]:
    """Return sums by coin, without those that come to nothing."""
    found: dict[str, Decimal] = {}
    for moves in many:
        for coin, amount in moves.items():
            found[coin] = found.get(coin, NOTHING) + amount
    return {coin: amount for coin, amount in found.items() if amount}
