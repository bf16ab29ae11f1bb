"""What is asked of an exchange and what becomes of it, in no venue's words."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)
WORKING = frozenset({"open", "untriggered"})


class DeniedError(Exception):
    """The exchange says no; `why` is the exchange-neutral code that each venue has its own words for."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class Wish:
    """What somebody asks for, in no venue's words.

    Attributes
    ----------
    kind : str
        market, limit, stop, stop_limit, take_profit or trailing.
    lifetime : str
        GTC, IOC, FOK, DAY or GTD.
    arrives_by : int
        UTC ms; later it is refused.
    """

    symbol: str
    side: str
    quantity: Decimal
    kind: str = "market"
    limit: Decimal = ZERO
    trigger: Decimal = ZERO
    trail: Decimal = ZERO
    lifetime: str = "GTC"
    expires: int = 0
    post_only: bool = False
    client_id: str = ""
    arrives_by: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Placed:
    """An order that the exchange has."""

    id: str
    wish: Wish
    created: int
    updated: int
    state: str = "open"
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    fee: Decimal = ZERO
    reason: str = ""
    seen: int = 0
    best: Decimal = ZERO
    replaced_by: str = ""
    replaces: str = ""

    @property
    def left(self) -> Decimal:
        return self.wish.quantity - self.filled

    @property
    def average(self) -> Decimal:
        return self.cost / self.filled if self.filled else ZERO

    @property
    def sign(self) -> int:
        return 1 if self.wish.side == "buy" else -1


@dataclass(frozen=True)
class Trade:
    id: str
    order: Placed
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    ts: int
    maker: bool


@dataclass(frozen=True)
class Move:
    """What moved a balance besides trades: DEPOSIT, WITHDRAWAL, FEE or OTHER."""

    id: str
    kind: str
    coin: str
    amount: Decimal
    ts: int
