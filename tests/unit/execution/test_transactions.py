from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import (
    ACME,
    BOLT,
    COSTLY,
    FREE,
    SHARE,
    account,
    bar,
    book,
    day,
    entry,
    exit_order,
    flat_bar,
    held,
    order_id,
)
from tradewind.domain.changeset import Changeset
from tradewind.domain.events import Event, Severity
from tradewind.domain.ledger import START, Account, Book, Stake
from tradewind.domain.order import BY_HAND, Leg, Order, OrderStatus, Side
from tradewind.domain.timeframe import DAY, MINUTE
from tradewind.execution import transactions
from tradewind.execution.paper import apply_bar, fill_now
from tradewind.execution.transactions import apply_outcome, day_of

NEW = entry(status=OrderStatus.SUBMITTED)
STAKED = account(seq=4, stakes={BOLT: Stake(2, Decimal(500), Decimal(0))})


def after(changeset: Changeset) -> Book:
    assert changeset.book is not None
    return changeset.book


def kinds(changeset: Changeset) -> list[str]:
    return [event.kind for event in changeset.entry.events]


# ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_order_that_was_never_sent_moves_no_book_and_no_cash() -> None:
    denied = entry(status=OrderStatus.DENIED, reserved=Decimal(0), reason="DAILY_LOSS")

    done = transactions.end_unsent(STAKED, denied, day(1))

    assert (done.book, done.orders, done.fills, done.adds_risk) == (None, (denied,), (), False)
    assert replace(done.account, seq=STAKED.seq, journal_hash=STAKED.journal_hash) == STAKED
    assert kinds(done) == ["ORDER_DENIED"]
    assert done.entry.events[0].text == "ENTRY BUY 10 ACME.TEST DENIED: DAILY_LOSS"


def test_submitting_reserves_the_cash_and_stakes_the_instrument() -> None:
    done = transactions.submit(STAKED, book(), NEW, day(1))

    assert after(done).orders == (NEW,)
    assert (after(done).version, done.book_version) == (2, 1)
    assert done.account.stakes[ACME] == Stake(5, Decimal(0), Decimal(1050))
    assert done.account.stakes[BOLT] == STAKED.stakes[BOLT]
    assert done.account.cash == STAKED.cash
    assert kinds(done) == ["ORDER_SUBMITTED"]


def test_only_an_entry_is_conditional_on_the_kill_switch() -> None:
    leaving = exit_order(status=OrderStatus.SUBMITTED)

    assert transactions.submit(STAKED, book(), NEW, day(1)).adds_risk
    assert not transactions.submit(STAKED, book(positions=[held()]), leaving, day(2)).adds_risk


def test_a_book_at_rest_begins_with_the_bar_that_its_first_order_was_decided_on() -> None:
    rested = book(last_bar=day(1))
    late = replace(NEW, created=day(9))

    assert after(transactions.submit(STAKED, rested, late, day(9))).last_bar == day(9)
    assert after(transactions.submit(STAKED, book(last_bar=day(12)), late, day(9))).last_bar == day(12)


def test_a_book_at_work_keeps_the_bar_it_has_come_to() -> None:
    """Otherwise bars between would be skipped, and with them the stops inside them."""
    working = book(positions=[held()], last_bar=day(5))

    assert after(transactions.submit(STAKED, working, replace(NEW, created=day(9)), day(9))).last_bar == day(5)


def test_submitting_again_replaces_the_order() -> None:
    done = transactions.submit(STAKED, book(entry(status=OrderStatus.UNKNOWN)), NEW, day(1))

    assert after(done).orders == (NEW,)


@pytest.mark.parametrize("status", [OrderStatus.ACCEPTED, OrderStatus.UNKNOWN, OrderStatus.PARTIALLY_FILLED])
def test_a_report_on_a_working_order_keeps_it_with_its_reservation(status: OrderStatus) -> None:
    one = transactions.submit(STAKED, book(exit_order()), NEW, day(1))

    done = transactions.report(one.account, after(one), replace(NEW, status=status), day(1))

    assert [order.status for order in after(done).orders] == [OrderStatus.ACCEPTED, status]
    assert done.account.stakes[ACME].reserved == Decimal(1050)
    assert (after(done).version, done.book_version) == (3, 2)


