"""Double entry over fills and movements: what is taken is given, and the sums are the account's own."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import ACME, COSTLY, SHARE, account, day, entry, exit_order, flat_bar
from tradewind.application.postings import (
    APART,
    CASH,
    COINS,
    FEES,
    FUNDING,
    OUTSIDE,
    POSITION,
    REALISED,
    Posting,
    of_fill,
    of_flow,
)
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import OrderStatus
from tradewind.domain.venue import FlowKind, VenueFlow
from tradewind.execution import transactions
from tradewind.execution.paper import apply_bar

D = Decimal


def balance(postings: list[Posting]) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in postings:
        found[one.ledger, one.currency] += one.amount
    return {key: amount for key, amount in found.items() if amount}


def is_even(postings: list[Posting]) -> bool:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in postings:
        sums[one.entry, one.currency] += one.amount
    return not any(sums.values())


def traded(*prices: float) -> tuple[Account, Book, list[Posting]]:
    """Enter at the first price and leave at the second, where there is one."""
    book = Book("paper", ACME, 1, day(1), orders=(entry(),))
    owner, posted = account(), list[Posting]()
    for number, price in enumerate(prices, start=2):
        outcome = apply_bar(book, flat_bar(number, price), SHARE, COSTLY)
        owner = transactions.apply_outcome(owner, book, outcome).account
        book = replace(outcome.book, orders=(*outcome.book.orders, exit_order(status=OrderStatus.ACCEPTED)))
        posted += [one for fill in outcome.fills for one in of_fill(fill)]
    return owner, book, posted


def test_a_purchase_moves_cash_into_cost_and_fee() -> None:
    owner, book, posted = traded(100.0)

    sums = balance(posted)
    assert is_even(posted)
    assert sums[CASH, "USD"] == owner.cash - owner.opening
    assert sums[POSITION, "USD"] == book.exposure
    assert sums[FEES, "USD"] == owner.fees
    assert (REALISED, "USD") not in sums
    assert sums[COINS, "ACME"] == D(10)


@given(st.floats(96, 109).map(lambda price: round(price, 2)))
def test_after_a_round_trip_the_sums_are_the_account_s_own(price: float) -> None:
    owner, book, posted = traded(100.0, price)

    sums = balance(posted)
    assert not book.positions
    assert is_even(posted)
    assert sums[CASH, "USD"] == owner.cash - owner.opening
    assert -sums.get((REALISED, "USD"), D(0)) - sums[FEES, "USD"] == owner.realised
    assert (POSITION, "USD") not in sums
    assert (COINS, "ACME") not in sums


def test_a_deposit_comes_from_outside_a_fee_goes_to_fees_interest_to_funding_and_dust_leaves_the_coins() -> None:
    flows = [
        VenueFlow("d1", FlowKind.DEPOSIT, {"USD": D(50)}, 1),
        VenueFlow("f1", FlowKind.FEE, {"USD": D(-2)}, 2),
        VenueFlow("i1", FlowKind.FUNDING, {"USD": D("-0.5")}, 2),
        VenueFlow("i2", FlowKind.FUNDING, {"USD": D("0.1")}, 2),
        VenueFlow("dust:t1", FlowKind.DUST, {"ACME": D("0.4")}, 3, "", ACME),
    ]

    posted = [one for flow in flows for one in of_flow(flow)]

    assert is_even(posted)
    assert balance(posted) == {
        (APART, "ACME"): D("0.4"), (APART, "USD"): D("47.6"), (COINS, "ACME"): D("-0.4"),
        (FEES, "USD"): D(2), (FUNDING, "USD"): D("0.4"), (OUTSIDE, "USD"): D(-50),
    }  # fmt: skip
