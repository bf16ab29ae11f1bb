"""What is held, strategy by strategy, with the levels that protect it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.order import Leg


@dataclass(frozen=True, slots=True)
class Holding:
    """One strategy's part of an instrument, at its last mark.

    Attributes
    ----------
    entry, mark, value, unrealised : Decimal
        Average price paid and last close; what it is worth, and that less its cost, in the quote currency.
    stop, target : Decimal or None
        The working levels, None where there are none.
    opened : int
        UTC ms of the first entry.
    """

    account: str
    instrument: InstrumentId
    strategy: str
    quantity: Decimal
    entry: Decimal
    mark: Decimal
    value: Decimal
    unrealised: Decimal
    stop: Decimal | None
    target: Decimal | None
    opened: int
    bars_held: int


def holdings(books: Iterable[Book]) -> list[Holding]:
    """Return every sub-position of some books, in their order."""
    return [_holding(book, position) for book in books for position in book.positions]


def _holding(book: Book, position: SubPosition) -> Holding:
    levels = {order.leg: order.price for order in book.orders if order.parent == position.parent}
    value = position.quantity * book.mark
    return Holding(
        account=book.account,
        instrument=book.instrument,
        strategy=position.strategy,
        quantity=position.quantity,
        entry=position.cost / position.quantity,
        mark=book.mark,
        value=value,
        unrealised=value - position.cost,
        stop=levels.get(Leg.STOP),
        target=levels.get(Leg.TARGET),
        opened=position.opened,
        bars_held=position.bars_held,
    )
