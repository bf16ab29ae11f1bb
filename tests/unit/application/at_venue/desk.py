"""An executor in front of one venue, its ledger in memory, its time the venue's own."""

from dataclasses import replace
from decimal import Decimal

from tests.builders import intent
from tests.fakes.ledger import FakeHealthBoard, FakeJournal, FakeLedger
from tests.fakes.world import FakeClock, FakePause
from tests.unit.application.test_guard_stops import Queue
from tests.venues.trading import Pit
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.guard_stops import GuardReport, GuardStops
from tradewind.domain.bar import Bar
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.configuration import AccountMode, AccountRules, Configuration, Limits
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Book
from tradewind.domain.messages import BarMessage, IntentMessage, Levels, ResolveMessage
from tradewind.domain.order import Leg, Order, OrderIntent, Side
from tradewind.domain.timeframe import MINUTE, Timeframe

COINS = "coins"
ADD = {"kraken": "AddOrder", "bybit": "order/create", "alpaca": "/v2/orders"}
"""What the path has of each venue when an order is sent."""


class Desk:
    """An executor in front of one venue, its ledger in memory, its time the pit's."""

    def __init__(self, at: Pit, remembers: int = 0) -> None:
        self.at, self.name = at, at.instrument
        rules = AccountRules(
            COINS, at.venue.facts.name, Decimal(100_000), 26, 0, Limits(instrument_exposure=Decimal(1)),
            mode=AccountMode.SANDBOX, credentials="ssm:/coins", remembers=remembers,
        )  # fmt: skip
        instrument = Instrument(self.name, Decimal("0.01"), Decimal("0.00001"))
        self.configuration = Configuration("desk", "system", 0, (), {self.name: instrument}, (rules,), (), (), "hash")
        self.ledger, self.clock = FakeLedger(), FakeClock()
        apply_bars = ApplyBars(self.configuration, self.ledger, lambda *_: ())
        self.order = ExecuteOrder(self.configuration, self.ledger, {COINS: at.venue}, apply_bars, self.clock)
        self.execute = ExecuteMessage(apply_bars, self.order, pause=None)  # type: ignore[arg-type]

    @property
    def book(self) -> Book:
        return self.ledger.items.book(COINS, self.name)

    def wish(self, leg: Leg = Leg.ENTRY, **changes: object) -> OrderIntent:
        ts = self.at.time.ms()
        last = self.at.book.market.last(self.at.symbol)
        values = {
            "account": COINS, "instrument": self.name, "ts": ts, "valid_until": ts + 10 * MINUTE,
            "quantity": Decimal(2), "reference_price": last, "stop": last - 20, "target": last + 40,
            "assumed_version": self.book.version, "side": Side.BUY if leg is Leg.ENTRY else Side.SELL,
        }  # fmt: skip
        return replace(intent(leg), **values | changes)  # type: ignore[arg-type]

    def send(self, what: OrderIntent) -> Order:
        self.clock.time = self.at.time.ms()
        self.execute(IntentMessage(what))
        return self.ledger.items.orders[COINS, what.id]

    def ask(self, order: Order) -> Order:
        self.clock.time = self.at.time.ms()
        self.execute(ResolveMessage(COINS, self.name, order.id, self.clock.time, "t"))
        return self.ledger.items.orders[COINS, order.id]

    def protect(self, parent: IntentId) -> None:
        self.clock.time = self.at.time.ms()
        version, why = self.book.version, "seen by the watchdog"
        self.execute(
            CommandMessage(Command.PROTECT, COINS, self.name, self.clock.time, why, "guard_stops", "k", version, parent)
        )

    def guard(self) -> GuardReport:
        """Let the watchdog look once, and do what it asks for."""
        self.clock.time, queue, items = self.at.time.ms(), Queue(), self.ledger.items
        report = GuardStops(
            self.configuration, self.ledger, queue, FakeHealthBoard(items), FakeJournal(items), self.clock,
            FakePause(), {COINS: self.at.venue},
        )()  # fmt: skip
        for one in queue.sent:
            self.execute(one)
        return report

    def pass_bar(self, high: Decimal, levels: tuple[Levels, ...] = ()) -> None:
        self.execute(self.next_bar(high, levels))

    def next_bar(self, high: Decimal, levels: tuple[Levels, ...] = ()) -> BarMessage:
        ts = self.at.time.ms() // MINUTE * MINUTE + MINUTE
        self.at.time.now = ts / 1000
        self.clock.time = ts
        last = float(self.at.book.market.last(self.at.symbol))
        bar = Bar(ts - MINUTE, ts, last, float(high), last, last, 1.0)
        return BarMessage(COINS, self.name, Timeframe.M1, 1, bar, -1, "", "t", 0, levels)

    def check(self) -> None:
        """Compare the ledger with the venue: what is held, and what was paid."""
        account = self.ledger.items.accounts[COINS]
        base, _, quote = self.at.symbol.partition("-")
        exchange = self.at.book
        held = sum((one.quantity for one in self.book.positions), Decimal(0))
        assert exchange.balances[base] - exchange.paid_in[base] == held
        assert exchange.balances[quote] - exchange.paid_in[quote] == account.cash - account.opening
        assert account.cash + self.book.exposure == account.opening + account.realised


def stop_at(desk: Desk) -> list[tuple[Decimal, Decimal]]:
    return [(one.quantity, one.trigger) for one in desk.at.venue.open_orders() if one.trigger]


def forget_stops(desk: Desk) -> None:
    desk.at.time.sleep(120)
    for name in [name for name, one in desk.at.book.orders.items() if one.wish.trigger]:
        del desk.at.book.orders[name]
