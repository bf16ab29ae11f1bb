"""How an order wants to be executed: its kind, its prices, how long it lives, and what it must not do."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

NOTHING = Decimal(0)


class OrderKind(StrEnum):
    """What makes an order trade, and at which price."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"
    TRAILING_STOP = "TRAILING_STOP"
    TAKE_PROFIT = "TAKE_PROFIT"


class TimeInForce(StrEnum):
    """How long an order lives."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    DAY = "DAY"
    GTD = "GTD"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a venue is asked for.

    Attributes
    ----------
    limit, trigger : Decimal
        The worst price it may trade at, and the price that wakes it; 0 where its kind has none.
    trail : Decimal
        Distance of a trailing stop from the best price since, in the quote currency.
    expires : int
        UTC ms at which a GTD order ends; of a DAY order the end of its venue's session, as we reckon it.
    post_only, reduce_only : bool
        It must not take, and it must not open.
    """

    kind: OrderKind
    limit: Decimal = NOTHING
    trigger: Decimal = NOTHING
    trail: Decimal = NOTHING
    lifetime: TimeInForce = TimeInForce.GTC
    expires: int = 0
    post_only: bool = False
    reduce_only: bool = False

    @property
    def rests(self) -> bool:
        """Whether it may wait in the market: neither at the market nor over at once."""
        return self.kind is not OrderKind.MARKET and self.lifetime not in {TimeInForce.IOC, TimeInForce.FOK}

    @property
    def price(self) -> Decimal:
        """What it would trade at, as far as its terms say: its limit, or else its trigger; 0 for a market order."""
        return self.limit or self.trigger

    def to_row(self) -> list[object]:
        """Return it as JSON has it."""
        prices = [str(self.limit), str(self.trigger), str(self.trail)]
        row = [self.kind, *prices, self.lifetime, self.expires, self.post_only]
        return [*row, True] if self.reduce_only else row

    @classmethod
    def from_row(cls, row: Any) -> "Terms":
        """Read what `to_row` wrote.

        Raises
        ------
        TypeError, ValueError, ArithmeticError
            If it is none.
        """
        kind, *prices, lifetime, expires = row[:6]
        flags = row[6:]
        if type(expires) is not int or any(type(one) is not str for one in prices):
            raise TypeError(f"{row!r} are no terms of an order")
        if not 0 < len(flags) < 3 or any(type(one) is not bool for one in flags):  # noqa: PLR2004 - two flags
            raise TypeError(f"{row!r} are no terms of an order")
        limit, trigger, trail = map(Decimal, prices)
        if not all(one.is_finite() and one >= 0 for one in (limit, trigger, trail)):
            raise ValueError(f"{prices!r} are no amounts")
        return cls(OrderKind(kind), limit, trigger, trail, TimeInForce(lifetime), expires, *flags)


AT_MARKET = Terms(OrderKind.MARKET)
