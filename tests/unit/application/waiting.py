"""A person's book on paper, bar by bar, with orders that wait for their price."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from tests.builders import ACME, FREE, PAPER, bar, configuration, day, flat_bar
from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakeClock, FakePause, FakeVenue
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.by_hand import Wanted, entry_intent, exit_intent
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.steering import Steering
from tradewind.domain.bar import Bar
from tradewind.domain.ledger import Book
from tradewind.domain.market import OrderBook
from tradewind.domain.messages import BarMessage, IntentMessage, Message, from_json, to_json
from tradewind.domain.order import Order, OrderStatus
from tradewind.domain.order_terms import OrderKind, Terms
from tradewind.domain.replace_message import Change
from tradewind.domain.timeframe import DAY, Timeframe

NOW = day(3)
S = OrderStatus


def money(text: str | int) -> Decimal:
    return Decimal(text)


@dataclass
class World:
    """A daily share that last closed at 100; nothing is held."""

    books: dict[str, OrderBook] = field(default_factory=dict)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    bars: list[Bar] = field(default_factory=lambda: [flat_bar(3, 100)])
    keys: int = 0

    def __post_init__(self) -> None:
        self.configuration = configuration(rules=FREE)
        apply_bars = ApplyBars(self.configuration, self.ledger, self.history)
        clock, venues = FakeClock(), {"PAPER": FakeVenue()}
        execute = ExecuteOrder(self.configuration, self.ledger, venues, apply_bars, clock, self.books.get)
        self.execute = ExecuteMessage(apply_bars, execute, FakePause())

    def history(self, _: object, __: object, after: int, until: int) -> list[Bar]:
        return [one for one in self.bars if after < one.ts_close <= until]

    @property
    def book(self) -> Book:
        return self.ledger.items.book(PAPER, ACME)

    @property
    def now(self) -> int:
        return self.bars[-1].ts_close

    def order(self, order_id: str) -> Order:
        return self.ledger.items.orders[PAPER, order_id]  # type: ignore[index]

    def sent(self, message: Message) -> None:
        read = from_json(to_json(message))
        assert read == message
        self.execute(read)

    def wanted(self, terms: Terms, **changes: Any) -> Wanted:
        self.keys += 1
        close = money(str(self.bars[-1].close)).quantize(money("0.01"))
        made = Wanted(money(10), close, "by hand", f"k{self.keys}", self.now, money("80.00"), terms=terms)
        return replace(made, **changes)

    def buy(self, terms: Terms, **changes: Any) -> str:
        intent = entry_intent(self.configuration, self.book, self.wanted(terms, **changes))
        self.sent(IntentMessage(intent))
        return intent.id

    def sell(self, terms: Terms, **changes: Any) -> str:
        intent = exit_intent(self.configuration, self.book, self.wanted(terms, **changes))
        self.sent(IntentMessage(intent))
        return intent.id

    def change(self, order_id: str, change: Change, key: str = "c") -> Message:
        steering = Steering(self.configuration, lambda _: self.now, "ana", key)
        message = steering.replace(self.order(order_id), change, "closer")
        self.sent(message)
        return message

    def bar(self, open_: float, high: float, low: float, close: float, volume: float = 0.0) -> None:
        one = bar(self.now // DAY + 1, open_, high, low, close, volume)
        self.bars.append(one)
        self.execute(BarMessage(PAPER, ACME, Timeframe.D1, 1, one, -1, "", "t"))
        owner = self.ledger.items.accounts[PAPER]
        assert owner.cash + self.book.exposure == owner.opening + owner.realised

    @property
    def fills(self) -> list[tuple[str, Decimal, Decimal]]:
        return [(one.leg, one.quantity, one.price) for one in self.ledger.items.fills.values()]


def terms(kind: str, limit: str = "0", trigger: str = "0", trail: str = "0", **more: Any) -> Terms:
    return Terms(OrderKind(kind), money(limit), money(trigger), money(trail), **more)


LIMIT = terms("LIMIT", "95.00")


def holding(**changes: Any) -> World:
    """Return a world that holds ten at 100, stop 80."""
    world = World()
    world.buy(terms("MARKET"), **changes)
    return world
