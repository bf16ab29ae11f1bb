"""What is traded, and the grid that its prices and quantities live on."""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import NewType

from tradewind.domain.errors import BadInputError

InstrumentId = NewType("InstrumentId", str)
"""`SYMBOL.VENUE`, for example `BTC-USD.KRAKEN`."""


def instrument_id(symbol: str, venue: str) -> InstrumentId:
    """Join a symbol and a venue; both are upper-cased."""
    return InstrumentId(f"{symbol.upper()}.{venue.upper()}")


def venue_of(name: InstrumentId) -> str:
    """Return where an instrument is traded."""
    return name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument's trading rules.

    Attributes
    ----------
    tick : Decimal
        Smallest step of price, in the quote currency.
    lot : Decimal
        Smallest step of quantity, in shares or coins.
    minimum_notional : Decimal
        Smallest order value that the venue takes, in the quote currency.
    minimum_quantity : Decimal
        Smallest order that the venue takes, in shares or coins.
    """

    id: InstrumentId
    tick: Decimal
    lot: Decimal
    minimum_notional: Decimal = Decimal(0)
    minimum_quantity: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if self.tick <= 0 or self.lot <= 0:
            raise BadInputError(f"{self.id}: tick and lot must be positive, not {self.tick} and {self.lot}")

    def least(self, price: Decimal) -> Decimal:
        """Return the smallest quantity that the venue takes at a price, in whole lots; less is dust."""
        by_value = self.minimum_notional / price if price else Decimal(0)
        lots = max(self.lot, self.minimum_quantity, by_value) / self.lot
        return lots.to_integral_value(ROUND_UP) * self.lot

    def ticks(self, price: float) -> int:
        """Return a price as whole ticks, to the nearest."""
        return int(price / float(self.tick) + 0.5)

    def price(self, ticks: int) -> Decimal:
        """Return whole ticks as an exact price."""
        return ticks * self.tick

    def lots(self, quantity: float) -> int:
        """Return a quantity as whole lots, rounded down: never more than was asked for.

        A millionth of a lot is forgiven, so that a quantity that is a whole number of lots stays one.
        """
        return int(quantity / float(self.lot) + 1e-6)

    def quantity(self, lots: int) -> Decimal:
        """Return whole lots as an exact quantity."""
        return lots * self.lot
