"""The ledger: what is written together is there together, and nothing is written on what has moved."""

import json
from contextlib import nullcontext
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import ACME, BOLT, COSTLY, PAPER, SHARE, account, book, day, entry, flat_bar, held, order_id
from tests.contract.backends import Backend, Ports
from tradewind.domain.changeset import MOST_WRITES, Changeset
from tradewind.domain.errors import ConflictError, InvariantError, PermanentError
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import START, Account, Book, Control, TradingState
from tradewind.domain.order import Leg, OrderStatus
from tradewind.execution import transactions
from tradewind.execution.paper import apply_bar

NEW = account()


def submitted(state: Account = NEW, of: Book | None = None, name: str = ACME) -> Changeset:
    order = entry(instrument=name, status=OrderStatus.SUBMITTED)
    return transactions.submit(state, of or Book(PAPER, order.instrument), order, order.created)


def filled(ports: Ports) -> Changeset:
    """Commit an entry and its fill; return the last changeset."""
    first = submitted()
    assert first.book
    accepted = transactions.report(first.account, first.book, entry(), day(1))
    assert accepted.book
    outcome = apply_bar(accepted.book, flat_bar(2, 100.0), SHARE, COSTLY)
    last = transactions.apply_outcome(accepted.account, accepted.book, outcome)
    for changeset in (first, accepted, last):
        ports.ledger.commit(changeset)
    return last


def digits(value: Any) -> str:
    """Write a value with every digit of its decimals: 1.50 equals 1.5 and is not the same text."""
    return json.dumps(asdict(value), default=str)


def halted_entry(seq: int = 1) -> JournalEntry:
    return JournalEntry("system", seq, day(1), (Event("STATE", Severity.CRITICAL, "halted"),), START)


def test_an_empty_ledger_has_no_account_a_new_book_and_normal_control(ports: Ports) -> None:
    view = ports.ledger.view(PAPER, ACME, order_id())

    assert (view.account, view.book, view.control, view.order) == (None, Book(PAPER, ACME), Control(), None)


def test_a_commit_reads_back_to_the_last_digit(backend: Backend) -> None:
    last = filled(backend.process())

    view = backend.process().ledger.view(PAPER, ACME, order_id())

    assert digits(view.account) == digits(last.account)
    assert digits(view.book) == digits(last.book)
    assert digits(view.order) == digits(last.orders[0])
    assert view.order
    assert view.order.status is OrderStatus.FILLED


def test_zeros_keep_their_decimals(ports: Ports) -> None:
    changeset = submitted()
    state = replace(changeset.account, realised=Decimal("0.00"), fees=Decimal("0E-8"))
    ports.ledger.commit(replace(changeset, account=state))

    view = ports.ledger.view(PAPER, ACME, None)

    assert digits(view.account) == digits(state)


def test_it_tells_which_trades_are_booked(ports: Ports) -> None:
    assert ports.ledger.booked(PAPER, []) == frozenset()
    (fill,) = filled(ports).fills

    assert ports.ledger.booked(PAPER, [fill.trade_id, "T-2"]) == {fill.trade_id}
    assert ports.ledger.booked("another", [fill.trade_id]) == frozenset()


def test_no_order_is_asked_for_where_none_is_named(ports: Ports) -> None:
    ports.ledger.commit(submitted())

    assert ports.ledger.view(PAPER, ACME, None).order is None


def test_a_commit_on_a_moved_account_conflicts_and_writes_nothing(ports: Ports) -> None:
    ports.ledger.commit(transactions.note(NEW, Event("NOTE", Severity.INFO, "first"), day(1)))

    with pytest.raises(ConflictError):
        ports.ledger.commit(submitted())

    view = ports.ledger.view(PAPER, ACME, order_id())
    assert (view.book, view.order) == (Book(PAPER, ACME), None)
    assert ports.journal.head(PAPER)[0] == 1


def test_a_commit_on_a_moved_book_conflicts_and_writes_nothing(ports: Ports) -> None:
    first = submitted()
    ports.ledger.commit(first)

    with pytest.raises(ConflictError):
        ports.ledger.commit(submitted(first.account))

    assert ports.ledger.view(PAPER, ACME, None).account == first.account


