"""The ledger table in memory: accounts, books, orders, fills, journals, kill switches and the health board."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tradewind.application.ports import (
    AccountSnapshot,
    Board,
    Controls,
    HealthBoard,
    Journal,
    Ledger,
    LedgerView,
    Reconciliations,
)
from tradewind.domain.changeset import MOST_WRITES, Changeset
from tradewind.domain.errors import ConflictError, InvariantError, PermanentError
from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import START, Account, Book, Control, TradingState
from tradewind.domain.order import Order
from tradewind.domain.venue import VenueFlow


@dataclass
class LedgerItems:
    """What the table holds."""

    accounts: dict[str, Account] = field(default_factory=dict)
    books: dict[tuple[str, InstrumentId], Book] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)
    orders: dict[tuple[str, IntentId], Order] = field(default_factory=dict)
    fills: dict[tuple[str, str], Fill] = field(default_factory=dict)
    flows: dict[tuple[str, str], VenueFlow] = field(default_factory=dict)
    reconciled: dict[str, int] = field(default_factory=dict)
    journals: dict[str, list[JournalEntry]] = field(default_factory=dict)
    published: dict[str, int] = field(default_factory=dict)
    boards: dict[str, Board] = field(default_factory=dict)

    @property
    def board(self) -> Board:
        """What the watch said last."""
        return self.boards.get("BOARD", Board())

    def add_entry(self, entry: JournalEntry) -> None:
        journal = self.journals.setdefault(entry.journal, [])
        if entry.seq != len(journal) + 1:
            raise ConflictError(f"journal {entry.journal} has {len(journal)} entries, {entry.seq} does not follow")
        journal.append(entry)

    def book(self, account: str, instrument: InstrumentId) -> Book:
        return self.books.get((account, instrument)) or Book(account, instrument)


@dataclass
class FakeLedger(Ledger):
    items: LedgerItems = field(default_factory=LedgerItems)

    def view(self, account: str, instrument: InstrumentId, order_id: IntentId | None) -> LedgerView:
        items = self.items
        return LedgerView(
            items.accounts.get(account),
            items.book(account, instrument),
            items.controls.get(account, Control()),
            items.orders.get((account, order_id)) if order_id else None,
        )

    def snapshot(
        self, account: str, instruments: Sequence[InstrumentId], intents: Sequence[IntentId]
    ) -> AccountSnapshot:
        items = self.items
        active = {name: book for (owner, name), book in items.books.items() if owner == account and book.is_active}
        asked = {name: items.book(account, name) for name in instruments}
        absent = frozenset(one for one in intents if (account, one) not in items.orders)
        books = active | asked
        return AccountSnapshot(
            items.accounts.get(account),
            items.controls.get(account, Control()),
            {name: books[name] for name in sorted(books)},
            absent,
        )

    def booked(self, account: str, trade_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(one for one in trade_ids if (account, one) in self.items.fills)

    def flowed(self, account: str, flow_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(one for one in flow_ids if (account, one) in self.items.flows)

    def commit(self, changeset: Changeset) -> None:
        self._check(changeset)
        items, account = self.items, changeset.account
        items.add_entry(changeset.entry)
        items.accounts[account.name] = account
        if changeset.book:
            items.books[account.name, changeset.book.instrument] = changeset.book
        items.orders.update({(account.name, order.id): order for order in changeset.orders})
        items.fills.update({(account.name, fill.trade_id): fill for fill in changeset.fills})
        items.flows.update({(account.name, flow.flow_id): flow for flow in changeset.flows})

    def mark(self, book: Book) -> None:
        stored = self.items.book(book.account, book.instrument)
        if stored.version != book.version:
            raise ConflictError(f"book {book.instrument} is at version {stored.version}, not {book.version}")
        if book.version and book.last_bar > stored.last_bar:
            self.items.books[book.account, book.instrument] = _marked(stored, book)

    def _check(self, changeset: Changeset) -> None:
        records = len(changeset.orders) + len(changeset.fills) + len(changeset.flows)
        if 2 + bool(changeset.book) + changeset.adds_risk + records > MOST_WRITES:
            raise PermanentError(f"a transaction of {records} records is too long")
        items, account, book = self.items, changeset.account, changeset.book
        self._check_account(account)
        if book:
            stored = items.book(account.name, book.instrument)
            if stored.version != changeset.book_version or stored.last_bar > book.last_bar:
                raise ConflictError(f"book {book.instrument} is at version {stored.version}, bar {stored.last_bar}")
        control = items.controls.get(account.name, Control())
        moved = changeset.control_version not in {-1, control.version}
        if changeset.adds_risk and (moved or control.state is not TradingState.NORMAL):
            raise ConflictError(f"trading of {account.name} is {control.state}")
        for fill in changeset.fills:
            if (account.name, fill.trade_id) in items.fills:
                raise InvariantError(f"fill {fill.trade_id} of {account.name} is booked already")
        if any((account.name, flow.flow_id) in items.flows for flow in changeset.flows):
            raise ConflictError(f"a movement of {account.name} is booked already")

    def _check_account(self, account: Account) -> None:
        stored = self.items.accounts.get(account.name)
        seq = stored.seq if stored else 0
        if seq != account.seq - 1:
            raise ConflictError(f"account {account.name} is at {seq}, not {account.seq - 1}")


def _marked(stored: Book, book: Book) -> Book:
    """Take over what a bar changes and nothing else, as the table's update does."""
    pairs = zip(stored.positions, book.positions, strict=True)
    positions = tuple(replace(position, bars_held=marked.bars_held) for position, marked in pairs)
    return replace(stored, last_bar=book.last_bar, mark=book.mark, positions=positions)


