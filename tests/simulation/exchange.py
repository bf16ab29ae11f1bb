"""An account at an exchange with books of its own, whose lines are bad and which is down at times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import isfinite
from random import Random

from tests.fakes.venue import FACTS, FakeExchangeVenue
from tests.simulation import market
from tests.simulation.chaos import Chaos
from tests.simulation.scheduler import Scheduler
from tests.venues.exchange import Exchange
from tests.venues.market import Market, Row, Rules, Source
from tests.venues.orders import DeniedError, Wish
from tradewind.application.ports import Unclear, VenueAnswer, VenueFill, VenueOrder
from tradewind.domain.errors import TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Order
from tradewind.domain.order_terms import OrderKind
from tradewind.domain.timeframe import MINUTE, Timeframe
from tradewind.domain.validation import RawBar
from tradewind.domain.venue import Balance, VenueFlow

FEE = Decimal("0.0005")
SHARE = Decimal("0.004")
"""Of a bar's volume an order that waits gets so little that it fills in parts."""

LACKING = frozenset({OrderKind.TRAILING_STOP, OrderKind.TAKE_PROFIT})
"""Kinds of orders that it cannot hold: the executor watches them."""

_HEARD = 0.5
"""How many of the changes are made whose answer is lost."""

APART = Decimal(777)
"""What lies in the account besides, in dollars."""


@dataclass(frozen=True)
class Manners:
    """How one venue treats a client id that it has seen, an order that is late, and a buyer's fee.

    Attributes
    ----------
    unique : str
        Of client ids: `open` among open orders, `ever` for good.
    expires : bool
        Whether an order that arrives after its deadline is refused.
    """

    unique: str
    expires: bool
    fee_in_coin: bool = False


MANNERS: Mapping[str, Manners] = {
    "kraken": Manners("open", expires=True),
    "bybit": Manners("ever", expires=True, fee_in_coin=True),
    "alpaca": Manners("ever", expires=False),
}
"""As the simulated venues of `tests.venues` have them, which the recorded ones are held beside."""


@dataclass(frozen=True)
class TapeSource(Source):
    """The market's own bars, which the providers show well or badly."""

    rows: dict[InstrumentId, Sequence[RawBar]]

    def row(self, symbol: str, timeframe: Timeframe, ts: int) -> Row | None:
        found = self.rows[InstrumentId(f"{symbol}.SIM")]
        at = (ts - market.START) // MINUTE
        if not 0 <= at < len(found):
            return None
        values = [one for one in found[at][1:6] if isinstance(one, float)]
        if len(values) < 5 or not all(isfinite(one) and one > 0 for one in values):
            return None
        return Row(ts, *(f"{one:.2f}" for one in values))


@dataclass
class SimulatedExchange(FakeExchangeVenue):
    """An exchange with one venue's manners.

    Attributes
    ----------
    manners : Manners
        Where nothing expires, an order that is late may arrive whenever it likes.
    loss : float
        How likely an order or its answer is lost.
    down_until : int
        UTC ms up to which nobody is answered.
    """

    scheduler: Scheduler | None = None
    chaos: Chaos | None = None
    loss: float = 0.0
    down_until: int = 0
    manners: Manners = MANNERS["kraken"]

    def submit(self, order: Order) -> VenueAnswer:
        if self._is_down():
            return Unclear("the exchange is down")
        assert self.chaos
        if not self.chaos.strikes(self.loss):
            return super().submit(order)
        return self._lose(order)

    def find(self, order: Order) -> VenueAnswer:
        return Unclear("the exchange is down") if self._is_down() else super().find(order)

    def cancel(self, order: Order) -> VenueAnswer:
        return Unclear("the exchange is down") if self._is_down() else super().cancel(order)

    def replace(self, order: Order, quantity: Decimal, price: Decimal) -> VenueAnswer:
        if self._is_down():
            return Unclear("the exchange is down")
        assert self.chaos
        if not self.chaos.strikes(self.loss):
            return super().replace(order, quantity, price)
        if self.chaos.rng.random() < _HEARD:
            super().replace(order, quantity, price)
        return Unclear("the answer to a change was lost")

    def open_orders(self) -> Sequence[VenueOrder]:
        self._answers()
        return super().open_orders()

    def fills(self, since: int) -> Sequence[VenueFill]:
        self._answers()
        return super().fills(since)

    def flows(self, since: int) -> Sequence[VenueFlow]:
        self._answers()
        return super().flows(since)

    def balances(self) -> dict[str, Balance]:
        self._answers()
        return dict(super().balances())

    def by_hand(self, rng: Random) -> None:
        """Let the account's owner pay in, take out, be charged, or trade without telling anybody."""
        what = rng.choice(("DEPOSIT", "WITHDRAWAL", "FEE", "FUNDING", "trade", "order"))
        if what not in {"trade", "order"}:
            self.exchange.move(what, "USD", Decimal(rng.randrange(1, 20)) * (1 if what == "DEPOSIT" else -1))
            return
        symbol = rng.choice(market.INSTRUMENTS).partition(".")[0]
        kind, limit = ("market", Decimal(0)) if what == "trade" else ("limit", Decimal("0.10"))
        try:
            name = f"theirs-{len(self.exchange.orders)}"
            self.exchange.place(Wish(symbol, "buy", Decimal("0.01"), kind, limit, client_id=name))
        except DeniedError:
            return

    def _is_down(self) -> bool:
        assert self.scheduler
        return self.scheduler.now < self.down_until

    def _answers(self) -> None:
        if self._is_down():
            raise TransientError("the exchange is down")

    def _lose(self, order: Order) -> VenueAnswer:
        assert self.chaos
        assert self.scheduler
        fate = self.chaos.rng.choice(("answer", "order", "late"))
        if fate == "answer":
            super().submit(order)
        elif fate == "late":
            delay = self.chaos.rng.randrange(FACTS.settles * (1 if self.manners.expires else 3))
            self.scheduler.at(self.scheduler.now + delay, lambda: self._arrive(order))
        return Unclear(f"the {fate} was lost")

    def _arrive(self, order: Order) -> None:
        FakeExchangeVenue.submit(self, order if self.manners.expires else replace(order, deadline=0))


def exchange_of(
    rows: dict[InstrumentId, Sequence[RawBar]],
    cash: int,
    scheduler: Scheduler,
    chaos: Chaos,
    loss: float,
    skew: int,
    manners: Manners,
) -> SimulatedExchange:
    """Set up the exchange; its clock is `skew` ms ahead of everybody else's."""
    symbols = {name.partition(".")[0]: Rules("0.01", "0.001", "0", "0.001") for name in market.INSTRUMENTS}
    paid_in = {"USD": cash + APART, "AA": Decimal(3)}
    traded = Market(symbols, lambda: scheduler.now + skew, TapeSource(rows))
    unique, in_coin = manners.unique, manners.fee_in_coin
    exchange = Exchange(traded, paid_in, taker=FEE, maker=FEE, fee_in_coin=in_coin, unique=unique, share=SHARE)
    return SimulatedExchange(
        exchange,
        facts=replace(FACTS, kinds=FACTS.kinds - LACKING),
        instruments=list(market.INSTRUMENTS),
        suffix="SIM",
        scheduler=scheduler,
        chaos=chaos,
        loss=loss,
        manners=manners,
    )
