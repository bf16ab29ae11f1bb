"""A venue with a memory, in this process: the tests' exchange, spoken to without a wire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tests.venues.exchange import Exchange
from tests.venues.orders import WORKING, DeniedError, Placed, Wish
from tradewind.application.ports import (
    Absent,
    Balance,
    ExecutionVenue,
    Refusal,
    Reported,
    Unclear,
    VenueAnswer,
    VenueFacts,
    VenueFill,
    VenueFlow,
    VenueOrder,
    VenuePosition,
)
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import Listing, ListingStatus
from tradewind.domain.order import Order, OrderStatus, Side
from tradewind.domain.terms import OrderKind, TimeInForce, terms_of
from tradewind.domain.venue import FlowKind

FACTS = VenueFacts(
    name="FAKE",
    title="Fake",
    kinds=frozenset(OrderKind),
    lifetimes=frozenset(TimeInForce),
    settles=10_000,
    replaces=True,
    post_only=True,
    reduce_only=True,
)
_KINDS = {OrderKind.TRAILING_STOP: "trailing"}
_STATES = {
    "open": OrderStatus.ACCEPTED,
    "untriggered": OrderStatus.ACCEPTED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "expired": OrderStatus.EXPIRED,
}
_WHY = {
    "symbol": Refusal.UNKNOWN_INSTRUMENT,
    "closed": Refusal.MARKET_CLOSED,
    "lot": Refusal.OFF_GRID,
    "tick": Refusal.OFF_GRID,
    "minimum": Refusal.BELOW_MINIMUM,
    "would take": Refusal.WOULD_TAKE,
    "funds": Refusal.INSUFFICIENT_BALANCE,
    "not open": Refusal.NOT_CHANGEABLE,
}


@dataclass
class FakeExchangeVenue(ExecutionVenue):
    """An account at the tests' exchange.

    Attributes
    ----------
    loses_answers, loses_orders : int
        How many of the next answers are lost after an order has arrived, and how many orders before they do.
    """

    exchange: Exchange
    facts: VenueFacts = FACTS
    loses_answers: int = 0
    loses_orders: int = 0
    instruments: Sequence[InstrumentId] = field(default_factory=list)
    suffix: str = "FAKE"

    def submit(self, order: Order) -> VenueAnswer:
        if self.loses_orders:
            self.loses_orders -= 1
            return Unclear("the connection broke")
        try:
            placed = self.exchange.place(wish(order, self.facts))
        except DeniedError as refused:
            if refused.why == "duplicate":
                return self.find(order)
            if refused.why == "late":
                return Absent("ARRIVED_LATE: Fake says late")
            return Reported(OrderStatus.REJECTED, f"{_WHY[refused.why]}: Fake says {refused.why}")
        if self.loses_answers:
            self.loses_answers -= 1
            return Unclear("the answer did not come")
        return _answer(shown(placed))

    def find(self, order: Order) -> VenueAnswer:
        self.exchange.settle()
        found = self.exchange.by_client(order.id)
        if found:
            return _answer(shown(found[0]))
        if self.facts.proves_absence(order.deadline, self.now()):
            return Absent()
        return Unclear("not found, and it may still arrive")

    def cancel(self, order: Order) -> VenueAnswer:
        self.exchange.settle()
        found = self.exchange.by_client(order.id)
        if not found:
            return Unclear("never seen")
        if found[0].state in WORKING:
            self.exchange.cancel(found[0])
        return _answer(shown(found[0]))

    def replace(self, order: Order, quantity: Decimal, price: Decimal) -> VenueAnswer:
        found = self.exchange.by_client(order.id)
        if not found:
            return Unclear("never seen")
        trigger = price if terms_of(order).trigger else Decimal(0)
        try:
            self.exchange.amend(found[0], quantity, Decimal(0) if trigger else price, trigger)
        except DeniedError as refused:
            answer = _answer(shown(found[0]))
            late = answer.status.is_working or answer.status is OrderStatus.FILLED
            return replace(answer, reason=f"{_WHY[refused.why]}: Fake says {refused.why}") if late else answer
        return _answer(shown(found[0]))

    def open_orders(self) -> Sequence[VenueOrder]:
        return [shown(one, self.suffix) for one in self.exchange.working()]

    def fills(self, since: int) -> Sequence[VenueFill]:
        self.exchange.settle()
        return [
            VenueFill(
                one.id,
                one.order.wish.client_id,
                one.order.id,
                InstrumentId(f"{one.order.wish.symbol}.{self.suffix}"),
                Side(one.order.wish.side.upper()),
                one.quantity,
                one.price,
                one.fee,
                one.fee_currency,
                one.ts,
            )
            for one in self.exchange.trades
            if one.ts >= since
        ]

    def flows(self, since: int) -> Sequence[VenueFlow]:
        return [
            VenueFlow(one.id, FlowKind(one.kind), {one.coin: one.amount}, one.ts)
            for one in self.exchange.moves
            if one.ts >= since
        ]

    def balances(self) -> Mapping[str, Balance]:
        self.exchange.settle()
        return {coin: Balance(total, self.exchange.free(coin)) for coin, total in self.exchange.balances.items()}

    def positions(self) -> Mapping[InstrumentId, VenuePosition]:
        held = {one: self.exchange.balances.get(one.partition("-")[0]) for one in self.instruments}
        return {one: VenuePosition(quantity) for one, quantity in held.items() if quantity}

    def rules(self) -> Sequence[Listing]:
        return [
            Listing(
                InstrumentId(f"{symbol}.FAKE"),
                symbol,
                symbol.partition("-")[0],
                symbol.partition("-")[2],
                Decimal(rules.tick),
                Decimal(rules.lot),
                Decimal(rules.minimum_notional),
                Decimal(rules.minimum_quantity),
                ListingStatus.TRADING if rules.trading else ListingStatus.HALTED,
            )
            for symbol, rules in self.exchange.market.symbols.items()
        ]

    def now(self) -> int:
        return self.exchange.market.clock()


def wish(order: Order, facts: VenueFacts) -> Wish:
    """Say what an order asks for in the exchange's words."""
    terms = terms_of(order)
    return Wish(
        symbol=order.instrument.rpartition(".")[0],
        side=order.side.lower(),
        quantity=order.quantity,
        kind=_KINDS.get(terms.kind, terms.kind.lower()),
        limit=terms.limit,
        trigger=terms.trigger,
        trail=terms.trail,
        lifetime=terms.lifetime,
        expires=terms.expires,
        post_only=terms.post_only,
        client_id=order.id,
        arrives_by=order.deadline if facts.settles else 0,  # who promises nothing takes no deadline
    )


def shown(placed: Placed, suffix: str = "FAKE") -> VenueOrder:
    """Return an order as the fake shows it."""
    status = _STATES[placed.state]
    return VenueOrder(
        placed.wish.client_id,
        placed.id,
        InstrumentId(f"{placed.wish.symbol}.{suffix}"),
        Side(placed.wish.side.upper()),
        OrderStatus.PARTIALLY_FILLED if placed.filled and status is OrderStatus.ACCEPTED else status,
        placed.wish.quantity,
        placed.filled,
        placed.average,
        placed.wish.limit,
        placed.wish.trigger,
        placed.created,
        placed.reason,
    )


def _answer(order: VenueOrder) -> Reported:
    said = (order.status, order.reason, order.filled, order.average_price, order.venue_id)
    return Reported(*said, order.quantity, order.limit, order.trigger)
