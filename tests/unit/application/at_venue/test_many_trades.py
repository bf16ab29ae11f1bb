"""An order that its venue executed in more trades than one transaction can write is booked, part by part."""

from decimal import Decimal

import pytest

from tests.fakes.ledger import FakeLedger
from tests.unit.application.at_venue.desk import COINS, Desk, stop_at
from tradewind.domain.changeset import Changeset
from tradewind.domain.errors import PermanentError
from tradewind.domain.order import Leg, Order, OrderStatus
from tradewind.domain.terms import OrderKind, Terms

MANY = 130
EACH = Decimal("0.02")
LOT = Decimal("0.00001")


def bought(desk: Desk) -> Order:
    """Let an entry rest, and fill in many trades of which nobody has heard yet."""
    terms = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))
    wish = desk.wish(terms=terms, quantity=MANY * EACH, stop=Decimal("40.00"), target=Decimal("90.00"))
    order = desk.send(wish)
    for _ in range(MANY):
        desk.at.book.trade(desk.at.symbol, Decimal(50), EACH)
    return order


def is_covered(desk: Desk) -> bool:
    ((quantity, price),) = stop_at(desk)
    return 0 <= desk.book.positions[0].quantity - quantity < LOT and price == Decimal("40.00")


def test_an_entry_in_many_trades_is_booked_and_covered(desk: Desk) -> None:
    order = bought(desk)

    told = desk.ask(order)

    assert (told.status, told.filled, told.parts) == (OrderStatus.FILLED, MANY * EACH, MANY)
    assert len(desk.ledger.items.fills) == MANY
    assert desk.book.positions[0].entries == 1
    assert is_covered(desk)
    desk.check()


def test_a_stop_that_sold_in_many_trades_leaves_nothing_held(desk: Desk) -> None:
    desk.ask(bought(desk))
    stop = desk.book.bracket(desk.book.positions[0].parent, Leg.STOP)
    assert stop
    (placed,) = desk.at.book.working()
    for _ in range(MANY - 1):
        desk.at.book.fill_late(placed, EACH / 2, Decimal("39.00"))
    desk.at.book.fill_late(placed, placed.left, Decimal("39.00"))

    assert desk.ask(stop).status is OrderStatus.FILLED
    assert (desk.book.positions, desk.book.orders) == ((), ())
    assert len(desk.ledger.items.fills) == 2 * MANY


def test_what_broke_off_between_two_parts_is_covered_already_and_booked_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, commit, booked = bought(desk), FakeLedger.commit, list[Changeset]()

    def breaks(self: FakeLedger, changeset: Changeset) -> None:
        if booked and changeset.fills:
            raise PermanentError("broken off")
        booked.extend([changeset] if changeset.fills else [])
        commit(self, changeset)

    with monkeypatch.context() as broken:
        broken.setattr(FakeLedger, "commit", breaks)
        with pytest.raises(PermanentError, match="broken off"):
            desk.ask(order)
    assert desk.ledger.items.orders[COINS, order.id].status is OrderStatus.PARTIALLY_FILLED
    assert desk.book.positions[0].quantity < MANY * EACH * Decimal("0.9")
    assert is_covered(desk)

    assert desk.ask(order).status is OrderStatus.FILLED
    assert len(desk.ledger.items.fills) == MANY
    assert is_covered(desk)
    desk.check()


@pytest.mark.parametrize("desk", ["fake"], indirect=True)
def test_what_filled_of_an_order_that_was_over_is_told_once(desk: Desk) -> None:
    order = desk.send(desk.wish(terms=Terms(OrderKind.LIMIT, limit=Decimal("50.00")), quantity=MANY * EACH))
    (placed,) = desk.at.book.by_client(order.id)
    desk.at.book.cancel(placed)
    assert desk.ask(order).status is OrderStatus.CANCELED
    for _ in range(MANY - 1):
        desk.at.book.fill_late(placed, EACH, Decimal("50.00"))

    assert desk.ask(order).status is OrderStatus.CANCELED

    entries = desk.ledger.items.journals[COINS]
    (late,) = [one for entry in entries for one in entry.events if one.kind == "LATE_FILL"]
    assert late.text.startswith(f"{(MANY - 1) * EACH} ")
    assert len(desk.ledger.items.fills) == MANY - 1
    desk.check()