@pytest.mark.parametrize("version", [0, 1, 2, 4])
def test_a_commit_on_another_version_of_the_book_conflicts(ports: Ports, version: int) -> None:
    last = filled(ports)
    assert last.book
    assert last.book.version == 3

    with pytest.raises(ConflictError):
        ports.ledger.commit(transactions.halt(last.account, replace(last.book, version=version), "why", day(3)))

    assert ports.ledger.view(PAPER, ACME, None).account == last.account


def test_a_commit_whose_journal_number_is_taken_conflicts_and_writes_nothing(ports: Ports) -> None:
    taken = JournalEntry(PAPER, 1, day(1), (Event("NOTE", Severity.INFO, "taken", data={}),), START)
    ports.journal.append(taken)

    with pytest.raises(ConflictError):
        ports.ledger.commit(submitted())

    assert ports.ledger.view(PAPER, ACME, None).account is None
    assert ports.journal.after(PAPER, 0, 10) == [taken]


def test_a_commit_that_skips_a_number_conflicts(ports: Ports) -> None:
    with pytest.raises(ConflictError):
        ports.ledger.commit(submitted(account(seq=4)))


def test_a_repeated_commit_conflicts_and_is_no_broken_promise(ports: Ports) -> None:
    last = filled(ports)

    with pytest.raises(ConflictError):
        ports.ledger.commit(last)


def test_a_commit_never_takes_a_book_back_to_an_earlier_bar(ports: Ports) -> None:
    last = filled(ports)
    assert last.book
    ports.ledger.mark(replace(last.book, last_bar=day(4)))

    with pytest.raises(ConflictError):
        ports.ledger.commit(transactions.halt(last.account, replace(last.book, last_bar=day(3)), "why", day(3)))


def test_a_fill_is_booked_once(ports: Ports) -> None:
    last = filled(ports)
    again = transactions.note(last.account, Event("NOTE", Severity.INFO, "again"), day(3))

    with pytest.raises(InvariantError, match=last.fills[0].trade_id):
        ports.ledger.commit(replace(again, fills=last.fills))

    assert ports.ledger.view(PAPER, ACME, None).account == last.account


@pytest.mark.parametrize("more", [0, 1])
def test_a_commit_writes_so_many_items_and_no_more(ports: Ports, more: int) -> None:
    last = filled(ports)
    fills = tuple(replace(last.fills[0], trade_id=f"T-{n}") for n in range(MOST_WRITES - 2 + more))
    many = replace(transactions.note(last.account, Event("NOTE", Severity.INFO, "many"), day(3)), fills=fills)

    with pytest.raises(PermanentError) if more else nullcontext():
        ports.ledger.commit(many)

    assert len(ports.ledger.booked(PAPER, [one.trade_id for one in fills])) == (0 if more else len(fills))


@pytest.mark.parametrize("state", [TradingState.HALTED, TradingState.REDUCING])
def test_a_switched_off_account_takes_no_risk(ports: Ports, state: TradingState) -> None:
    ports.controls.set(PAPER, Control(state, "by hand", 1), halted_entry())

    with pytest.raises(ConflictError):
        ports.ledger.commit(submitted())

    view = ports.ledger.view(PAPER, ACME, order_id())
    assert (view.account, view.control.state, view.order) == (None, state, None)


@pytest.mark.parametrize(("seen", "stored"), [(0, 1), (1, 2), (1, 0)])
def test_risk_is_taken_only_on_the_control_that_was_looked_at(ports: Ports, seen: int, stored: int) -> None:
    first = halted_entry()
    for version, made in ((1, first), (2, replace(halted_entry(2), previous_hash=first.hash)))[:stored]:
        ports.controls.set(PAPER, Control(version=version), made)

    with pytest.raises(ConflictError):
        ports.ledger.commit(replace(submitted(), control_version=seen))
    ports.ledger.commit(replace(submitted(), control_version=stored))

    assert ports.ledger.view(PAPER, ACME, order_id()).order is not None


def test_a_switched_off_account_may_reduce(ports: Ports) -> None:
    last = filled(ports)
    ports.controls.set(PAPER, Control(TradingState.HALTED, "by hand", 1), halted_entry())
    assert last.book
    exit_ = entry(id=order_id(Leg.EXIT, day(2)), leg=Leg.EXIT, status=OrderStatus.SUBMITTED)

    ports.ledger.commit(transactions.submit(last.account, last.book, exit_, day(2)))

    assert ports.ledger.view(PAPER, ACME, exit_.id).order == exit_


