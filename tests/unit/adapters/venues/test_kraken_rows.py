"""What Kraken's rows may leave out."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.application.at_venue.desk import Desk
from tests.venues.trading import pit
from tradewind.adapters.venues.kraken import KrakenVenue
from tradewind.domain.order import NOTHING, OrderStatus
from tradewind.domain.terms import OrderKind, Terms


def test_an_order_whose_row_names_no_trades_is_booked_by_every_trade_since(monkeypatch: pytest.MonkeyPatch) -> None:
    real = KrakenVenue._call

    def without(venue: KrakenVenue, method: str, form: dict[str, Any]) -> Any:
        return real(venue, method, {name: value for name, value in form.items() if name != "trades"})

    monkeypatch.setattr(KrakenVenue, "_call", without)
    with pit("kraken") as at:
        desk = Desk(at)
        terms = Terms(OrderKind.LIMIT, limit=Decimal("50.00"))
        order = desk.send(desk.wish(terms=terms, stop=Decimal("40.00"), target=NOTHING))
        at.book.trade(at.symbol, Decimal(50), Decimal(2))

        assert desk.ask(order).status is OrderStatus.FILLED
        desk.check()
