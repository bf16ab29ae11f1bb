"""The ledger on DynamoDB: one batch read for a view, one transaction for a commit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.failures import CanceledError, ConditionError
from tradewind.adapters.dynamodb.table import ABSENT, Condition, Item, Key, Table, number, text
from tradewind.application.ports import AccountSnapshot, Ledger, LedgerView
from tradewind.domain.changeset import Changeset
from tradewind.domain.errors import InvariantError, TransientError
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book, TradingState

_READS = 5
"""How often a snapshot is read again when a transaction ran in between."""

_MAY_ADD_RISK = Condition(
    "attribute_not_exists(pk) OR #state = :normal", {"#state": "state"}, {":normal": text(TradingState.NORMAL)}
)


@dataclass(frozen=True, slots=True)
class _Write:
    """A part of the transaction, and the fill that it books, if it does."""

    request: Mapping[str, Any]
    fill: Fill | None = None


@dataclass(frozen=True, slots=True)
class DynamoLedger(Ledger):
    """Accounts, books, orders, fills and journals in the ledger table."""

    table: Table
    _active: dict[str, frozenset[InstrumentId]] = field(default_factory=dict)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def view(self, account: str, instrument: InstrumentId, order_id: IntentId | None) -> LedgerView:
        """Return the account, one book, its control and one order, in one request."""
        book, order = items.book_key(account, instrument), items.order_key(account, order_id or IntentId(""))
        found = self.table.get_many(self.view_keys(account, instrument, order_id))
        return LedgerView(
            _maybe(items.account_of, found.get(items.account_key(account))),
            _book(account, instrument, found.get(book))[0],
            items.control_of(found.get(items.control_key(account))),
            _maybe(items.order_of, found.get(order)),
        )

    def snapshot(
        self, account: str, instruments: Sequence[InstrumentId], intents: Sequence[IntentId]
    ) -> AccountSnapshot:
        """Return an untorn snapshot in one request, more where a transaction ran in between.

        The books that were active last time are asked for without being told; the account's stakes say whether
        that was enough.
        """
        for _ in range(_READS):
            wanted = frozenset(instruments) | self._active.get(account, frozenset())
            found = self.table.get_many(self.snapshot_keys(account, instruments, intents))
            state = _maybe(items.account_of, found.get(items.account_key(account)))
            books = {name: _book(account, name, found.get(items.book_key(account, name))) for name in sorted(wanted)}
            self._active[account] = frozenset(state.stakes if state else ())
            orders = {one: found.get(items.order_key(account, one)) for one in intents}
            if not _torn(state, books, orders):
                control = items.control_of(found.get(items.control_key(account)))
                kept = {name: book for name, (book, _) in books.items() if book.is_active or name in instruments}
                return AccountSnapshot(
                    state, control, kept, frozenset(one for one, order in orders.items() if order is None)
                )
        raise TransientError(f"account {account} was written between every one of {_READS} reads; try again")

    def booked(self, account: str, trade_ids: Sequence[str]) -> frozenset[str]:
        """Return which of a venue's trades are booked."""
        keys = {one: items.fill_key(account, one) for one in trade_ids}
        found = self.table.get_many(list(keys.values())) if keys else {}
        return frozenset(one for one, key in keys.items() if found.get(key))

    def flowed(self, account: str, flow_ids: Sequence[str]) -> frozenset[str]:
        """Return which movements of balances are booked."""
        keys = {one: items.flow_key(account, one) for one in flow_ids}
        found = self.table.get_many(list(keys.values())) if keys else {}
        return frozenset(one for one, key in keys.items() if found.get(key))

    def view_keys(self, account: str, instrument: InstrumentId, order_id: IntentId | None) -> list[Key]:
        """Return what a view reads."""
        order = [items.order_key(account, order_id)] if order_id else []
        return [items.account_key(account), items.control_key(account), items.book_key(account, instrument), *order]

    def snapshot_keys(
        self, account: str, instruments: Sequence[InstrumentId], intents: Sequence[IntentId]
    ) -> list[Key]:
        """Return what a snapshot would read now."""
        wanted = frozenset(instruments) | self._active.get(account, frozenset())
        return [
            items.account_key(account),
            items.control_key(account),
            *(items.book_key(account, name) for name in sorted(wanted)),
            *(items.order_key(account, one) for one in intents),
        ]

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def commit(self, changeset: Changeset) -> None:
        """Write all of it or nothing, in one transaction."""
        writes = [*self._conditional(changeset), *self._records(changeset)]
        try:
            self.table.transact([write.request for write in writes])
        except CanceledError as error:
            booked = [write.fill for i, write in enumerate(writes) if i in error.failed and write.fill]
            if len(booked) < len(error.failed):
                raise  # the account or the book moved as well: this transaction may even be a repeat of a stored one
            raise InvariantError(f"fill {booked[0].trade_id} of {booked[0].account} is booked already") from error

    def mark(self, book: Book) -> None:
        """Store what a bar changed in a book that no transaction touched: one small update."""
        if book.version == 0:
            return  # nothing is stored yet, and a mark alone is nothing to store
        marks = items.mark_attributes(book)
        values = {f":{name}": value for name, value in marks.items()} | {":version": number(book.version)}
        condition = Condition("version = :version AND last_bar < :last_bar", values=values)
        pk, sk = items.book_key(book.account, book.instrument)
        try:
            self.table.update(pk, sk, "SET last_bar = :last_bar, mark = :mark, held = :held", condition)
        except ConditionError as error:
            if error.item is None or int(error.item["version"]["N"]) != book.version:
                raise
            # The same version with this bar or a later one: a repeat.

    def _conditional(self, changeset: Changeset) -> list[_Write]:
        account, book = changeset.account, changeset.book
        writes = [_Write(self.table.putting(items.account_item(account), _follows("seq", account.seq)))]
        if book:
            writes.append(_Write(self.table.putting(items.book_item(book, account.seq), _book_condition(changeset))))
        if changeset.adds_risk:
            writes.append(_Write(self.table.checking(*items.control_key(account.name), _may_add_risk(changeset))))
        return writes

    def _records(self, changeset: Changeset) -> list[_Write]:
        put, seq = self.table.putting, changeset.account.seq
        orders = [_Write(put(items.order_item(order, seq))) for order in changeset.orders]
        fills = [_Write(put(items.fill_item(fill), ABSENT), fill) for fill in changeset.fills]
        flows = [_Write(put(items.flow_item(changeset.account.name, one), ABSENT)) for one in changeset.flows]
        return [*orders, *fills, *flows, _Write(put(items.entry_item(changeset.entry), ABSENT))]