def test_an_account_that_was_switched_on_again_takes_risk(ports: Ports) -> None:
    first = halted_entry()
    ports.controls.set(PAPER, Control(TradingState.HALTED, "by hand", 1), first)
    ports.controls.set(PAPER, Control(version=2), replace(halted_entry(2), previous_hash=first.hash))

    ports.ledger.commit(submitted())

    assert ports.ledger.view(PAPER, ACME, order_id()).order is not None


def test_a_mark_stores_the_bar_the_price_and_the_bars_held_alone(ports: Ports) -> None:
    last = filled(ports)
    assert last.book
    marked = apply_bar(last.book, flat_bar(3, 101.0), SHARE, COSTLY).book

    ports.ledger.mark(replace(marked, halted="a mark halts nothing"))

    stored = ports.ledger.view(PAPER, ACME, None)
    assert digits(stored.book) == digits(marked)
    assert stored.book.positions[0].bars_held == last.book.positions[0].bars_held + 1
    assert stored.account == last.account


@pytest.mark.parametrize("bar", [day(2), day(1)])
def test_a_mark_that_is_not_later_changes_nothing(ports: Ports, bar: int) -> None:
    last = filled(ports)
    assert last.book
    assert last.book.last_bar == day(2)

    ports.ledger.mark(replace(last.book, last_bar=bar, mark=Decimal("7.00")))

    assert ports.ledger.view(PAPER, ACME, None).book == last.book


@pytest.mark.parametrize("moved", [-1, 1])
def test_a_mark_on_another_version_conflicts(ports: Ports, moved: int) -> None:
    last = filled(ports)
    assert last.book

    with pytest.raises(ConflictError):
        ports.ledger.mark(replace(last.book, version=last.book.version + moved, last_bar=day(3)))

    assert ports.ledger.view(PAPER, ACME, None).book == last.book


def test_a_mark_creates_no_book(ports: Ports) -> None:
    ports.ledger.mark(Book(PAPER, ACME, last_bar=day(3), mark=Decimal(100)))

    assert ports.ledger.view(PAPER, ACME, None).book == Book(PAPER, ACME)


def test_a_mark_of_a_book_that_is_not_stored_conflicts(ports: Ports) -> None:
    with pytest.raises(ConflictError):
        ports.ledger.mark(book(positions=(held(),)))


# ── snapshots ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_snapshot_of_an_unknown_account_is_empty(ports: Ports) -> None:
    shot = ports.ledger.snapshot(PAPER, [BOLT], [order_id()])

    assert (shot.account, shot.control, shot.absent) == (None, Control(), frozenset({order_id()}))
    assert shot.books == {BOLT: Book(PAPER, BOLT)}


def test_a_snapshot_has_every_active_book_without_being_asked(backend: Backend) -> None:
    reader = backend.process().ledger
    assert reader.snapshot(PAPER, [], []).books == {}
    last = filled(backend.process())

    shot = reader.snapshot(PAPER, [], [])

    assert shot.account == last.account
    assert shot.books == {ACME: last.book}


def test_a_snapshot_forgets_a_book_once_it_is_at_rest(ports: Ports) -> None:
    first = submitted()
    assert first.book
    ports.ledger.commit(first)
    assert set(ports.ledger.snapshot(PAPER, [], []).books) == {ACME}
    rejected = entry(status=OrderStatus.REJECTED)

    ports.ledger.commit(transactions.report(first.account, first.book, rejected, day(1)))

    assert ports.ledger.snapshot(PAPER, [], []).books == {}
    assert ports.ledger.snapshot(PAPER, [ACME], []).books[ACME].version == 2


def test_a_snapshot_names_the_absent_of_the_intents_asked_for(ports: Ports) -> None:
    ports.ledger.commit(submitted())
    unknown = order_id(Leg.EXIT)

    assert ports.ledger.snapshot(PAPER, [], [order_id(), unknown]).absent == {unknown}


def test_a_snapshot_of_more_books_than_one_request_takes(ports: Ports) -> None:
    last = filled(ports)
    names = [InstrumentId(f"N{i:03d}.TEST") for i in range(130)]

    shot = ports.ledger.snapshot(PAPER, names, [])

    assert len(shot.books) == 131
    assert shot.books[ACME] == last.book
