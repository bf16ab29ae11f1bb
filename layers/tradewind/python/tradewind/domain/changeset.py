"""Everything that one ledger transaction writes, all or nothing."""

from dataclasses import dataclass

from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import Order
from tradewind.domain.venue import VenueFlow

MOST_WRITES = 100
"""Items that one transaction may write: account and book, the journal's entry, and each order, fill and movement."""


@dataclass(frozen=True, slots=True)
class Changeset:
    """The state after a transaction, and what it is conditional on.

    Attributes
    ----------
    account : Account
        Written if the stored `seq` is one less (or the account is not stored yet and `seq` is 1).
    book : Book or None
        Written if the stored version is `book_version`; None where the instrument's book is not touched.
    adds_risk : bool
        Also conditional on the account's control being NORMAL.
    control_version : int
        And on its being of this version, where it is not -1: what was looked at still holds.
    flows : tuple of VenueFlow
        Movements of balances that none of our orders made, each written once by its id.
    """

    account: Account
    book: Book | None
    book_version: int
    orders: tuple[Order, ...]
    fills: tuple[Fill, ...]
    entry: JournalEntry
    adds_risk: bool = False
    control_version: int = -1
    flows: tuple[VenueFlow, ...] = ()
