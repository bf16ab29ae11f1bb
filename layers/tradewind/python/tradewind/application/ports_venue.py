"""What the core asks of venues: taking orders, and telling what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import Listing
from tradewind.domain.order import NOTHING, Order, OrderStatus
from tradewind.domain.terms import OrderKind, Terms, TimeInForce
from tradewind.domain.venue import Balance, VenueFill, VenueFlow, VenueOrder, VenuePosition

__all__ = [
    "SKEW", "Absent", "Balance", "ExecutionVenue", "MemorylessVenue", "Refusal", "Reported", "Unclear", "VenueAnswer",
    "VenueFacts", "VenueFill", "VenueFlow", "VenueOrder", "VenuePosition",
]  # fmt: skip

SKEW = 5_000
"""Milliseconds by which a venue's clock and ours may differ before nothing may be concluded from them."""


class Refusal(StrEnum):
    """Why a venue said no, in our words; its own words follow in the reason."""

    BELOW_MINIMUM = "BELOW_MINIMUM"
    OFF_GRID = "OFF_GRID"
    UNKNOWN_INSTRUMENT = "UNKNOWN_INSTRUMENT"
    MARKET_CLOSED = "MARKET_CLOSED"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    BAD_CREDENTIALS = "BAD_CREDENTIALS"
    NOT_PERMITTED = "NOT_PERMITTED"
    WOULD_TAKE = "WOULD_TAKE"
    NOT_REDUCING = "NOT_REDUCING"
    PRICE_OUT_OF_BAND = "PRICE_OUT_OF_BAND"
    TOO_MANY_ORDERS = "TOO_MANY_ORDERS"
    NOT_OFFERED = "NOT_OFFERED"
    ARRIVED_LATE = "ARRIVED_LATE"
    DUPLICATE_ID = "DUPLICATE_ID"
    NOT_CHANGEABLE = "NOT_CHANGEABLE"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Reported:
    """The venue answered: this is the order's state there.

    Attributes
    ----------
    reason : str
        Of a rejection: a `Refusal`, a colon, and what the venue said.
    filled, average_price : Decimal
        What of it is executed so far, and at which price; each fill is told by `fills`.
    venue_id : str
        The venue's own id of the order, where the answer has it.
    quantity : Decimal
        What it is over in all there, by its own row; 0 where the answer has none.
    limit, trigger : Decimal
        The prices of that row; 0 for what it has not.
    """

    status: OrderStatus
    reason: str = ""
    filled: Decimal = NOTHING
    average_price: Decimal = NOTHING
    venue_id: str = ""
    quantity: Decimal = NOTHING
    limit: Decimal = NOTHING
    trigger: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Unclear:
    """The answer was lost: the order may or may not exist there."""

    reason: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Proof that the order is not there and can no longer arrive: it may be sent again.

    Attributes
    ----------
    reason : str
        Why the venue did not take it, where it said so (a throttle, maintenance, a clock that is off).
    """

    reason: str = ""


type VenueAnswer = Reported | Unclear | Absent


@dataclass(frozen=True, slots=True)
class VenueFacts:
    """What a venue can do, and what may be concluded from what it says.

    Attributes
    ----------
    kinds, lifetimes : frozenset
        What it holds itself; everything else is emulated by us.
    of_shares : frozenset
        Those of both that it holds of shares, and not of coins.
    settles : int
        Milliseconds after an order was sent from which it can no longer arrive: the venue's own expiry, or, where a
        client id is unique for ever and sending it again is harmless, as long as we wait. 0 where it has neither: then
        absence proves nothing.
    replaces : bool
        Whether a working order can be changed in place.
    remembers : bool
        Whether it keeps orders, fills and balances of its own; the paper venue's are the ledger.
    requests, seconds : int
        How often an account may ask.
    """

    name: str
    title: str
    kinds: frozenset[OrderKind]
    lifetimes: frozenset[TimeInForce]
    of_shares: frozenset[OrderKind | TimeInForce] = frozenset()
    settles: int = 0
    replaces: bool = False
    post_only: bool = False
    reduce_only: bool = False
    remembers: bool = True
    requests: int = 1
    seconds: int = 1
    documentation: str = ""

    def holds(self, kind: OrderKind, instrument: InstrumentId) -> bool:
        """Say whether an order of a kind can wait there."""
        return kind in self.kinds - self._lacking(instrument)

    def lifetimes_of(self, instrument: InstrumentId) -> frozenset[TimeInForce]:
        """Return how long an order can live there."""
        return self.lifetimes - self._lacking(instrument)

    def _lacking(self, instrument: InstrumentId) -> frozenset[OrderKind | TimeInForce]:
        return self.of_shares if "-" in instrument else frozenset()  # coins are traded in pairs

    def offers(self, terms: Terms, instrument: InstrumentId) -> bool:
        """Say whether an order on these terms may be sent there."""
        return self.holds(terms.kind, instrument) and terms.lifetime in self.lifetimes_of(instrument)

    def arrives(self, now: int) -> int:
        """Return by when an order that is sent now must have arrived, or when it was sent where nothing is promised.

        0 at the paper venue, where nothing travels.
        """
        return now + self.settles if self.remembers else 0

    def proves_absence(self, deadline: int, now: int) -> bool:
        """Say whether an order that is not found can no longer arrive.

        Parameters
        ----------
        deadline : int
            UTC ms by which it had to arrive (`Order.deadline`); 0 of one that never was sent.
        now : int
            UTC ms.
        """
        return bool(self.settles and deadline) and now > deadline + SKEW


class ExecutionVenue(Protocol):
    """A place that takes orders, for one account.

    What asks without changing anything raises `TransientError` where the venue does not answer now, and
    `PermanentError` where it never will.
    """

    @property
    def facts(self) -> VenueFacts:
        """What it can do."""

    def submit(self, order: Order) -> VenueAnswer:
        """Send once; `Unclear` when the answer was lost, `Absent` when the venue says that it did not take it."""

    def find(self, order: Order) -> VenueAnswer:
        """Look among open and closed orders; `Absent` only where absence is proof, else `Unclear`."""

    def cancel(self, order: Order) -> VenueAnswer:
        """Cancel an order that the venue has; a repeat answers as the first time, a fill that was faster says so."""

    def replace(self, order: Order, quantity: Decimal, price: Decimal) -> VenueAnswer:
        """Change quantity (in all, what is filled included) and price of a working order; 0 leaves the price.

        Refused, the answer is the order's state with the refusal as reason; it is never lost for it.
        """

    def open_orders(self) -> Sequence[VenueOrder]:
        """Return every working order of the account, whoever placed it."""

    def fills(self, since: int) -> Sequence[VenueFill]:
        """Return every fill of the account from `since` (UTC ms) on, each once, oldest first."""

    def fills_of(self, order: Order) -> Sequence[VenueFill]:
        """Return every fill of one order, each once, oldest first.

        Who cannot be asked for one order's looks through all of the account since it was placed.
        """
        return [one for one in self.fills(order.created - SKEW) if one.client_id == order.id]

    def flows(self, since: int) -> Sequence[VenueFlow]:
        """Return what moved balances from `since` (UTC ms) on and is no trade, each once, oldest first.

        Deposits, withdrawals, charges, conversions, rewards. Nothing where the venue tells nobody of them.
        """

    def balances(self) -> Mapping[str, Balance]:
        """Return what the account has, by currency or coin in our spelling."""

    def positions(self) -> Mapping[InstrumentId, VenuePosition]:
        """Return what is held by instrument, of those that were named when the venue was built."""

    def rules(self) -> Sequence[Listing]:
        """Return every instrument with its tick, lot, smallest order and whether it trades."""

    def now(self) -> int:
        """Return its own time, UTC ms."""

    def may_trade(self) -> bool | None:
        """Say whether orders may be placed; None where only an order would tell."""
        return None


class MemorylessVenue(ExecutionVenue, Protocol):
    """What a venue answers that keeps nothing of its own: its book is the ledger."""

    def replace(self, order: Order, quantity: Decimal, price: Decimal) -> VenueAnswer:  # noqa: ARG002
        """Accept."""
        return Reported(OrderStatus.ACCEPTED)

    def open_orders(self) -> Sequence[VenueOrder]:
        """Return nothing."""
        return ()

    def fills(self, since: int) -> Sequence[VenueFill]:  # noqa: ARG002
        """Return nothing."""
        return ()

    def flows(self, since: int) -> Sequence[VenueFlow]:  # noqa: ARG002
        """Return nothing."""
        return ()

    def balances(self) -> Mapping[str, Balance]:
        """Return nothing."""
        return {}

    def positions(self) -> Mapping[InstrumentId, VenuePosition]:
        """Return nothing."""
        return {}

    def rules(self) -> Sequence[Listing]:
        """Return nothing."""
        return ()

    def now(self) -> int:
        """Return 0: it has no time of its own."""
        return 0
