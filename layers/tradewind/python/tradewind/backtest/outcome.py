"""From a run's events to orders and fills as the ledger has them: the same identifiers, in exact decimals."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from tradewind.application.drafting import reservation
from tradewind.backtest import layout
from tradewind.backtest.engine import Run, reasons_of
from tradewind.backtest.setup import Setup, coarse
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId, intent_id
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus, Side
from tradewind.execution.paper import fee
from tradewind.indicators.regime import REGIMES

_LEGS = (Leg.ENTRY, Leg.EXIT, Leg.STOP, Leg.TARGET)


@dataclass
class _Held:
    """A position while the events are read again."""

    quantity: Decimal = NOTHING
    cost: Decimal = NOTHING
    brackets: dict[Leg, IntentId] = field(default_factory=dict)


class Outcome:
    """Orders and fills of a run, in the order in which they came to be."""

    def __init__(self, run: Run) -> None:
        self.run, self.setup = run, run.setup
        self._orders: dict[IntentId, Order] = {}
        self._fills: list[Fill] = []
        self._ids: dict[int, IntentId] = {}
        self._parts: Counter[IntentId] = Counter()
        self._held: dict[int, _Held] = {}
        self._joined = [coarse(one, self.setup.account.cash) for one in self.setup.instruments]
        self._reasons = [reasons_of(one) for one in self.setup.strategies]
        self._shards = _shards(self.setup)

    @cached_property
    def orders(self) -> list[Order]:
        """Return every order."""
        self._read()
        return list(self._orders.values())

    @cached_property
    def fills(self) -> list[Fill]:
        """Return every fill."""
        self._read()
        return self._fills

    @cached_property
    def regimes(self) -> dict[IntentId, str]:
        """Return the market's regime at each entry's decision, where the strategy's decisions carry it."""
        self._read()
        named = {number: REGIMES[int(value)] for number, value in self.run.regimes.items() if value == value}  # noqa: PLR0124 - NaN
        return {self._ids[number]: name for number, name in named.items() if number in self._ids}

    def _read(self) -> None:
        if self._orders:
            return
        handlers = {
            layout.ENTERED: self._entered,
            layout.DENIED: self._denied,
            layout.REJECTED: self._rejected,
            layout.LEFT: self._left,
            layout.FILLED: self._filled,
            layout.CANCELED: self._canceled,
            layout.LEVELS: self._moved,
        }
        for row in self.run.events.tolist():
            handle: Any = handlers[row[0]]
            handle(*row[1:])

    # ── each kind of event ───────────────────────────────────────────────────────────────────────────────────────

    def _entered(self, ts: int, k: int, number: int, parent: int, lots: int, ticks: int, *levels: int) -> None:
        s, i = divmod(k, len(self.setup.instruments))
        instrument, rules = self.setup.instruments[i], self.setup.account
        stop, target, worst = (instrument.price(level) for level in levels)
        identifier = self._intent(s, i, ts, Leg.ENTRY)
        self._ids[number] = identifier
        quantity = self._quantity(i, lots)
        del ticks
        self._orders[identifier] = Order(
            id=identifier,
            account=rules.name,
            instrument=instrument.id,
            strategy=self.setup.at_work[s].rules.name,
            leg=Leg.ENTRY,
            side=Side.BUY,
            quantity=quantity,
            parent=self._ids[parent],
            created=ts,
            stop=stop,
            target=target,
            worst_price=worst,
            reserved=reservation(quantity, worst, rules.fee_bps),
            valid_until=ts + self.setup.bars.timeframe.ms,
            status=OrderStatus.ACCEPTED,
            reason="ENTRY",
            trace=f"{self._shards[i]}@{ts}.1",
        )

    def _denied(self, ts: int, k: int, number: int, parent: int, assumed: int, version: int, *_: int) -> None:
        del ts, k, parent
        self._end(number, OrderStatus.DENIED, f"LEDGER_MOVED: decided on version {assumed}, it is {version}")

    def _rejected(self, ts: int, k: int, number: int, parent: int, lots: int, ticks: int, *_: int) -> None:
        del ts, parent, lots
        price = self.setup.instruments[k % len(self.setup.instruments)].price(ticks)
        worst = self._orders[self._ids[number]].worst_price
        self._end(number, OrderStatus.REJECTED, f"PRICE_COLLAR: opened at {price}, worst allowed {worst}")

    def _left(self, ts: int, k: int, number: int, parent: int, lots: int, ticks: int, reason: int, *_: int) -> None:
        del ticks
        s, i = divmod(k, len(self.setup.instruments))
        identifier = self._intent(s, i, ts, Leg.EXIT)
        self._ids[number] = identifier
        self._orders[identifier] = Order(
            id=identifier,
            account=self.setup.account.name,
            instrument=self.setup.instruments[i].id,
            strategy=self.setup.at_work[s].rules.name,
            leg=Leg.EXIT,
            side=Side.SELL,
            quantity=self._quantity(i, lots),
            parent=self._ids[parent],
            created=ts,
            valid_until=ts + self.setup.bars.timeframe.ms,
            status=OrderStatus.ACCEPTED,
            reason=self._reasons[s][reason][1],
            trace=f"{self._shards[i]}@{ts}.1",
        )

    def _filled(self, ts: int, k: int, number: int, parent: int, lots: int, ticks: int, leg: int, *_: int) -> None:
        if leg == layout.LEG_ENTRY:
            self._open(ts, k, self._ids[number], parent, lots, ticks)
        else:
            self._close(ts, k, number, parent, lots, ticks, _LEGS[leg])

    def _canceled(self, ts: int, k: int, number: int, parent: int, lots: int, ticks: int, leg: int, *_: int) -> None:
        del ts, k, parent, lots, ticks
        first = f"{_LEGS[leg]} filled first"
        reason = "NO_VOLUME: not one lot of the bar's volume" if leg == layout.LEG_ENTRY else first
        self._end(number, OrderStatus.CANCELED, reason)

    def _moved(self, ts: int, k: int, number: int, parent: int, lots: int, ticks: int, *levels: int) -> None:
        del ts, number, lots, ticks
        instrument = self.setup.instruments[k % len(self.setup.instruments)]
        for leg, level in zip((Leg.STOP, Leg.TARGET), levels, strict=False):
            identifier = self._held[parent].brackets.get(leg)
            price = instrument.price(level)
            if identifier and self._orders[identifier].price != price:
                order = self._orders[identifier]
                reason = "TRAILING" if leg is Leg.STOP else order.reason
                self._orders[identifier] = replace(order, price=price, reason=reason)

    # ── fills ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, ts: int, k: int, identifier: IntentId, parent: int, lots: int, ticks: int) -> None:
        i = k % len(self.setup.instruments)
        quantity, price = self._quantity(i, lots), self.setup.instruments[i].price(ticks)
        paid = fee(quantity * price, self.setup.account.fee_bps)
        order = self._orders[identifier]
        self._fill(order, quantity, price, paid, -paid, ts - self.setup.bars.timeframe.ms)
        held = self._held.setdefault(parent, _Held())
        held.quantity += quantity
        held.cost += quantity * price
        if order.parent != order.id:
            for bracket in held.brackets.values():
                self._orders[bracket] = replace(self._orders[bracket], quantity=held.quantity)
            return
        for leg, level in ((Leg.STOP, order.stop), (Leg.TARGET, order.target)):
            if level:
                self._begin_bracket(held, order, leg, level, ts)

    def _begin_bracket(self, held: _Held, entry: Order, leg: Leg, level: Decimal, ts: int) -> None:
        identifier = intent_id(entry.id, leg)
        held.brackets[leg] = identifier
        self._orders[identifier] = replace(
            entry,
            id=identifier,
            leg=leg,
            side=Side.SELL,
            created=ts,
            price=level,
            stop=NOTHING,
            target=NOTHING,
            worst_price=NOTHING,
            reserved=NOTHING,
            valid_until=0,
            status=OrderStatus.ACCEPTED,
            reason=leg,
        )

    def _close(self, ts: int, k: int, number: int, parent: int, lots: int, ticks: int, leg: Leg) -> None:
        i = k % len(self.setup.instruments)
        held = self._held[parent]
        identifier = self._ids[number] if leg is Leg.EXIT else held.brackets[leg]
        quantity, price = self._quantity(i, lots), self.setup.instruments[i].price(ticks)
        notional, order = quantity * price, self._orders[identifier]
        paid, cost = fee(notional, self.setup.account.fee_bps), held.cost
        whole = quantity == held.quantity
        if not whole:
            cost *= quantity / held.quantity
        at_open = leg is Leg.EXIT and order.reason != "DELISTED"
        self._fill(order, quantity, price, paid, notional - cost - paid, ts - at_open * self.setup.bars.timeframe.ms)
        if not whole:
            held.quantity, held.cost = held.quantity - quantity, held.cost - cost
            self._orders[identifier] = replace(order, status=OrderStatus.PARTIALLY_FILLED)
            return
        del self._held[parent]
        others = [*held.brackets.values(), *([self._ids[number]] if number != layout.NONE else [])]
        for other in others:
            if other != identifier:
                self._end(other, OrderStatus.CANCELED, f"{leg} filled first")

    def _fill(self, order: Order, quantity: Decimal, price: Decimal, paid: Decimal, realised: Decimal, ts: int) -> None:
        self._parts[order.id] += 1
        self._fills.append(Fill.of(order, self._parts[order.id], quantity, price, paid, realised, ts))
        self._orders[order.id] = replace(order, quantity=quantity, status=OrderStatus.FILLED, reserved=NOTHING)

    def _end(self, which: int | IntentId, status: OrderStatus, reason: str) -> None:
        identifier = self._ids[which] if isinstance(which, int) else which
        self._orders[identifier] = replace(self._orders[identifier], status=status, reason=reason, reserved=NOTHING)

    def _intent(self, s: int, i: int, ts: int, leg: Leg) -> IntentId:
        one, frame = self.setup.at_work[s], self.setup.bars.timeframe
        name, version = self.setup.instruments[i].id, one.strategy.version
        return intent_id(self.setup.account.name, "strategy", one.rules.name, version, frame, name, ts, leg, leg, 0)

    def _quantity(self, i: int, lots: int) -> Decimal:
        return self.setup.instruments[i].quantity(lots * self._joined[i])


def _shards(setup: Setup) -> list[str]:
    return list(_names(setup))


def _names(setup: Setup) -> Iterator[str]:
    for shard in setup.configuration.shards:
        for _ in shard.instruments:
            yield shard.name
