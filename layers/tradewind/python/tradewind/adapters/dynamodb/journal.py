"""The journals as those read them who announce."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.failures import ConditionError
from tradewind.adapters.dynamodb.table import ABSENT, Condition, Item, Key, Table, number
from tradewind.application.ports import Journal
from tradewind.domain.events import JournalEntry
from tradewind.domain.ledger import START

_PAGE = 10
"""Entries read at once: as a rule one or two are new."""


@dataclass(frozen=True, slots=True)
class DynamoJournal(Journal):
    """Journals in the ledger table."""

    table: Table
    _announced: dict[str, int] = field(default_factory=dict)
    """What `unpublished` takes a journal's last announced number for, before it has read it."""

    def after(self, journal: str, seq: int, limit: int) -> list[JournalEntry]:
        """Return entries with a higher number, in order, strongly consistent."""
        found: list[JournalEntry] = []
        while len(found) < limit:
            page = self._page(journal, seq + len(found), min(limit - len(found), _PAGE))
            found += page
            if len(page) < _PAGE:
                break
        return found

    def _page(self, journal: str, seq: int, count: int) -> list[JournalEntry]:
        """Read the next numbers by their keys: they have no gaps, so nothing need be searched.

        The keys are read one after the other. Entries that are written meanwhile may show a later number without the
        one before it: whatever follows the first absent number waits for the next call, or its alert would be lost.
        """
        keys = _keys(journal, seq, count)
        return _entries(self.table.get_many(keys), keys)

    def unpublished(self, journal: str, limit: int) -> list[JournalEntry]:
        """Read the mark together with what follows it where it was last seen: as a rule nobody else has moved it."""
        guess, mark = self._announced.get(journal, 0), items.published_key(journal)
        keys = _keys(journal, guess, min(limit, _PAGE))
        there = self.table.get_many([mark, *keys])
        seq = self._announced[journal] = _seq_of(there.get(mark))
        found = _entries(there, keys) if seq == guess else self._page(journal, seq, min(limit, _PAGE))
        return found + self.after(journal, seq + len(found), limit - len(found)) if len(found) == _PAGE else found

    def head(self, journal: str) -> tuple[int, str]:
        """Return the last entry's number and hash."""
        pk, _ = items.journal_key(journal, 0)
        for item in self.table.query(pk, limit=1, backwards=True):
            entry = items.entry_of(item)
            return entry.seq, entry.hash
        return 0, START

    def append(self, entry: JournalEntry) -> None:
        """Append to a journal that no account owns."""
        self.table.put(items.entry_item(entry), ABSENT)

    def published(self, journal: str) -> int:
        """Return the number of the last entry that was announced."""
        return _seq_of(self.table.get(*items.published_key(journal)))

    def mark_published(self, journal: str, seq: int) -> None:
        """Record that every entry up to `seq` was announced; a lower number changes nothing."""
        pk, sk = items.published_key(journal)
        later = Condition("attribute_not_exists(seq) OR seq < :seq", values={":seq": number(seq)})
        with suppress(ConditionError):
            self.table.update(pk, sk, "SET seq = :seq", later)
            self._announced[journal] = seq


def _keys(journal: str, seq: int, count: int) -> list[Key]:
    """Return where the next entries after a number lie."""
    return [items.journal_key(journal, seq + i) for i in range(1, count + 1)]


def _entries(there: Mapping[Key, Item], keys: Sequence[Key]) -> list[JournalEntry]:
    """Return entries up to the first that is absent."""
    return [items.entry_of(there[one]) for one in takewhile(there.__contains__, keys)]


def _seq_of(item: Item | None) -> int:
    if item is None:
        return 0
    with codec.reading(items.where(item)):
        return int(item["seq"]["N"])
