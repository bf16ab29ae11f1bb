"""What a sale costs in the coin that is sold, or brings in it, moves coins and no cash."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS, Desk
from tests.unit.application.office import Office, adopted
from tests.venues.trading import pit
from tradewind.application.tax_lots import Method, gone, tax_lots
from tradewind.cli.diagnosis.ledger_checks import arithmetic
from tradewind.domain.ledger import TradingState
from tradewind.domain.order import BY_HAND, Leg


@pytest.fixture(params=["fake", "bybit"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    """Those whose trades tell in which coin a fee is taken."""
    with pit(request.param) as at:
        yield Office(Desk(at))


@pytest.mark.parametrize("rate", ["0.002", "-0.001"])
@pytest.mark.parametrize("sold", ["0.5", "all"])
def test_a_fee_or_a_rebate_of_a_sale_in_the_coin_is_booked_as_coins(office: Office, rate: str, sold: str) -> None:
    adopted(office)
    desk = office.desk
    desk.send(desk.wish(quantity=Decimal(2), stop=Decimal("50.00")))
    office.settled()
    held = desk.book.positions[0].quantity
    desk.at.book.sold_for_coin, desk.at.book.taker = True, Decimal(rate)
    quantity = held if sold == "all" else Decimal(sold)

    desk.send(desk.wish(Leg.EXIT, quantity=quantity, source=BY_HAND))

    assert office.settled().is_alike
    office.proves()
    assert office.controls.get(COINS).state is TradingState.NORMAL
    assert not desk.book.halted
    fee = quantity * Decimal(rate)
    left = sum((one.quantity for one in desk.book.positions), Decimal(0))
    assert left == max(Decimal(0), held - quantity - max(fee, Decimal(0)))
    items = desk.ledger.items
    fills, flows = list(items.fills.values()), list(items.flows.values())
    assert list(arithmetic(office.account, fills, flows)) == []
    assert sum(lot.quantity for lot in tax_lots([*fills, *gone(COINS, flows)], Method.FIFO).held) == left
