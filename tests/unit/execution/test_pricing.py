"""What is filled between two bars pays what the order book holds, and behind its last level no less."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.market import BookLevel, OrderBook
from tradewind.domain.order import Side
from tradewind.execution.pricing import Priced, Seen, priced

NAME = InstrumentId("IBM.XNYS")
SHARE = Instrument(NAME, Decimal("0.01"), Decimal(1))
BIDS = (BookLevel(Decimal(97), Decimal(5)), BookLevel(Decimal(96), Decimal(5)))
ASKS = (BookLevel(Decimal(103), Decimal(5)), BookLevel(Decimal(104), Decimal(5)))
SEEN = Seen(Decimal(100), 900, OrderBook(NAME, 1000, BIDS, ASKS))


def at_market(side: Side, quantity: int, seen: Seen = SEEN) -> Priced:
    return priced(seen, side, Decimal(quantity), SHARE, 10, 1000)


@pytest.mark.parametrize(
    ("side", "quantity", "price"),
    [
        (Side.BUY, 5, "103.00"),
        (Side.BUY, 8, "103.38"),  # (5 * 103 + 3 * 104) / 8, up to the tick
        (Side.BUY, 12, "103.61"),  # ... + 5 * 104 + 2 * 104.11: 104 and a thousandth of it, up to the tick
        (Side.SELL, 5, "97.00"),
        (Side.SELL, 12, "96.40"),  # (5 * 97 + 5 * 96 + 2 * 95.90) / 12, down to the tick
    ],
)
def test_a_market_order_walks_the_book_and_its_rest_pays_behind_the_last_level(
    side: Side, quantity: int, price: str
) -> None:
    assert at_market(side, quantity).price == Decimal(price)


@pytest.mark.parametrize(("side", "close", "price"), [(Side.BUY, 120, "105.02"), (Side.SELL, 80, "94.99")])
def test_the_rest_is_never_better_than_the_last_close_allows(side: Side, close: int, price: str) -> None:
    # (5 * 103 + 5 * 104 + 120.12) / 11, up to the tick; (5 * 97 + 5 * 96 + 79.92) / 11, down to it
    assert at_market(side, 11, replace(SEEN, close=Decimal(close))).price == Decimal(price)


def test_what_lay_behind_the_book_is_told_with_the_price() -> None:
    assert at_market(Side.BUY, 12).inputs == {
        "book_ts": 1000, "levels": [["103", "5"], ["104", "5"]], "beyond": ["104.11", "2"], "spread_bps": 10,
    }  # fmt: skip


def test_a_side_that_offers_nothing_is_no_market() -> None:
    empty = replace(SEEN, book=OrderBook(NAME, 1000, BIDS, ()))

    assert at_market(Side.BUY, 1, empty).price == Decimal("100.10")