@pytest.mark.parametrize("status", [OrderStatus.REJECTED, OrderStatus.CANCELED, OrderStatus.EXPIRED])
def test_a_report_that_ends_an_order_frees_what_it_reserved(status: OrderStatus) -> None:
    one = transactions.submit(STAKED, book(), NEW, day(1))

    done = transactions.report(one.account, after(one), replace(NEW, status=status), day(1))

    assert after(done).orders == ()
    assert ACME not in done.account.stakes
    assert done.orders[0].reserved == 0
    assert done.account.free_cash == STAKED.free_cash


def test_without_an_order_its_account_and_book_are_as_before_it() -> None:
    one = transactions.submit(STAKED, book(), NEW, day(1))

    free_account, free_book = transactions.without(one.account, after(one), NEW)

    assert free_book.orders == ()
    assert free_account.stakes == STAKED.stakes


# ── bars ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_s_fill_moves_cash_into_the_position_and_books_the_fee_as_lost() -> None:
    before = book(entry())
    done = transactions.apply_outcome(STAKED, before, apply_bar(before, flat_bar(2, 100), SHARE, COSTLY))

    assert done.account.cash == STAKED.cash - Decimal("1000.50") - Decimal("1.0005")
    assert (done.account.realised, done.account.fees) == (Decimal("-1.0005"), Decimal("1.0005"))
    assert done.account.stakes[ACME] == Stake(5, Decimal("1000.50"), Decimal(0))
    assert (done.entry.ts, done.book_version) == (day(2), before.version)


def test_a_round_trip_returns_the_cash_with_its_profit() -> None:
    bought = book(entry())
    one = transactions.apply_outcome(account(), bought, apply_bar(bought, flat_bar(2, 100), SHARE, COSTLY))
    held_book = after(one)
    two = transactions.apply_outcome(
        one.account, held_book, apply_bar(held_book, bar(3, 105, 111, 104, 110), SHARE, COSTLY)
    )

    profit = 10 * (Decimal("110.00") - Decimal("100.05")) - Decimal("1.0005") - Decimal("1.1")
    assert two.account.cash == account().cash + profit
    assert two.account.realised == profit
    assert two.account.stakes == {}


def test_each_fill_and_each_ended_order_is_told_once() -> None:
    before = book(entry())
    done = transactions.apply_outcome(STAKED, before, apply_bar(before, bar(2, 100, 101, 94, 96), SHARE, COSTLY))

    assert sorted(kinds(done)) == ["ORDER_CANCELED", "ORDER_FILLED", "ORDER_FILLED"]
    facts = next(event.data for event in done.entry.events if event.text.startswith("STOP"))
    assert facts is not None
    assert (facts["price"], facts["quantity"], facts["strategy"]) == ("94.95", "10", "dipper")


def test_a_halt_stops_new_risk_and_shouts() -> None:
    done = transactions.halt(STAKED, book(entry()), "broken", day(2))

    assert (after(done).halted, after(done).orders, after(done).version) == ("broken", (entry(),), 2)
    assert [(event.kind, event.severity) for event in done.entry.events] == [("INSTRUMENT_HALTED", Severity.CRITICAL)]


def test_a_note_moves_nothing() -> None:
    event = Event("NOTED", Severity.INFO, "x")

    done = transactions.note(STAKED, event, day(2))

    assert (done.book, done.entry.events) == (None, (event,))
    assert replace(done.account, seq=STAKED.seq, journal_hash=STAKED.journal_hash) == STAKED


@pytest.mark.parametrize(
    ("status", "severity"),
    [
        (OrderStatus.ACCEPTED, Severity.INFO),
        (OrderStatus.DENIED, Severity.WARNING),
        (OrderStatus.REJECTED, Severity.WARNING),
        (OrderStatus.EXPIRED, Severity.WARNING),
        (OrderStatus.UNKNOWN, Severity.CRITICAL),
    ],
)
def test_what_went_wrong_is_told_louder(status: OrderStatus, severity: Severity) -> None:
    done = transactions.report(STAKED, book(NEW), replace(NEW, status=status), day(1))

    assert done.entry.events[0].severity is severity


