from dataclasses import replace
from decimal import Decimal

from tests.builders import ACME, BOLT, STRATEGY, account, book, day, entry, exit_order, held
from tradewind.domain.ledger import Book, Stake
from tradewind.domain.order import Leg
from tradewind.domain.signal import FLAT

TWO = book(
    entry(strategy="other", reserved=Decimal(300)),
    positions=(held(), held(strategy="second", quantity=Decimal(5), cost=Decimal(600))),
    mark=Decimal(110),
)


def test_a_book_is_active_while_it_holds_or_works_anything() -> None:
    assert [one.is_active for one in (book(), book(entry()), book(positions=[held()]))] == [False, True, True]


def test_exposure_is_what_was_paid_and_value_is_what_it_is_worth_at_the_mark() -> None:
    assert (TWO.exposure, TWO.value, TWO.reserved) == (Decimal(1600), Decimal(1650), Decimal(300))
    assert not any((book().exposure, book().value, book().reserved))


def test_each_strategy_sees_its_own_sub_position_only() -> None:
    second = TWO.view("second")

    assert (second.quantity, second.entry_price) == (5.0, 120.0)
    assert TWO.view("stranger") == FLAT
    assert TWO.position("stranger") is None


def test_a_position_is_seen_with_its_average_price_and_age() -> None:
    assert held(bars_held=3, entries=2).view(Decimal(95), Decimal(110)) == (10.0, 100.0, 3.0, 95.0, 110.0, 2.0)


def test_a_working_order_is_found_by_strategy_and_leg() -> None:
    one = book(entry(), exit_order())

    assert one.working(STRATEGY, Leg.EXIT) == exit_order()
    assert one.working(STRATEGY, Leg.STOP) is None
    assert one.working("other", Leg.EXIT) is None


def test_an_account_s_exposure_counts_positions_and_working_entries_and_free_cash_only_the_latter() -> None:
    one = account(
        cash=Decimal(98_400),
        stakes={
            ACME: Stake(1, Decimal(1600), Decimal(300)),
            BOLT: Stake(2, Decimal(0), Decimal(50)),
        },
    )

    assert (one.exposure, one.free_cash) == (Decimal(1950), Decimal(98_050))


def test_book_equity_is_what_was_paid_in_and_realised() -> None:
    assert account(realised=Decimal(-250)).book_equity == Decimal(99_750)


def test_a_day_s_result_counts_for_who_comes_late_and_not_for_the_next_day() -> None:
    one = account(day=3, realised_today=Decimal(-80))

    assert [one.realised_on(number) for number in (2, 3, 4)] == [Decimal(-80), Decimal(-80), 0]


def test_a_new_book_is_empty() -> None:
    fresh = Book("paper", ACME)

    assert (fresh.version, fresh.last_bar, fresh.is_active, fresh.halted) == (0, 0, False, "")
    assert replace(fresh, last_bar=day(1)) != fresh
