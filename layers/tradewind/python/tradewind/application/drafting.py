"""From an intent to the order that it would be: whose position, at which worst price, for how much cash."""

from dataclasses import replace
from decimal import ROUND_UP, Decimal

from tradewind.domain.configuration import AccountRules
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.order import AT_MARKET, Leg, Order, OrderIntent, Side, Terms
from tradewind.domain.order_terms import OrderKind
from tradewind.execution.holding import without_rest
from tradewind.execution.paper import fee

_BASIS = Decimal(10_000)


def worst_price(reference: Decimal, collar_bps: int, tick: Decimal) -> Decimal:
    """Return the worst price that a market entry may fill at, on the tick."""
    return (reference * (_BASIS + collar_bps) / _BASIS / tick).to_integral_value(ROUND_UP) * tick


def reservation(quantity: Decimal, worst: Decimal, fee_bps: int) -> Decimal:
    """Return the cash that an entry ties up: its cost at the worst price, and the fee on it."""
    notional = quantity * worst
    return notional + fee(notional, fee_bps)


def bounded(order: Order, reference: Decimal, rules: AccountRules, tick: Decimal) -> Order:
    """Return an entry with the worst price that it may fill at, its limit or a collar, and the cash for that."""
    terms = order.terms
    worst = terms.limit or worst_price(terms.trigger or reference, rules.limits.collar_bps, tick)
    return replace(order, worst_price=worst, reserved=reservation(order.left, worst, rules.fee_bps))


def trailing(order: Order, reference: Decimal) -> Terms:
    """Return an order's terms; a trailing stop stands at first where its distance from a price says."""
    terms = order.terms
    if terms.kind is not OrderKind.TRAILING_STOP or terms.trigger:
        return terms
    return replace(terms, trigger=reference + terms.trail if order.side is Side.BUY else reference - terms.trail)


def draft(intent: OrderIntent, book: Book, rules: AccountRules, instrument: Instrument) -> Order:
    """Return the order that an intent would be."""
    position = book.position(intent.strategy)
    order = Order(
        id=intent.id,
        account=intent.account,
        instrument=intent.instrument,
        strategy=intent.strategy,
        leg=intent.leg,
        side=intent.side,
        quantity=intent.quantity,
        parent=_parent(intent, position),
        created=intent.ts,
        stop=intent.stop,
        target=intent.target,
        valid_until=intent.valid_until,
        reason=intent.reason,
        trace=intent.trace,
        source=intent.source,
        terms=intent.terms,
    )
    if order.terms is not AT_MARKET:
        order = replace(order, terms=trailing(order, intent.reference_price))
    if not intent.increases_risk:
        return replace(order, quantity=_reducing(intent, position, book, instrument))
    return bounded(order, intent.reference_price, rules, instrument.tick)


def _reducing(intent: OrderIntent, position: SubPosition | None, book: Book, instrument: Instrument) -> Decimal:
    """Return what an exit sells: never more than is held, and all where no part was asked for or none can stay."""
    if position is None:
        return intent.quantity
    if intent.whole:
        return position.quantity
    stop = book.bracket(position.parent, Leg.STOP)  # it has to be taken for what stays, too
    price = book.price_of(position)
    least = instrument.least(min(stop.price, price) if stop else price)
    return without_rest(min(intent.quantity, position.quantity), position.quantity, least)


def _parent(intent: OrderIntent, position: SubPosition | None) -> IntentId:
    if intent.increases_risk:
        return IntentId(intent.adds_to) if intent.adds_to else intent.id
    return position.parent if position else intent.id
