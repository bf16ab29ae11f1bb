"""What a venue charges apart from trades: it comes out of the cash or of the position that it is charged in."""

from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS
from tests.unit.application.office import Office, adopted
from tradewind.application.postings import CASH, FEES, FUNDING, POSITION, REALISED, of_fill, of_flow
from tradewind.application.tax_lots import Method, gone, tax_lots
from tradewind.cli.diagnosis.ledger_checks import arithmetic
from tradewind.cli.diagnosis.verifying import charges
from tradewind.domain.ledger import TradingState
from tradewind.domain.order import Leg
from tradewind.domain.venue import added
from tradewind.execution.transactions import day_of


@pytest.mark.parametrize(("kind", "fee"), [("FEE", "0.05"), ("FUNDING", "0")])
def test_a_charge_in_money_is_paid_in_cash_and_halts_nobody(office: Office, kind: str, fee: str) -> None:
    before = adopted(office).account
    if office.desk.at.venue.facts.name in {"KRAKEN", "BYBIT"}:  # these call all that they charge apart from trades so
        kind, fee = "FUNDING", "0"
    office.desk.at.time.sleep(1)
    office.desk.at.book.move(kind, office.money, Decimal("-0.05"))

    assert office.settled().is_alike

    account = office.account
    assert office.controls.get(COINS).state is TradingState.NORMAL
    assert (account.cash - before.cash, account.realised) == (Decimal("-0.05"), Decimal("-0.05"))
    assert account.realised_on(day_of(office.desk.clock.time)) == Decimal("-0.05")
    assert (account.fees, account.apart) == (Decimal(fee), before.apart)
    assert _faults(office) == []
    office.proves()


def test_interest_in_money_is_earned_once(office: Office) -> None:
    before = adopted(office).account
    office.desk.at.time.sleep(1)
    office.desk.at.book.move("FUNDING", office.money, Decimal("0.07"))

    office.settled()
    office.run()

    assert office.account.cash - before.cash == office.account.realised == Decimal("0.07")
    assert _faults(office) == []


def test_the_double_entry_knows_charges_in_money_and_in_coins(fake: Office) -> None:
    _nothing_apart(fake)
    adopted(fake)
    fake.desk.send(fake.desk.wish())
    fake.settled()
    fake.desk.at.time.sleep(1)
    for kind, coin, amount in (("FEE", "USD", "-2"), ("FUNDING", "USD", "0.5"), ("FEE", "BTC", "-0.002")):
        fake.desk.at.book.move(kind, coin, Decimal(amount))
    assert fake.settled().is_alike

    items, account = fake.desk.ledger.items, fake.account
    posted = [each for one in items.fills.values() for each in of_fill(one)]
    posted += [each for one in items.flows.values() for each in of_flow(one)]
    sums = added(*({f"{one.ledger} {one.currency}": one.amount} for one in posted))

    assert sums[f"{CASH} USD"] == account.cash - account.opening
    assert sums[f"{POSITION} USD"] == fake.desk.book.exposure
    assert sums[f"{FEES} USD"] == account.fees
    assert -sums[f"{FEES} USD"] - sums[f"{FUNDING} USD"] - sums[f"{REALISED} USD"] == account.realised
    assert _faults(fake) == []


def test_profit_and_loss_and_tax_lots_know_what_was_charged_in_the_coin(fake: Office) -> None:
    _nothing_apart(fake)
    adopted(fake)
    fake.desk.send(fake.desk.wish())
    fake.settled()
    fake.desk.at.time.sleep(1)
    fake.desk.at.book.move("FEE", "BTC", Decimal("-0.002"))
    fake.settled()

    items = fake.desk.ledger.items
    fills, flows = list(items.fills.values()), list(items.flows.values())
    (charge,) = charges(flows, fills)
    lots = tax_lots([*fills, *gone(COINS, flows)], Method.FIFO)

    assert (charge.strategy, charge.instrument) == (fills[0].strategy, fake.desk.name)
    assert sum((one.realised for one in fills), charge.realised) == fake.account.realised
    assert sum(lot.quantity for lot in lots.held) == fake.desk.book.positions[0].quantity
    assert [(one.quantity, one.proceeds) for one in lots.disposals] == [(Decimal("0.002"), Decimal(0))]


def test_a_position_that_was_charged_shrinks_with_its_stop_at_the_venue(fake: Office) -> None:
    _nothing_apart(fake)
    adopted(fake)
    fake.desk.send(fake.desk.wish())
    fake.settled()
    fake.desk.at.time.sleep(1)
    fake.desk.at.book.move("FEE", "BTC", Decimal("-0.5"))

    fake.settled()

    held = fake.desk.book.positions[0]
    levels = [fake.desk.book.bracket(held.parent, leg) for leg in (Leg.STOP, Leg.TARGET)]
    assert held.quantity == Decimal("1.5")
    assert [one.quantity for one in levels if one] == [held.quantity] * 2
    assert [one.quantity for one in fake.desk.at.venue.open_orders()] == [held.quantity]


def test_any_number_of_movements_is_booked_a_transaction_at_a_time(fake: Office) -> None:
    adopted(fake)
    fake.desk.at.time.sleep(1)
    for _ in range(240):
        fake.desk.at.book.move("DEPOSIT", "USD", Decimal(1))
    commit, sizes = fake.desk.ledger.commit, list[int]()

    def counted(changeset: object) -> None:
        sizes.append(len(changeset.flows))  # type: ignore[attr-defined]
        commit(changeset)  # type: ignore[arg-type]

    fake.desk.ledger.commit = counted  # type: ignore[method-assign]

    assert fake.settled().is_alike
    assert (sum(sizes), max(sizes)) == (240, 50)
    assert fake.account.apart["USD"] == 240


def _nothing_apart(office: Office) -> None:
    book = office.desk.at.book
    book.balances[office.coin] = book.paid_in[office.coin] = Decimal(0)


def _faults(office: Office) -> list[str]:
    items = office.desk.ledger.items
    return list(arithmetic(office.account, list(items.fills.values()), list(items.flows.values())))
