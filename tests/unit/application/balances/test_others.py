"""What other people do in the account, in pairs that nobody configured too, moves coins that there are."""

from decimal import Decimal

from tests.unit.application.at_venue.desk import COINS
from tests.unit.application.office import Office
from tests.venues.orders import Wish
from tradewind.domain.ledger import TradingState


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
