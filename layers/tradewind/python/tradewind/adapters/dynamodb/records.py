"""Both tables as those read them who look and never trade."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.decisions import record_of
from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.adapters.dynamodb.slice_log import read_step_key, step_key
from tradewind.adapters.dynamodb.table import Table
from tradewind.application.in_time import first_later
from tradewind.application.ports_reading import Past, Records, WrittenOrder
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.ledger import Account, Book
from tradewind.domain.slice import Slice

_AT_ONCE = 100
"""Decisions items that one request asks for: some megabytes."""


@dataclass(frozen=True, slots=True)
class DynamoRecords(Records):
    """Records in the ledger table."""

    table: Table

    def account(self, name: str) -> Account | None:
        """Return an account, or None before its first transaction."""
        return queries.account(self.table, name)

    def active_books(self, account: Account) -> Sequence[Book]:
        """Return the books that the account's stakes name, in one request for a hundred."""
        keys = [items.book_key(account.name, name) for name in sorted(account.stakes)]
        found = self.table.get_many(keys)
        return [items.book_of(account.name, found[one])[0] for one in keys if one in found]

    def entries(self, journal: str, before: int, limit: int) -> Sequence[JournalEntry]:
        """Return entries with a lower number, the latest first."""
        top = min(before - 1, self._head(journal))
        return self._numbered(journal, range(top, max(0, top - limit), -1))

    def entries_after(self, journal: str, after: int, limit: int) -> Sequence[JournalEntry]:
        """Return entries with a higher number, the oldest first."""
        return self._numbered(journal, range(after + 1, min(after + limit, self._head(journal)) + 1))

    def first_later(self, journal: str, ts: int) -> int:
        """Return the number of a journal's first entry after a time, one above its last where there is none."""

        def times(numbers: Sequence[int]) -> Mapping[int, int]:
            return {one.seq: one.ts for one in self._numbered(journal, numbers)}

        return first_later(times, self._head(journal), ts)

    def _numbered(self, journal: str, numbers: Sequence[int]) -> Sequence[JournalEntry]:
        """Read entries by their keys: their numbers have no gaps, so nothing need be searched."""
        keys = [items.journal_key(journal, number) for number in numbers]
        found = self.table.get_many(keys)
        return [items.entry_of(found[one]) for one in keys if one in found]

    def _head(self, journal: str) -> int:
        """Return the number of the last entry: an account names its own, another journal is asked."""
        account = queries.account(self.table, journal)
        return account.seq if account else DynamoJournal(self.table).head(journal)[0]

    def orders(self, account: str, ids: Iterable[IntentId]) -> Mapping[IntentId, WrittenOrder]:
        """Return those of the orders that are there, a hundred in a request."""
        found = self.table.get_many(items.order_key(account, one) for one in ids)
        every = (WrittenOrder(items.order_of(item), items.seq_of(item)) for item in found.values())
        return {one.order.id: one for one in every}

    def fills(self, account: str, trade_ids: Iterable[str]) -> Mapping[str, Fill]:
        """Return those of the fills that are there, a hundred in a request."""
        found = self.table.get_many(items.fill_key(account, one) for one in trade_ids)
        return {fill.trade_id: fill for fill in map(items.fill_of, found.values())}


@dataclass(frozen=True, slots=True)
class DynamoPast(Past):
    """Decisions and slices in the market table."""

    table: Table

    def editions(self, shard: str, ts: int, rev: int, limit: int) -> Sequence[DecisionRecord]:
        """Return a shard's decisions that are not after those of a bar's close and revision, the latest first."""
        found = self.table.query(f"DECISIONS#{shard}", last=step_key(ts, rev), limit=limit, backwards=True)
        return list(map(record_of, found))

    def decisions(self, shard: str, start: int, end: int) -> Sequence[DecisionRecord]:
        """Return a shard's decisions with `start < ts <= end`, every revision, by time."""
        return list(queries.decisions(self.table, shard, start, end))

    def first_decisions(self, bars: Iterable[tuple[str, int]]) -> Iterator[DecisionRecord]:
        """Yield what was first decided on some bars: a hundred in a request, one at a time in memory."""
        for some in batched(bars, _AT_ONCE, strict=False):
            found = self.table.get_many((f"DECISIONS#{shard}", step_key(ts, 1)) for shard, ts in some)
            yield from map(record_of, found.values())

    def slices(self, shard: str, start: int, end: int) -> Sequence[Slice]:
        """Return the latest revision of each slice with `start < ts_close <= end`, oldest first."""
        return queries.slices(self.table, shard, start, end)

    def around(self, shard: str, time: int) -> Sequence[int]:
        """Return `ts` of the last decision up to a time and of the first one after it."""
        pk = f"DECISIONS#{shard}"
        before = self.table.query(pk, last=step_key(time, 0), limit=1, backwards=True, keys_only=True)
        after = self.table.query(pk, first=step_key(time + 1, 0), limit=1, keys_only=True)
        return [read_step_key(item["sk"]["S"])[0] for found in (before, after) for item in found]
