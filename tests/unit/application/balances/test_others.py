"""What other people do in the account, in pairs that nobody configured too, moves coins that there are."""

from decimal import Decimal

import pytest

from tests.unit.application.at_venue.desk import COINS, Desk
from tests.unit.application.office import Office, adopted
from tests.venues.kraken_private import KrakenAccount
from tests.venues.orders import Placed, Wish
from tests.venues.trading import pit
from tradewind.domain.errors import TransientError
from tradewind.domain.ledger import TradingState
from tradewind.execution.reconciling import Action


def test_a_trade_elsewhere_in_a_pair_that_is_not_configured_moves_its_coins_and_halts_nobody(office: Office) -> None:
    desk = office.desk
    object.__setattr__(desk.at.venue, "instruments", [desk.name])
    office.settled()
    before = office.account.apart
    symbol = next(one for one in desk.at.book.market.symbols if one.startswith("ETH-"))
    desk.at.time.sleep(1)
    for side in ("sell", "sell", "buy"):
        desk.at.book.place(Wish(symbol, side, Decimal(1), client_id=f"theirs-{len(desk.at.book.orders)}"))

    assert office.settled().is_alike

    account, venue = office.account, desk.at.book.balances
    assert office.controls.get(COINS).state is TradingState.NORMAL
    assert account.apart.keys() <= venue.keys()
    assert account.apart["ETH"] - before.get("ETH", 0) == venue["ETH"] - desk.at.book.paid_in["ETH"] < 0


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"price": "+5.0000%", "ordertype": "trailing-stop"}, "BUY 1 BTC-USD.KRAKEN"),
        ({"price": "soon"}, "which cannot be read"),
        ({"type": "swap"}, "which cannot be read"),
    ],
)
def test_an_order_of_somebody_else_that_reads_otherwise_blinds_nobody(
    monkeypatch: pytest.MonkeyPatch, row: dict[str, str], told: str
) -> None:
    with pit("kraken") as at:
        office = adopted(Office(Desk(at)))
        office.desk.send(office.desk.wish(stop=Decimal("50.00")))
        office.settled()
        theirs = _placed(office, "")
        _spoil(monkeypatch, theirs, row)

        found = office.settled()

        assert [(one.action, one.subject) for one in found.findings] == [(Action.TELL, f"order {theirs.id}")]
        assert told in found.findings[0].text
        assert office.desk.guard().repaired == ()


def test_an_order_that_may_be_ours_has_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with pit("kraken") as at:
        office = adopted(Office(Desk(at)))
        _spoil(monkeypatch, _placed(office, "a-name"), {"price": "soon"})

        with pytest.raises(TransientError, match="price"):
            at.venue.open_orders()


def _placed(office: Office, client_id: str) -> Placed:
    wish = Wish(office.desk.at.symbol, "buy", Decimal(1), "limit", Decimal("50.00"), client_id=client_id)
    return office.desk.at.book.place(wish)


def _spoil(monkeypatch: pytest.MonkeyPatch, order: Placed, terms: dict[str, str]) -> None:
    """Let Kraken tell an order's terms in other words."""
    real = KrakenAccount._row

    def row(self: KrakenAccount, one: Placed) -> dict[str, object]:
        told = real(self, one)
        return told | {"descr": told["descr"] | terms} if one is order else told

    monkeypatch.setattr(KrakenAccount, "_row", row)
