"""Taking a venue's balances for right: what is given up is gone with its levels, and a word counts once."""

from dataclasses import replace
from decimal import Decimal

from tests.unit.application.at_venue.desk import COINS, stop_at
from tests.unit.application.office import Office, adopted
from tradewind.adapters.dynamodb import codec
from tradewind.application.redrive import shown
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.configuration import Limits
from tradewind.domain.ledger import Control, TradingState
from tradewind.domain.order import Leg, OrderStatus
from tradewind.execution.reconciling import NOWHERE
from tradewind.risk.drawdown import drawdown
from tradewind.risk.request import RiskRequest


def test_a_position_that_is_given_up_takes_its_stop_and_target_with_it(office: Office) -> None:
    _held(office)
    _vanish(office, office.desk.at.book.balances[office.coin])
    assert stop_at(office.desk)

    office.accept()

    assert office.desk.book.positions == ()
    assert office.desk.book.orders == ()
    assert stop_at(office.desk) == []
    ended = {one.leg: one.status for one in office.desk.ledger.items.orders.values()}
    assert (ended[Leg.STOP], ended[Leg.TARGET]) == (OrderStatus.CANCELED, OrderStatus.CANCELED)


def test_what_is_left_of_a_position_keeps_stop_and_target_over_just_that(office: Office) -> None:
    _held(office)
    held = office.desk.book.positions[0]
    _vanish(office, office.account.apart.get(office.coin, Decimal(0)) + 1)

    office.accept()

    left = office.desk.book.positions[0]
    levels = [office.desk.book.bracket(left.parent, leg) for leg in (Leg.STOP, Leg.TARGET)]
    lots = left.quantity // Decimal("0.00001") * Decimal("0.00001")
    assert left.quantity == held.quantity - 1
    assert [one.quantity for one in levels if one] == [lots, lots]
    assert [quantity for quantity, _ in stop_at(office.desk)] == [lots]
    assert office.run().is_alike


def test_less_than_a_lot_is_not_kept(fake: Office) -> None:
    _held(fake)
    _vanish(fake, fake.account.apart["BTC"] + fake.desk.book.positions[0].quantity - Decimal("0.000004"))

    fake.accept()

    assert fake.desk.book.positions == ()
    assert fake.account.apart["BTC"] == Decimal("0.000004")
    assert stop_at(fake.desk) == []
    assert fake.run().is_alike


def test_a_copy_of_a_word_accepts_nothing_that_vanished_after_it(fake: Office) -> None:
    _held(fake)
    _vanish(fake, fake.account.apart["BTC"])
    message = _word(fake)
    fake.desk.execute(message)
    held = fake.desk.book.positions
    _vanish(fake, Decimal(1))

    fake.desk.execute(message)

    assert fake.desk.book.positions == held


def test_a_dead_word_is_done_once_it_was_taken_and_not_before(fake: Office) -> None:
    _held(fake)
    _vanish(fake, fake.account.apart["BTC"])
    message = _word(fake)
    before = shown(fake.desk.ledger, message, fake.desk.configuration)

    fake.desk.execute(message)

    assert (before, shown(fake.desk.ledger, message, fake.desk.configuration)) == (False, True)
    later = replace(message, ts=message.ts + 1)
    assert not shown(fake.desk.ledger, later, fake.desk.configuration)
    assert codec.account_of(codec.account_row(fake.account)) == fake.account


def test_a_dead_question_about_an_order_that_still_works_is_done_for_the_next_comparison_asks_again(
    fake: Office,
) -> None:
    _held(fake)
    stop = fake.desk.book.bracket(fake.desk.book.positions[0].parent, Leg.STOP)
    assert stop
    asked = CommandMessage(Command.RECONCILE, COINS, fake.desk.name, 1, "", "reconcile", "k", order_id=stop.id)

    assert shown(fake.desk.ledger, asked, fake.desk.configuration)


def test_a_position_that_is_given_up_counts_in_the_drawdown(fake: Office) -> None:
    adopted(fake)
    items = fake.desk.ledger.items
    items.accounts[COINS] = replace(fake.account, cash=fake.account.cash + 5_000, realised=Decimal(5_000), booked=5)
    fake.desk.send(fake.desk.wish(quantity=Decimal(20)))
    cost = fake.desk.book.exposure
    fake.desk.at.book.balances["USD"] += 5_000  # what the account has earned before
    fake.settled()
    _vanish(fake, fake.desk.at.book.balances["BTC"])
    lately = replace(fake.account, peak=Decimal(0))  # the gain was the last that was booked
    items.accounts[COINS] = lately

    fake.accept()

    lost = cost / (fake.account.opening + 5_000)
    for share, stops in ((lost * 2, False), (lost / 2, True)):
        request = RiskRequest(fake.account, Control(), Limits(drawdown=share), fake.desk.name, Decimal(0), 0)
        assert (drawdown(request) is not None) is stops


def test_a_deposit_in_the_very_moment_of_the_first_look_is_counted_once(fake: Office) -> None:
    fake.desk.at.time.sleep(61)
    fake.desk.clock.time = fake.desk.at.time.ms()
    fake.reconcile()
    (asked,) = fake.queue.sent
    fake.desk.at.book.move("DEPOSIT", "USD", Decimal(7))

    fake.desk.execute(asked)
    fake.queue.sent = []
    assert fake.account.apart["USD"] == 7
    fake.desk.at.book.move("DEPOSIT", "USD", Decimal(5))

    assert fake.settled().is_alike
    assert fake.account.apart["USD"] == 12
    assert fake.controls.get(COINS).state is TradingState.NORMAL


def _held(office: Office) -> None:
    adopted(office)
    office.desk.send(office.desk.wish(stop=Decimal("50.00")))
    office.settled()
    assert office.desk.book.positions


def _vanish(office: Office, quantity: Decimal) -> None:
    book = office.desk.at.book
    book.balances[office.coin] -= quantity
    book.paid_in[office.coin] -= quantity
    office.run()


def _word(office: Office) -> CommandMessage:
    return CommandMessage(Command.ACCEPT, COINS, NOWHERE, office.desk.clock.time, "I took it", "ana", "k")
