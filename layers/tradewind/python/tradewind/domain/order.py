"""Orders: what is wished, what it becomes, and which moves are legal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from tradewind.domain.errors import InvariantError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order_terms import AT_MARKET, NOTHING, Terms
from tradewind.domain.timeframe import Timeframe

__all__ = [
    "AT_MARKET", "AT_ONCE", "BY_GUARD", "BY_HAND", "BY_STRATEGY", "BY_WEBHOOK", "ELSEWHERE", "NOTHING", "Leg", "Order",
    "OrderIntent", "OrderStatus", "Side", "Terms",
]  # fmt: skip

BY_STRATEGY = "strategy"
BY_HAND = "manual"
BY_WEBHOOK = "webhook"
BY_GUARD = "guard"
ELSEWHERE = "elsewhere"
"""Whose what no order of ours opened is."""
AT_ONCE = frozenset({BY_HAND, BY_WEBHOOK, BY_GUARD})
"""Sources whose market orders wait for no bar where we are the market."""


class Side(StrEnum):
    """Buy or sell."""

    BUY = "BUY"
    SELL = "SELL"


class Leg(StrEnum):
    """Which part an order plays for its sub-position."""

    ENTRY = "ENTRY"
    EXIT = "EXIT"
    STOP = "STOP"
    TARGET = "TARGET"

    @property
    def at_market(self) -> bool:
        """Whether it is no level of a position, but an order that opens or closes one."""
        return self in {Leg.ENTRY, Leg.EXIT}


class OrderStatus(StrEnum):
    """Where an order stands; the glossary explains each."""

    INITIALIZED = "INITIALIZED"
    DENIED = "DENIED"
    SUBMITTED = "SUBMITTED"
    UNKNOWN = "UNKNOWN"
    ACCEPTED = "ACCEPTED"
    TRIGGERED = "TRIGGERED"
    PENDING_UPDATE = "PENDING_UPDATE"
    PENDING_CANCEL = "PENDING_CANCEL"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"

    @property
    def is_working(self) -> bool:
        """Whether the order may still fill at the venue."""
        return self in _WORKING

    @property
    def is_unclear(self) -> bool:
        """Whether the venue may have it, and has not been heard to say so."""
        return self in {OrderStatus.SUBMITTED, OrderStatus.UNKNOWN}


_S = OrderStatus
_WORKING = frozenset(
    {
        _S.SUBMITTED,
        _S.UNKNOWN,
        _S.ACCEPTED,
        _S.TRIGGERED,
        _S.PENDING_UPDATE,
        _S.PENDING_CANCEL,
        _S.PARTIALLY_FILLED,
    }
)
_VENUE_REPORTED = frozenset(
    {_S.ACCEPTED, _S.TRIGGERED, _S.PARTIALLY_FILLED, _S.FILLED, _S.CANCELED, _S.REJECTED, _S.EXPIRED}
)
_PENDING = frozenset({_S.PENDING_UPDATE, _S.PENDING_CANCEL})
_LATER = frozenset({_S.PARTIALLY_FILLED, _S.FILLED, _S.CANCELED, _S.REJECTED, _S.EXPIRED}) | _PENDING
_LATE_FILL = frozenset({_S.PARTIALLY_FILLED, _S.FILLED})
_NEXT: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    # EXPIRED without a venue call: the intent arrived after its `valid_until`.
    _S.INITIALIZED: frozenset({_S.DENIED, _S.SUBMITTED, _S.EXPIRED}),
    # SUBMITTED again: absence was proven and every check passed a second time. DENIED: they did not.
    _S.SUBMITTED: _VENUE_REPORTED | {_S.UNKNOWN, _S.SUBMITTED, _S.DENIED},
    _S.UNKNOWN: _VENUE_REPORTED | {_S.UNKNOWN, _S.SUBMITTED, _S.DENIED},
    _S.ACCEPTED: _LATER | {_S.TRIGGERED},
    # SUBMITTED or DENIED: it was held here until its price came, and is sent now, or every check asked again says no.
    _S.TRIGGERED: _LATER | {_S.SUBMITTED, _S.DENIED},
    _S.PARTIALLY_FILLED: _LATER,
    # A refused pending request returns to the state before it.
    _S.PENDING_UPDATE: _VENUE_REPORTED,
    _S.PENDING_CANCEL: _VENUE_REPORTED,
    # The venue may report a fill after it said the order was over: it is booked and alarmed.
    _S.CANCELED: _LATE_FILL,
    _S.EXPIRED: _LATE_FILL,
}


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """A sized wish, before risk.

    Attributes
    ----------
    ts : int
        `ts_close` of the bar that it was decided on, UTC ms.
    reference_price : Decimal
        That bar's close.
    stop, target : Decimal
        Exit prices that come with an entry; 0 for none.
    valid_until : int
        UTC ms; later than this it is recorded EXPIRED and never sent.
    assumed_version : int
        The instrument's ledger version that the decision was made on.
    adds_to : str
        The first entry of the held position that this one adds to; empty for an entry of its own.
    terms : Terms
        How its price is found and how long it waits; a market order by default.
    whole : bool
        Of an exit: whether it sells all that is held when it is executed, whatever filled since `quantity` was seen.
    """

    id: IntentId
    account: str
    source: str
    strategy: str
    strategy_version: str
    timeframe: Timeframe
    instrument: InstrumentId
    ts: int
    leg: Leg
    side: Side
    quantity: Decimal
    reference_price: Decimal
    stop: Decimal
    target: Decimal
    valid_until: int
    assumed_version: int
    reason: str
    trace: str
    adds_to: str = ""
    terms: Terms = AT_MARKET
    whole: bool = False

    @property
    def increases_risk(self) -> bool:
        """Whether it opens or adds; exits only reduce."""
        return self.leg is Leg.ENTRY


@dataclass(frozen=True, slots=True)
class Order:
    """One wish carried to a venue; its client order id is its intent's id.

    Attributes
    ----------
    price : Decimal
        Trigger of a stop or limit of a target that an entry brought; 0 for every other order.
    worst_price : Decimal
        The collar of a market entry: the worst price it may fill at. 0 where there is none.
    reserved : Decimal
        Cash set aside until it ends: quantity at the worst price, and its fee.
    parent : IntentId
        The entry whose sub-position this order opens or closes.
    created : int
        `ts_close` of the bar that it was decided on; it can fill only on later bars.
    valid_until : int
        UTC ms; later than this it is not sent, not even again. 0 for the stops and targets that an entry brings.
    source : str
        Who wished it: `BY_STRATEGY`, `BY_HAND` for a person, or `BY_WEBHOOK`.
    deadline : int
        UTC ms by which the latest sending had to arrive at the venue, or at which it was sent where that promises
        nothing; 0 where nothing travels.
    terms : Terms
        How it wants to be executed, where it is neither a plain market order nor what an entry brought.
    filled, parts : Decimal, int
        How much of it is executed, and in how many fills, while more may follow.
    revision : int
        How often somebody asked to change it, granted or not: a command names the one that it was made for.
    held_here : bool
        Whether it waits here, watched on closed bars, because its venue cannot hold it: that has not heard of it yet.
    """

    id: IntentId
    account: str
    instrument: InstrumentId
    strategy: str
    leg: Leg
    side: Side
    quantity: Decimal
    parent: IntentId
    created: int
    price: Decimal = NOTHING
    stop: Decimal = NOTHING
    target: Decimal = NOTHING
    worst_price: Decimal = NOTHING
    reserved: Decimal = NOTHING
    valid_until: int = 0
    status: OrderStatus = OrderStatus.INITIALIZED
    reason: str = ""
    trace: str = ""
    source: str = BY_STRATEGY
    deadline: int = 0
    terms: Terms = AT_MARKET
    filled: Decimal = NOTHING
    parts: int = 0
    revision: int = 0
    held_here: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether its leg alone says how it is executed."""
        return self.terms == AT_MARKET

    @property
    def rests(self) -> bool:
        """Whether it is an entry or an exit that waits for its price."""
        return (self.held_here or (self.terms is not AT_MARKET and self.terms.rests)) and self.leg.at_market

    @property
    def left(self) -> Decimal:
        """How much of it is not executed yet."""
        return self.quantity - self.filled

    def becomes(self, status: OrderStatus, reason: str = "") -> "Order":
        """Return this order after a legal move.

        Raises
        ------
        InvariantError
            If the state machine has no such move.
        """
        if status not in _NEXT.get(self.status, frozenset()):
            raise InvariantError(f"order {self.id}: {self.status} cannot become {status}")
        return replace(self, status=status, reason=reason or self.reason)
