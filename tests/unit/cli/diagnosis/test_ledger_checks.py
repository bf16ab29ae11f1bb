from dataclasses import replace
from decimal import Decimal

from tests.builders import ACME, PAPER, book, held
from tests.unit.cli.report.test_performance import LOST, OPEN, WON
from tradewind.cli.diagnosis.ledger_checks import arithmetic, broken, differences, set_apart
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import START, Account, Stake

D = Decimal


def chain(length: int) -> list[JournalEntry]:
    entries: list[JournalEntry] = []
    for seq in range(1, length + 1):
        before = entries[-1].hash if entries else START
        entries.append(JournalEntry(PAPER, seq, seq, (), before))
    return entries


def test_a_whole_chain_has_no_break() -> None:
    assert broken(chain(5)) == ""
    assert broken([]) == ""


def test_a_missing_an_edited_and_a_first_entry_that_follows_nothing_are_found() -> None:
    whole = chain(4)
    edited = [whole[0], replace(whole[1], ts=99), *whole[2:]]

    assert broken([whole[0], *whole[2:]]) == "entry 2 is missing"
    assert broken(edited) == "entry 3 does not follow from the one before"
    assert broken([replace(whole[0], previous_hash="f" * 32)]) == "entry 1 does not follow from the one before"


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
