"""Order books that somebody looked at, one an instrument: `ORDERBOOK#{instrument}` / `LATEST`, the newest kept."""

from dataclasses import dataclass
from decimal import Decimal

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb.failures import ConditionError
from tradewind.adapters.dynamodb.table import Condition, Item, Table, key, key_of, number
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import BookLevel, OrderBook

DEPTH = 100
"""Levels a side that are kept."""


@dataclass(frozen=True, slots=True)
class DynamoOrderBooks:
    """The latest order book of each instrument in the market table."""

    table: Table

    def __call__(self, instrument: InstrumentId) -> OrderBook | None:
        """Return the latest one, or None."""
        item = self.table.get(*_key(instrument))
        return _book(instrument, item) if item else None

    def put(self, book: OrderBook) -> None:
        """Keep it, unless a later one is there."""
        row = {"bids": _rows(book.bids), "asks": _rows(book.asks)}
        item = {**key(*_key(book.instrument)), "ts": number(book.ts), **codec.seal(row)}
        newer = Condition("attribute_not_exists(pk) OR #ts < :ts", {"#ts": "ts"}, {":ts": number(book.ts)})
        try:
            self.table.put(item, newer)
        except ConditionError:
            return  # somebody looked later


def _key(instrument: InstrumentId) -> tuple[str, str]:
    return f"ORDERBOOK#{instrument}", "LATEST"


def _rows(levels: tuple[BookLevel, ...]) -> list[list[str]]:
    return [[str(level.price), str(level.quantity)] for level in levels[:DEPTH]]


def _book(instrument: InstrumentId, item: Item) -> OrderBook:
    where = "/".join(key_of(item))
    row = codec.unseal(where, item)
    with codec.reading(where):
        bids, asks = (tuple(BookLevel(*map(Decimal, level)) for level in row[side]) for side in ("bids", "asks"))
        return OrderBook(instrument, int(item["ts"]["N"]), bids, asks)
