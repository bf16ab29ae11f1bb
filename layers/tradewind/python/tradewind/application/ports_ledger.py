"""What the core asks of the ledger: accounts, books, orders, journals and the kill switch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tradewind.domain.changeset import Changeset
from tradewind.domain.events import JournalEntry
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book, Control
from tradewind.domain.order import Order


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What the executor needs of the ledger for one message, read strongly consistent in one request."""

    account: Account | None
    book: Book
    control: Control
    order: Order | None


@dataclass(frozen=True, slots=True)
class AccountSnapshot:
    """What the evaluator needs of one account at one moment.

    Attributes
    ----------
    books : mapping
        Every active instrument's book, and those asked for.
    absent : frozenset
        Of the intents asked for, those without an order.
    """

    account: Account | None
    control: Control
    books: Mapping[InstrumentId, Book] = field(default_factory=dict)
    absent: frozenset[IntentId] = frozenset()


class Ledger(Protocol):
    """Accounts, books, orders, fills and the journal. Only the executor commits."""

    def view(self, account: str, instrument: InstrumentId, order_id: IntentId | None) -> LedgerView:
        """Return the account, one book, its control and one order; books that are not stored are new ones."""

    def snapshot(
        self, account: str, instruments: Sequence[InstrumentId], intents: Sequence[IntentId]
    ) -> AccountSnapshot:
        """Return an untorn snapshot: every active book, the books of `instruments`, and which intents are absent."""

    def booked(self, account: str, trade_ids: Sequence[str]) -> frozenset[str]:
        """Return which of a venue's trades are booked, strongly consistent."""

    def flowed(self, account: str, flow_ids: Sequence[str]) -> frozenset[str]:
        """Return which movements of balances are booked, strongly consistent."""

    def commit(self, changeset: Changeset) -> None:
        """Write all of it or nothing.

        Raises
        ------
        ConflictError
            If the account, the book or the control has moved since it was read.
        """

    def mark(self, book: Book) -> None:
        """Store the last bar, the mark and the bars held if they are later and the version is unchanged.

        Raises
        ------
        ConflictError
            If the stored version is another.
        """


class Reconciliations(Protocol):
    """How far each account was compared with its venue."""

    def last(self, account: str) -> int:
        """Return UTC ms of the venue up to which nothing is open any more; 0 for never."""

    def done(self, account: str, ts: int) -> None:
        """Record it; never goes back."""


class Controls(Protocol):
    """The kill switch. It is written directly, so that it stops the very next order."""

    def get(self, account: str) -> Control:
        """Return an account's control, strongly consistent."""

    def set(self, account: str, control: Control, entry: JournalEntry) -> None:
        """Store it with its entry in the `system` journal if the stored version is one less.

        Raises
        ------
        ConflictError
            If somebody else was faster; read again.
        """


class Journal(Protocol):
    """Journals as those read them who announce."""

    def after(self, journal: str, seq: int, limit: int) -> list[JournalEntry]:
        """Return entries with a higher number, in order, strongly consistent."""

    def unpublished(self, journal: str, limit: int) -> list[JournalEntry]:
        """Return the first entries that were not announced, in order, strongly consistent; fewer if there are no more.

        What is written meanwhile may be left out.
        """

    def head(self, journal: str) -> tuple[int, str]:
        """Return the last entry's number and hash; (0, START) for an empty journal."""

    def append(self, entry: JournalEntry) -> None:
        """Append to a journal that no account owns (`system`).

        Raises
        ------
        ConflictError
            If the number is taken.
        """

    def published(self, journal: str) -> int:
        """Return the number of the last entry that was announced."""

    def mark_published(self, journal: str, seq: int) -> None:
        """Record that every entry up to `seq` was announced; never goes back."""