@dataclass
class FakeControls(Controls):
    items: LedgerItems = field(default_factory=LedgerItems)

    def get(self, account: str) -> Control:
        return self.items.controls.get(account, Control())

    def set(self, account: str, control: Control, entry: JournalEntry) -> None:
        if self.get(account).version != control.version - 1:
            raise ConflictError(f"control of {account} is at version {self.get(account).version}")
        self.items.add_entry(entry)
        self.items.controls[account] = control


@dataclass
class FakeJournal(Journal):
    items: LedgerItems = field(default_factory=LedgerItems)

    def after(self, journal: str, seq: int, limit: int) -> list[JournalEntry]:
        return self.items.journals.get(journal, [])[seq : seq + limit]

    def unpublished(self, journal: str, limit: int) -> list[JournalEntry]:
        return self.after(journal, self.published(journal), limit)

    def head(self, journal: str) -> tuple[int, str]:
        entries = self.items.journals.get(journal)
        return (entries[-1].seq, entries[-1].hash) if entries else (0, START)

    def append(self, entry: JournalEntry) -> None:
        self.items.add_entry(entry)

    def published(self, journal: str) -> int:
        return self.items.published.get(journal, 0)

    def mark_published(self, journal: str, seq: int) -> None:
        self.items.published[journal] = max(seq, self.published(journal))


@dataclass
class FakeHealthBoard(HealthBoard):
    items: LedgerItems = field(default_factory=LedgerItems)
    name: str = "BOARD"

    def get(self) -> Board:
        return self.items.boards.get(self.name, Board())

    def set(self, board: Board, entry: JournalEntry) -> None:
        if self.get().version != board.version - 1:
            raise ConflictError(f"the health board is at version {self.get().version}")
        self.items.add_entry(entry)
        self.items.boards[self.name] = board


@dataclass
class FakeReconciliations(Reconciliations):
    items: LedgerItems = field(default_factory=LedgerItems)

    def last(self, account: str) -> int:
        return self.items.reconciled.get(account, 0)

    def done(self, account: str, ts: int) -> None:
        self.items.reconciled[account] = max(ts, self.last(account))