def _follows(counter: str, value: int) -> Condition:
    """Return the condition that what is stored is one less, nothing where this is the first."""
    if value <= 1:
        return ABSENT
    return Condition("#counter = :before", {"#counter": counter}, {":before": number(value - 1)})


def _may_add_risk(changeset: Changeset) -> Condition:
    """Return the condition that the control which was looked at still holds, and allows it."""
    seen = changeset.control_version
    if seen < 0:
        return _MAY_ADD_RISK
    if seen == 0:
        return ABSENT
    names, values = {"#state": "state"}, {":normal": text(TradingState.NORMAL), ":seen": number(seen)}
    return Condition("#state = :normal AND version = :seen", names, values)


def _book_condition(changeset: Changeset) -> Condition:
    """Return the condition that neither a transaction nor a later bar has touched the book since it was read."""
    if changeset.book is None or changeset.book_version == 0:
        return ABSENT
    values = {":before": number(changeset.book_version), ":bar": number(changeset.book.last_bar)}
    return Condition("version = :before AND last_bar <= :bar", values=values)


def _book(account: str, instrument: InstrumentId, item: Item | None) -> tuple[Book, int]:
    return items.book_of(account, item) if item else (Book(account, instrument), 0)


def _torn(
    account: Account | None,
    books: Mapping[InstrumentId, tuple[Book, int]],
    orders: Mapping[IntentId, Item | None],
) -> bool:
    """Tell whether these were read on both sides of a transaction: each carries its account's sequence number."""
    head, stakes = (account.seq, account.stakes) if account else (0, {})
    written = [items.seq_of(order) for order in orders.values() if order] + [seq for _, seq in books.values()]
    if any(seq > head for seq in written):
        return True
    if any(name not in books or books[name][1] != stake.seq for name, stake in stakes.items()):
        return True
    if any(book.is_active and name not in stakes for name, (book, _) in books.items()):
        return True
    return any(orders.get(one.id, one) is None for book, _ in books.values() for one in book.orders)


def _maybe[T](read: Callable[[Item], T], item: Item | None) -> T | None:
    return read(item) if item else None
