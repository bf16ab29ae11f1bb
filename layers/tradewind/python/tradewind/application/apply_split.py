"""Apply a confirmed split to one book: position, orders and stops in one ledger transaction, and never twice."""

from dataclasses import replace

from tradewind.application.apply_bars import account_of
from tradewind.application.ports import Ledger
from tradewind.domain.configuration import Configuration
from tradewind.domain.split_message import SplitMessage
from tradewind.domain.timeframe import DAY
from tradewind.execution.transactions import split


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
    ledger.commit(split(account, replace(book, split=message.split), rules, message.factor, message.ts))
