"""What those who look ask of the world: the ledger and the decisions as people read them. Nothing here writes orders.

Everything is asked for by key or by a bounded page, so that a question costs the same however much is stored.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import Order
from tradewind.domain.slice import Slice

LATEST = 10**12 - 1
"""Above every journal's number."""

ALWAYS = 9_999_999_999_999
"""Later than every bar: UTC ms in thirteen digits."""

EVERY_REVISION = 9_999


@dataclass(frozen=True, slots=True)
class WrittenOrder:
    """An order, and the number of the journal entry that wrote it last."""

    order: Order
    seq: int


class Records(Protocol):
    """The ledger, read for people."""

    def account(self, name: str) -> Account | None:
        """Return an account, or None before its first transaction."""

    def active_books(self, account: Account) -> Sequence[Book]:
        """Return the books with a position or a working order, by instrument."""

    def entries(self, journal: str, before: int, limit: int) -> Sequence[JournalEntry]:
        """Return entries with a lower number, the latest first."""

    def entries_after(self, journal: str, after: int, limit: int) -> Sequence[JournalEntry]:
        """Return entries with a higher number, the oldest first."""

    def first_later(self, journal: str, ts: int) -> int:
        """Return the number of a journal's first entry after a time, one above its last where there is none."""

    def orders(self, account: str, ids: Iterable[IntentId]) -> Mapping[IntentId, WrittenOrder]:
        """Return those of the orders that are there."""

    def fills(self, account: str, trade_ids: Iterable[str]) -> Mapping[str, Fill]:
        """Return those of the fills that are there."""


class Past(Protocol):
    """What was decided, and on what."""

    def editions(self, shard: str, ts: int, rev: int, limit: int) -> Sequence[DecisionRecord]:
        """Return a shard's decisions that are not after those of a bar's close and revision, the latest first."""

    def decisions(self, shard: str, start: int, end: int) -> Sequence[DecisionRecord]:
        """Return a shard's decisions with `start < ts <= end`, every revision, by time."""

    def first_decisions(self, bars: Iterable[tuple[str, int]]) -> Iterator[DecisionRecord]:
        """Yield what was first decided on some bars, by shard and `ts`, where it is hot; in no order."""

    def slices(self, shard: str, start: int, end: int) -> Sequence[Slice]:
        """Return the latest revision of each slice with `start < ts_close <= end`, oldest first."""

    def around(self, shard: str, time: int) -> Sequence[int]:
        """Return `ts` of the last decision up to a time and of the first one after it."""
