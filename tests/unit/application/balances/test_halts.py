"""What nobody can explain halts an instrument, whether it is held or not; a halt stops only what was judged."""

from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS
from tests.unit.application.office import Office, adopted
from tradewind.application.reconcile import Reconcile
from tradewind.domain.order import Leg
from tradewind.execution.reconciling import Action


def test_an_instrument_that_is_flat_but_was_traded_before_is_halted(office: Office) -> None:
    _flat(office)
    _vanish(office, Decimal("0.5"))

    found = office.run()

    assert {one.action for one in found.findings} == {Action.HALT}
    assert office.desk.book.halted.startswith(f"{office.coin}: the venue has ")


def test_a_flat_instrument_that_is_halted_is_not_halted_again(fake: Office) -> None:
    _flat(fake)
    _vanish(fake, Decimal("0.5"))
    fake.run()

    fake.run()

    assert len(fake.events("INSTRUMENT_HALTED")) == 1
    assert fake.queue.sent == []


def test_a_flat_instrument_that_was_bought_since_it_was_judged_waits_for_the_next_comparison(
    fake: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    _flat(fake)
    _vanish(fake, Decimal("0.5"))
    real = Reconcile._act

    def late(*told: object) -> None:
        fake.desk.send(fake.desk.wish(id="0" * 32))
        real(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(Reconcile, "_act", late)

    fake.run()

    assert fake.desk.book.positions
    assert not fake.desk.book.halted


def _flat(office: Office) -> None:
    """Let an instrument be bought and sold again."""
    adopted(office)
    office.desk.send(office.desk.wish())
    office.settled()
    office.desk.send(office.desk.wish(Leg.EXIT, quantity=office.desk.book.positions[0].quantity))
    office.settled()
    book = office.desk.ledger.items.book(COINS, office.desk.name)
    assert not book.is_active
    assert book.version > 0


def _vanish(office: Office, quantity: Decimal) -> None:
    book = office.desk.at.book
    book.balances[office.coin] -= quantity
    book.paid_in[office.coin] -= quantity  # nobody can tell where it went
