"""The command that changes a working order: its quantity, and the prices that it waits for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tradewind.domain.fields import amount, listed, text, whole
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import NOTHING, Leg, Order


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked to be otherwise; 0 leaves it.

    Attributes
    ----------
    quantity : Decimal
        In all, what is filled already included.
    limit, trigger, trail : Decimal
        As an order's terms have them. A position's stop moves by its trigger, its target by its limit.
    """

    quantity: Decimal = NOTHING
    limit: Decimal = NOTHING
    trigger: Decimal = NOTHING
    trail: Decimal = NOTHING

    def of(self, order: Order) -> Order:
        """Return an order as it is asked to be."""
        if not order.leg.at_market:
            return replace(order, price=(self.trigger if order.leg is Leg.STOP else self.limit) or order.price)
        terms = order.terms
        trigger = NOTHING if self.trail else self.trigger or terms.trigger  # another distance: it is measured anew
        terms = replace(terms, limit=self.limit or terms.limit, trigger=trigger, trail=self.trail or terms.trail)
        return replace(order, quantity=self.quantity or order.quantity, terms=terms)

    def misses(self, order: Order) -> str:
        """Return which part of the change an order has nothing for, or an empty string."""
        terms = order.terms
        has = {"quantity": order.leg.at_market, "limit": terms.limit, "trigger": terms.trigger, "trail": terms.trail}
        if not order.leg.at_market:
            has |= {"trigger": order.leg is Leg.STOP, "limit": order.leg is Leg.TARGET}
        if terms.trail:
            has["trigger"] = False  # it follows the market by itself
        return ", ".join(name for name in has if getattr(self, name) and not has[name])


@dataclass(frozen=True, slots=True)
class ReplaceMessage:
    """A change on its way to the executor, with who and why.

    Attributes
    ----------
    revision : int
        Of the order that the person had looked at: of another one nobody asked, and a copy changes nothing twice.
    key : str
        The person's idempotency key.
    """

    account: str
    instrument: InstrumentId
    order_id: IntentId
    revision: int
    change: Change
    ts: int
    reason: str
    by: str
    key: str

    @property
    def trace(self) -> str:
        """Correlation id of what follows."""
        return f"manual@{self.key}"

    @property
    def deduplication_id(self) -> str:
        """Same for every copy."""
        return f"replace#{self.instrument}#{self.key}".lower()

    def to_row(self) -> dict[str, Any]:
        """Return what it says beside its account and instrument."""
        change = [str(one) for one in (self.change.quantity, self.change.limit, self.change.trigger, self.change.trail)]
        told = {"ts": self.ts, "reason": self.reason, "by": self.by, "key": self.key}
        return {"kind": "replace", "order_id": self.order_id, "revision": self.revision, "change": change, **told}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "ReplaceMessage":
        """Read what `to_row` wrote, with its account and instrument.

        Raises
        ------
        KeyError, TypeError, ValueError, ArithmeticError
            If a field is missing or none.
        """
        texts = [text(row[name]) for name in ("account", "instrument", "order_id", "reason", "by", "key")]
        change = Change(*map(amount, listed(row["change"])))
        account, instrument, order_id, reason, by, key = texts
        name, order = InstrumentId(instrument), IntentId(order_id)
        return cls(account, name, order, whole(row["revision"]), change, whole(row["ts"]), reason, by, key)
