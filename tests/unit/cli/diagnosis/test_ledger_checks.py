from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import ACME, PAPER, book, held
from tests.unit.cli.report.test_performance import LOST, OPEN, WON
from tradewind.cli.diagnosis.ledger_checks import arithmetic, changed_apart, differences, misstated, set_apart
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import START, Account, Stake, SubPosition
from tradewind.domain.order import Leg, Side

D = Decimal


# Bought 2 at 100 and 2 at 50, sold at 110 and 45, each fill with a fee of 1.
ACCOUNT = Account(PAPER, opening=D(1000), cash=D(1006), realised=D(6), fees=D(4))


def test_an_account_whose_fills_lead_to_its_cash_adds_up() -> None:
    assert list(arithmetic(ACCOUNT, [*WON, *LOST])) == []


def test_an_open_position_stands_in_the_account_at_its_cost() -> None:
    account = replace(ACCOUNT, cash=D(805), realised=D(5), fees=D(5), stakes={ACME: Stake(1, D(200), D(0))})

    assert list(arithmetic(account, [*WON, *LOST, *OPEN])) == []


def test_money_from_nowhere_and_fees_that_no_fill_paid_are_found() -> None:
    (identity, cash) = arithmetic(replace(ACCOUNT, cash=D(1007)), [*WON, *LOST])
    (fees,) = arithmetic(replace(ACCOUNT, fees=D(5)), [*WON, *LOST])

    assert "cash 1007" in identity
    assert "the fills lead to cash 1006" in cash
    assert "the fills paid 4 in fees, the account says 5" in fees


def test_a_position_must_be_the_sum_of_its_fills() -> None:
    sound = book(positions=[replace(held(), quantity=D(2))])

    assert list(differences([sound], OPEN)) == []
    (said,) = differences([book(positions=[replace(held(), quantity=D(3))])], OPEN)
    assert said == "paper ACME.TEST: 3 held, the fills sum to 2"


def test_what_left_a_position_without_a_sale_counts_on_the_scale_after_its_splits() -> None:
    def told(kind: str, **facts: object) -> JournalEntry:
        return JournalEntry(PAPER, 1, 1, (Event(kind, Severity.INFO, "", ACME, facts),), START)

    dust = told("DUST_SET_APART", flow_id="d", moves={"ACME": "0.25"})
    rounding = JournalEntry(
        PAPER, 1, 1, (Event("DUST_SET_APART", Severity.INFO, "", "", {"flow_id": "r", "moves": {"ACME": "9"}}),), START
    )
    given_up = told("BALANCE_MOVED", flow_id="g", moves={"ACME": "1"})

    assert set_apart([dust, rounding, told("SPLIT_APPLIED", factor="4"), given_up]) == {ACME: D(2)}
    assert changed_apart([dust, rounding]) == frozenset()
    assert changed_apart([dust, given_up]) == {ACME}


# Two at 100 with a fee of 1, of which one was sold again at 110 with a fee of 1.
ENTRY = OPEN[0]
SOLD = replace(ENTRY, trade_id="sold", leg=Leg.EXIT, side=Side.SELL, quantity=D(1), price=D(110), realised=D(9))
HALF = SubPosition(ENTRY.strategy, D(1), D(100), ENTRY.ts, 0, ENTRY.parent)


def faults(position: SubPosition, scale: int = 1, but: tuple[str, ...] = ()) -> list[str]:
    return list(misstated([book(positions=[position])], [ENTRY, SOLD], lambda _: D(scale), but))


def test_a_position_is_what_the_fills_under_its_first_entry_make_of_it() -> None:
    assert faults(HALF) == []
    assert faults(replace(HALF, quantity=D(4)), scale=4) == []


@pytest.mark.parametrize(
    ("position", "fault"),
    [
        (replace(HALF, cost=D(99)), "says that it cost 99, its fills say 100"),
        (replace(HALF, quantity=D(2)), "has 2, its fills sum to 1"),
        (replace(HALF, strategy="nobody"), f"is nobody's, its fills are {ENTRY.strategy}'s"),
    ],
    ids=["cost", "quantity", "owner"],
)
def test_a_position_that_is_not_is_named_with_what_its_fills_say(position: SubPosition, fault: str) -> None:
    assert faults(position) == [f"paper ACME.TEST: position {ENTRY.parent[:8]} {fault}"]


def test_where_coins_left_without_a_sale_only_the_owner_is_known() -> None:
    assert faults(replace(HALF, quantity=D(2), cost=D(3)), but=(ACME,)) == []
    assert len(faults(replace(HALF, strategy="nobody"), but=(ACME,))) == 1