# ── the journal ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_transaction_is_one_entry_chained_to_the_one_before() -> None:
    first = transactions.submit(account(), book(), NEW, day(1))
    second = transactions.report(first.account, after(first), entry(), day(1))

    assert (first.entry.seq, first.entry.previous_hash, first.account.seq) == (1, START, 1)
    assert (second.entry.seq, second.entry.previous_hash) == (2, first.entry.hash)
    assert second.account.journal_hash == second.entry.hash


# ── days ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ts_close", "number"), [(1, 0), (DAY, 0), (DAY + 1, 1), (DAY + MINUTE, 1), (2 * DAY, 1), (2 * DAY + 1, 2)]
)
def test_a_bar_that_closes_at_midnight_belongs_to_the_day_that_ends(ts_close: int, number: int) -> None:
    assert day_of(ts_close) == number


def lose(before: Account, number: int) -> Account:
    """Return the account after a stop loses 50 within day `number`."""
    open_book = book(entry(), last_bar=day(number - 1))
    bought = replace(open_book, orders=tuple(created(order, number) for order in open_book.orders))
    outcome = apply_bar(bought, bar(number, 100, 101, 94, 96), SHARE, replace(COSTLY, fee_bps=0, slippage_bps=0))
    return transactions.apply_outcome(before, bought, outcome).account


def created(order: Order, number: int) -> Order:
    return replace(order, created=day(number - 1))


def test_the_day_s_loss_adds_up_within_a_day_and_starts_anew_on_the_next() -> None:
    once = lose(account(), 5)
    twice = lose(once, 5)
    next_day = lose(twice, 6)

    assert [one.realised_today for one in (once, twice, next_day)] == [Decimal(-50), Decimal(-100), Decimal(-50)]
    assert [one.day for one in (once, twice, next_day)] == [4, 4, 5]
    assert next_day.realised == Decimal(-150)


def test_a_bar_of_yesterday_that_comes_late_counts_today() -> None:
    """The counter never goes back a day: what is booked now is a loss of now."""
    today = lose(account(), 6)

    late = lose(today, 5)

    assert (late.day, late.realised_today) == (5, Decimal(-100))


def test_an_account_remembers_what_it_closed_as_far_as_it_is_asked_to() -> None:
    before = book(positions=[held()], orders=())
    stop = entry(id=order_id(Leg.STOP), leg=Leg.STOP, side=Side.SELL, price=Decimal(95), reserved=Decimal(0))
    outcome = apply_bar(replace(before, orders=(stop,)), bar(3, 100, 101, 94, 96), SHARE, FREE)

    owner = account()
    for remembers, known in ((0, 0), (1, 1), (40, 1)):
        assert len(apply_outcome(owner, before, outcome, (), remembers).account.closed) == known
    (closed,) = apply_outcome(owner, before, outcome, (), 40).account.closed
    assert (closed.ts, closed.leg, closed.realised, closed.cost) == (day(3), Leg.STOP, Decimal(-50), Decimal(1000))
    assert closed.equity == owner.book_equity
    full = replace(owner, closed=(closed,) * 40)
    assert len(apply_outcome(full, before, outcome, (), 40).account.closed) == 40


def test_a_position_that_is_left_in_parts_is_remembered_once_with_their_sum() -> None:
    sale = exit_order(status=OrderStatus.ACCEPTED, source=BY_HAND)
    other = replace(sale, id=order_id(Leg.EXIT, day(3)))
    before = book(sale, other, positions=[held()])
    part = fill_now(before, sale, Decimal(110), day(1) + 5, SHARE, FREE, Decimal(4))
    first = apply_outcome(account(), before, part, (), 40, day(1) + 5)
    rest = fill_now(part.book, other, Decimal(90), day(1) + 9, SHARE, FREE)

    last = apply_outcome(first.account, part.book, rest, (), 40, day(1) + 9)

    assert first.account.closed == ()
    (closed,) = last.account.closed
    assert (closed.ts, closed.realised, closed.cost) == (day(1) + 9, Decimal(40 - 60), Decimal(1000))
