"""What those who look ask of the world: the ledger and the decisions as people read them. Nothing here writes."""

from collections.abc import Sequence
from typing import Protocol

from tradewind.domain.ledger import Account, Book


class Records(Protocol):
    """The ledger, read for people."""

    def account(self, name: str) -> Account | None:
        """Return an account, or None before its first transaction."""

    def active_books(self, account: Account) -> Sequence[Book]:
        """Return the books with a position or a working order, by instrument."""
