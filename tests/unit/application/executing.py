"""An executor over a paper or a real-looking venue, and the intents that its tests hand to it."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.builders import (
    ACME,
    FREE,
    PAPER,
    account,
    book,
    configuration,
    day,
    held,
    intent,
)
from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakeClock, FakeVenue
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import ExecutionVenue
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book, Stake
from tradewind.domain.messages import ResolveMessage
from tradewind.domain.order import Leg, Order, OrderIntent
from tradewind.domain.timeframe import Timeframe

BUY = intent()
SELL = intent(Leg.EXIT, ts=day(2), assumed_version=1)
RESOLVE = ResolveMessage(PAPER, ACME, BUY.id, day(2), "trace")


@dataclass
class World:
    venue: ExecutionVenue = field(default_factory=FakeVenue)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    clock: FakeClock = field(default_factory=FakeClock)
    history: list[Bar] = field(default_factory=list)
    rules: AccountRules = FREE

    def __post_init__(self) -> None:
        made = configuration(rules=self.rules)
        apply_bars = ApplyBars(made, self.ledger, self.bars)
        self.execute = ExecuteOrder(made, self.ledger, {"PAPER": self.venue}, apply_bars, self.clock)

    def bars(self, _: InstrumentId, __: Timeframe, after: int, until: int) -> list[Bar]:
        return [one for one in self.history if after < one.ts_close <= until]

    def put(self, one: Book, owner: Account | None = None, **controls: Any) -> "World":
        self.ledger.items.books[PAPER, one.instrument] = one
        if owner:
            # The journal is as long as the account says.
            self.ledger.items.journals[PAPER] = [None] * owner.seq  # type: ignore[list-item]
            self.ledger.items.accounts[PAPER] = owner
        return self

    def order(self, wish: OrderIntent = BUY) -> Order:
        return self.ledger.items.orders[PAPER, wish.id]

    @property
    def book(self) -> Book:
        return self.ledger.items.book(PAPER, ACME)

    @property
    def account(self) -> Account:
        return self.ledger.items.accounts[PAPER]

    @property
    def entries(self) -> int:
        return len(self.ledger.items.journals.get(PAPER, []))


def in_position(venue: ExecutionVenue | None = None, **changes: Any) -> World:
    """Return a world in which `entry` was filled at 100 on day 2."""
    staked = account(cash=Decimal(99_000), stakes={ACME: Stake(0, Decimal(1_000), Decimal(0))})
    return World(venue or FakeVenue()).put(book(positions=(held(),), last_bar=day(2), **changes), staked)
