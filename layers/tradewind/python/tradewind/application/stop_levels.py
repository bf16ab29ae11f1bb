"""Where a position's stop belongs: where it stands, where it stood last, or where its entry said."""

from decimal import Decimal

from tradewind.application.ports import Ledger
from tradewind.domain.identifiers import intent_id
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.order import NOTHING, Leg


def stop_level(ledger: Ledger, book: Book, held: SubPosition) -> Decimal:
    """Return the price at which a position is to be left at a loss, on the book's own scale; 0 where nobody said one.

    An order that has ended keeps the scale on which it ended, so the position's own memory comes before it.
    """
    stop = book.bracket(held.parent, Leg.STOP)
    if stop and stop.price:
        return stop.price
    return held.lost_stop or _declared(ledger, book, held)


def _declared(ledger: Ledger, book: Book, held: SubPosition) -> Decimal:
    """Return what the stop that the entry brought, or else the entry itself, names."""
    first = ledger.view(book.account, book.instrument, intent_id(held.parent, Leg.STOP)).order
    if first and first.price:
        return first.price
    entry = ledger.view(book.account, book.instrument, held.parent).order
    return entry.stop if entry else NOTHING
