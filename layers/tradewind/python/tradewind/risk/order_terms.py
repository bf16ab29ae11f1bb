"""An order says all that its kind needs, and nothing that contradicts itself."""

from collections.abc import Iterator
from decimal import Decimal

from tradewind.domain.order import Leg, Side
from tradewind.domain.order_terms import OrderKind, Terms, TimeInForce
from tradewind.risk.request import Denial, OrderRequest

_NEEDS = {
    OrderKind.MARKET: set[str](),
    OrderKind.LIMIT: {"limit"},
    OrderKind.STOP: {"trigger"},
    OrderKind.STOP_LIMIT: {"limit", "trigger"},
    OrderKind.TRAILING_STOP: {"trail", "trigger"},  # the trigger is where it stands at first
    OrderKind.TAKE_PROFIT: {"trigger"},
}
_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})
_STOPS = frozenset({OrderKind.STOP, OrderKind.STOP_LIMIT})


def whole_terms(request: OrderRequest) -> Denial | None:
    """Deny an order that lacks what its kind needs, or says what does not go together."""
    for text in _faults(request.order.terms, request.now):
        return Denial("ORDER_TERMS", Decimal(1), Decimal(0), text)
    return None


def reduces(request: OrderRequest) -> Denial | None:
    """Deny a purchase that says it may only reduce: accounts are long-only, so it could only open."""
    if not request.order.terms.reduce_only or request.order.leg is not Leg.ENTRY:
        return None
    return Denial("NOT_REDUCING", request.order.quantity, Decimal(0), "a purchase opens, and reduce-only forbids it")


def trigger_ahead(request: OrderRequest) -> Denial | None:
    """Deny a trigger that the market has passed already: it would be a market order in disguise."""
    terms, price = request.order.terms, request.price
    if not terms.trigger or terms.kind is OrderKind.TRAILING_STOP:
        return None
    above = (request.order.side is Side.BUY) == (terms.kind in _STOPS)
    if terms.trigger > price if above else terms.trigger < price:
        return None
    side = "above" if above else "below"
    text = f"the trigger {terms.trigger:f} has to be {side} the last price {price:f}"
    return Denial("WOULD_TRIGGER", terms.trigger, price, text)


def _faults(terms: Terms, now: int) -> Iterator[str]:
    kind = terms.kind
    says = {name for name in ("limit", "trigger", "trail") if getattr(terms, name)}
    if says != _NEEDS[kind]:
        yield f"a {kind} order needs {_listed(_NEEDS[kind])}, this has {_listed(says)}"
    if terms.trigger < 0:
        yield f"a trail of {terms.trail:f} reaches below nothing: it is further than the price itself"
    if terms.post_only and (kind is not OrderKind.LIMIT or terms.lifetime in _AT_ONCE):
        yield "post-only is for limits that may wait"
    if terms.lifetime in _AT_ONCE and kind is not OrderKind.LIMIT:
        yield f"{terms.lifetime} is for limits"
    if kind is OrderKind.MARKET and terms.lifetime is not TimeInForce.GTC:
        yield "a market order does not wait"
    if terms.lifetime is TimeInForce.GTD and terms.expires <= now:
        yield "a GTD order needs a time to come"


def _listed(names: set[str]) -> str:
    return " and ".join(sorted(names)) or "no price"
