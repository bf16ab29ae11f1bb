"""An account of a hundred thousand trades, in the ledger's table."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from itertools import batched, chain, repeat

from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.table import Item, Table
from tradewind.adapters.dynamodb.views import DynamoViews, trip_item
from tradewind.application.trade_view import View, add
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import START, Account, Book, Stake, SubPosition
from tradewind.domain.order import Leg, Order, OrderStatus, Side
from tradewind.domain.timeframe import MINUTE

INSTRUMENTS, HELD = 611, 5
TRADES = 100_000
ACCOUNT = "paper"
STRATEGIES = ("rsi_pullback_pro", "swing_trader")


def names() -> list[str]:
    """Return the instruments that are followed."""
    return [f"COIN{i:03d}-USD.SIM" for i in range(INSTRUMENTS)]


class Traded:
    """An account's ledger: fills, each with its order and its journal entry, and what is held in the end."""

    def __init__(self, ledger: Table) -> None:
        self._ledger, self._head, self._seq = ledger, START, 0

    def load(self, end: int) -> None:
        """Store so many fills, their round trips added up: such a backlog never arises at once in production."""
        view, trips = add(View(), map(_fill, range(1, TRADES + 1), repeat(end)))
        DynamoViews(self._ledger).save(ACCOUNT, replace(view, seq=TRADES, version=1), trips[-1:])
        told = (trip_item(ACCOUNT, number, trip) for number, trip in enumerate(trips, 1))
        rows = chain(told, (row for number in range(1, TRADES + 1) for row in self._rows(number, end)))
        with ThreadPoolExecutor(2) as pool:
            for parts in batched(batched(rows, 1_000, strict=False), 8, strict=False):
                list(pool.map(self._ledger.write_many, parts))
        self._hold(end)

    def trade(self, ts: int) -> None:
        """Buy and sell once more."""
        rows = [row for number in (self._seq + 1, self._seq + 2) for row in self._rows(number, ts)]
        self._ledger.write_many([*rows, items.account_item(self._account())])

    def _account(self) -> Account:
        stake = Stake(TRADES, Decimal(1000), Decimal(0))
        stakes = {InstrumentId(name): stake for name in names()[:HELD]}
        return Account(ACCOUNT, Decimal(1_000_000), Decimal(995_000), seq=self._seq, stakes=stakes)

    def _hold(self, end: int) -> None:
        self._ledger.write_many([items.account_item(self._account())])
        for k, name in enumerate(map(InstrumentId, names()[:HELD])):
            entry = replace(_order(k, TRADES, Side.BUY, end), instrument=name)
            held = SubPosition(STRATEGIES[0], Decimal(10), Decimal(1000), end, 3, entry.id)
            stop = replace(entry, id=_id(TRADES * 3 + k), leg=Leg.STOP, side=Side.SELL, price=Decimal(95))
            book = Book(ACCOUNT, name, 2, end, Decimal(101), (held,), (replace(stop, status=OrderStatus.ACCEPTED),))
            self._ledger.write_many([items.book_item(book, TRADES)])

    def _rows(self, number: int, end: int) -> list[Item]:
        fill = _fill(number, end)
        facts = {"order_id": fill.order_id, "trade_id": fill.trade_id}
        event = Event(
            "ORDER_FILLED", Severity.INFO, f"{fill.side} {fill.quantity} {fill.instrument}", fill.instrument, facts
        )
        entry = JournalEntry(ACCOUNT, number, fill.ts, (event,), self._head)
        self._head, self._seq = entry.hash, number
        return [items.order_item(_filled(number, end), number), items.fill_item(fill), items.entry_item(entry)]


def _filled(number: int, end: int) -> Order:
    side = Side.BUY if number % 2 else Side.SELL
    return replace(_order(number, number, side, end - max(0, TRADES - number) * MINUTE), status=OrderStatus.FILLED)


def _fill(number: int, end: int) -> Fill:
    order = _filled(number, end)
    realised = Decimal(number % 7 - 3) if order.side is Side.SELL else Decimal(0)
    return Fill.of(order, 1, order.quantity, Decimal(100), Decimal("0.1"), realised, order.created)


def _order(k: int, number: int, side: Side, ts: int) -> Order:
    leg = Leg.ENTRY if side is Side.BUY else Leg.EXIT
    name = InstrumentId(_names_of(k // 2))
    parent = _id(number if side is Side.BUY else number - 1)
    trace = f"sim-0@{ts}.1"
    return Order(
        _id(number), ACCOUNT, name, STRATEGIES[k % 2], leg, side, Decimal(10), parent, ts, reason="SIGNAL", trace=trace
    )


def _names_of(k: int) -> str:
    return f"COIN{k % INSTRUMENTS:03d}-USD.SIM"


def _id(number: int) -> IntentId:
    text = f"{number:032x}"
    return IntentId(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")
