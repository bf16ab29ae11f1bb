"""Apply a confirmed split to one book: position, orders and stops in one ledger transaction, and never twice."""

from dataclasses import replace

from tradewind.application.apply_bars import account_of
from tradewind.application.ports import Ledger
from tradewind.application.stop_levels import stop_level
from tradewind.domain.configuration import Configuration
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.order import Leg
from tradewind.domain.split_message import SplitMessage
from tradewind.domain.timeframe import DAY
from tradewind.execution.splitting import split


def apply_split(configuration: Configuration, ledger: Ledger, message: SplitMessage) -> None:
    """Scale a book, if it is still the one that the command was given for.

    Scaling moves the book's version, so a repeat of the message finds another one and changes nothing; and the book
    keeps which split it is scaled by, so that a command that was given again for a later version changes nothing.

    Raises
    ------
    ConflictError
        If the ledger moved meanwhile: call again.
    PermanentError
        If a position would not be a whole number of lots: close it, or settle the rest by hand.
    """
    view = ledger.view(message.account, message.instrument, None)
    book = view.book
    if book.version != message.assumed_version or book.split // DAY >= message.split // DAY or not book.is_active:
        return
    account = account_of(view.account, configuration.account(message.account))
    rules = configuration.instrument(message.instrument)
    positions = tuple(_minding(ledger, book, held) for held in book.positions)
    before = replace(book, split=message.split, positions=positions)
    ledger.commit(split(account, before, rules, message.factor, message.ts))


def _minding(ledger: Ledger, book: Book, held: SubPosition) -> SubPosition:
    """Return a position that knows where its stop belongs, for what ended before keeps the scale before."""
    stop = book.bracket(held.parent, Leg.STOP)
    return held if stop and stop.price else replace(held, lost_stop=stop_level(ledger, book, held))
