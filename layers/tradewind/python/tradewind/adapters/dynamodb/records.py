"""The ledger's table as those read it who look and never write."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.table import Table
from tradewind.application.ports_reading import Records
from tradewind.domain.ledger import Account, Book


@dataclass(frozen=True, slots=True)
class DynamoRecords(Records):
    """Records in the ledger table."""

    table: Table

    def account(self, name: str) -> Account | None:
        """Return an account, or None before its first transaction."""
        item = self.table.get(*items.account_key(name))
        return items.account_of(item) if item else None

    def active_books(self, account: Account) -> Sequence[Book]:
        """Return the books that the account's stakes name, in one request for a hundred."""
        keys = [items.book_key(account.name, name) for name in sorted(account.stakes)]
        found = self.table.get_many(keys)
        return [items.book_of(account.name, found[one])[0] for one in keys if one in found]
