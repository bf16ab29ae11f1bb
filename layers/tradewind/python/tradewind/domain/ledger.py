"""The ledger's two aggregates: an account, and one instrument's book within it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import NOTHING, Leg, Order
from tradewind.domain.signal import FLAT, PositionView

START = "0" * 32
"""What the first journal entry's hash is chained to."""


class TradingState(StrEnum):
    """What an account may do: everything, only reduce, or nothing but exits until somebody looks."""

    NORMAL = "NORMAL"
    REDUCING = "REDUCING"
    HALTED = "HALTED"


@dataclass(frozen=True, slots=True)
class Arming:
    """Leave to trade with real money, for a while and up to an amount.

    Attributes
    ----------
    amount : Decimal
        The most that may be tied up at cost, in the account's currency.
    until : int
        UTC ms; from then on it is as if nobody had armed.
    """

    amount: Decimal
    until: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Control:
    """What an account may do; a condition of every transaction that adds risk.

    Attributes
    ----------
    version : int
        Counts changes; what adds risk is conditional on the one that was looked at.
    parts : mapping
        States of single strategies and instruments that may do less than the account, by `strategy:NAME` or
        `instrument:ID`; and by `dead-letter:ID` the instruments of messages that nobody could execute.
    arming : Arming or None
        Of an account with real money; None where nobody has armed it.
    """

    state: TradingState = TradingState.NORMAL
    reason: str = ""
    version: int = 0
    parts: Mapping[str, TradingState] = field(default_factory=dict)
    arming: Arming | None = None


def letters_part(instrument: InstrumentId) -> str:
    """Return the part of a control by which an instrument's dead letters keep new risk away from it."""
    return f"dead-letter:{instrument}"


@dataclass(frozen=True, slots=True)
class SubPosition:
    """What one strategy holds of an instrument.

    Attributes
    ----------
    quantity : Decimal
        In shares or coins, long.
    cost : Decimal
        What the quantity cost at its fill prices, fees apart, in the quote currency.
    bars_held : int
        Bars applied since the one in which it was opened.
    parent : IntentId
        Its first entry.
    entries : int
        How many entries filled into it.
    lost_stop : Decimal
        Where its last stop stood that has ended: there the next one belongs. 0 where none has.
    gained, sold : Decimal
        What the parts of it that were sold have realised, after fees, and what they had cost, in the quote currency.
    """

    strategy: str
    quantity: Decimal
    cost: Decimal
    opened: int
    bars_held: int
    parent: IntentId
    entries: int = 1
    lost_stop: Decimal = NOTHING
    gained: Decimal = NOTHING
    sold: Decimal = NOTHING

    def view(self, stop: Decimal = NOTHING, target: Decimal = NOTHING) -> PositionView:
        """Return it as strategies see it, with the levels that work for it."""
        price = float(self.cost / self.quantity)
        return PositionView(
            float(self.quantity), price, float(self.bars_held), float(stop), float(target), float(self.entries)
        )


@dataclass(frozen=True, slots=True)
class Book:
    """One instrument's ledger within an account: the unit that one FIFO group serialises.

    Attributes
    ----------
    version : int
        Counts the transactions that changed orders or positions; marks and repeats leave it.
    last_bar : int
        `ts_close` of the last bar applied; whatever is not later is a repeat.
    mark : Decimal
        Close of that bar.
    orders : tuple of Order
        Working orders only, in the order in which they were created.
    halted : str
        Why the instrument takes no new risk; empty when it may.
    split : int
        When the latest split took effect that it is scaled by, UTC ms; 0 where it never was.
    """

    account: str
    instrument: InstrumentId
    version: int = 0
    last_bar: int = 0
    mark: Decimal = NOTHING
    positions: tuple[SubPosition, ...] = ()
    orders: tuple[Order, ...] = ()
    halted: str = ""
    split: int = 0

    @property
    def shares(self) -> dict[str, Decimal]:
        """What each strategy ties up here: the cost of what it holds, and the cash set aside for it."""
        found: dict[str, Decimal] = {}
        costs = [(one.strategy, one.cost) for one in self.positions]
        for name, amount in (*costs, *((one.strategy, one.reserved) for one in self.orders if one.reserved)):
            found[name] = found.get(name, NOTHING) + amount
        return found

    @property
    def is_active(self) -> bool:
        """Whether bars matter to it."""
        return bool(self.positions or self.orders)

    @property
    def exposure(self) -> Decimal:
        """Cost of what is held, in the quote currency."""
        return sum((position.cost for position in self.positions), NOTHING)

    @property
    def reserved(self) -> Decimal:
        """Cash set aside for working entries."""
        return sum((order.reserved for order in self.orders), NOTHING)

    @property
    def value(self) -> Decimal:
        """What is held at the last mark, in the quote currency."""
        return sum((position.quantity for position in self.positions), NOTHING) * self.mark

    def price_of(self, position: SubPosition) -> Decimal:
        """Return the last price that is known: what was paid, where no bar has passed since."""
        return self.mark or position.cost / position.quantity

    def position(self, strategy: str) -> SubPosition | None:
        """Return a strategy's sub-position, if it holds one."""
        return next((position for position in self.positions if position.strategy == strategy), None)

    def view(self, strategy: str) -> PositionView:
        """Return a strategy's sub-position as it sees it."""
        position = self.position(strategy)
        if position is None:
            return FLAT
        stop, target = (self.bracket(position.parent, leg) for leg in (Leg.STOP, Leg.TARGET))
        return position.view(stop.price if stop else NOTHING, target.price if target else NOTHING)

    def bracket(self, parent: IntentId, leg: Leg) -> Order | None:
        """Return the working stop or target of the sub-position that an entry opened."""
        return next((order for order in self.orders if order.parent == parent and order.leg is leg), None)

    def exits(self, parent: IntentId) -> tuple[Order, ...]:
        """Return the exits of a position that wait for no price: at a venue, what is on its way out."""
        orders = self.orders
        return tuple(one for one in orders if one.parent == parent and one.leg is Leg.EXIT and not one.rests)

    @property
    def left_over(self) -> tuple[Order, ...]:
        """Stops that still work although their position is gone: what they sell is no more, or another's."""
        held = {position.parent for position in self.positions}
        return tuple(one for one in self.orders if one.leg is Leg.STOP and one.parent not in held)

    def protects(self, parent: IntentId | None, lot: Decimal = NOTHING, leaving: Decimal = NOTHING) -> bool:
        """Tell whether the position that an entry opened has a stop over all its whole lots, or is gone.

        Parameters
        ----------
        leaving : Decimal
            How much of it is on its way out: a stop over the rest is right as well.
        """
        position = next((position for position in self.positions if position.parent == parent), None)
        if position is None or position.quantity - leaving < lot:
            return True
        stop = self.bracket(position.parent, Leg.STOP)
        if stop is None or not stop.price:
            return False
        return any(not rest or 0 < rest < lot for rest in _rests(position, stop, leaving))

    def working(self, strategy: str, leg: Leg) -> Order | None:
        """Return a strategy's working order of a leg, if there is one, but for those that wait for their price."""
        orders = self.orders
        return next((one for one in orders if one.strategy == strategy and one.leg is leg and not one.rests), None)


def _rests(position: SubPosition, stop: Order, leaving: Decimal) -> tuple[Decimal, Decimal]:
    """Return what a stop leaves open of all of a position, and of what stays of it."""
    return position.quantity - stop.left, position.quantity - leaving - stop.left


@dataclass(frozen=True, slots=True)
class Stake:
    """What one instrument ties up in its account.

    Attributes
    ----------
    seq : int
        The account's sequence number when the instrument's book last changed: it tells a torn read.
    exposure, reserved : Decimal
        Cost of what is held, and cash set aside for working entries.
    shares : mapping
        Both together, by the strategy that they are for.
    """

    seq: int
    exposure: Decimal
    reserved: Decimal
    shares: Mapping[str, Decimal] = field(default_factory=dict, compare=False)  # it follows from the instrument's book


@dataclass(frozen=True, slots=True)
class Closed:
    """A position that was left, in however many parts, as protections remember it.

    Attributes
    ----------
    ts : int
        UTC ms of the end of the bar that its last fill was matched in; of the fill, where that was between two bars.
    leg : Leg
        By which the last of it was sold.
    realised, cost, equity : Decimal
        After the exits' fees, what had been paid, and the account's book equity before, in its currency.
    """

    ts: int
    instrument: InstrumentId
    strategy: str
    leg: Leg
    realised: Decimal
    cost: Decimal
    equity: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """Balances, counters and the head of the journal.

    `cash + Σ stakes.exposure == opening + realised` at every moment.

    Attributes
    ----------
    seq : int
        Number of the last journal entry; every transaction is conditional on it.
    opening, cash, realised, fees : Decimal
        In the account's currency; `realised` is net of fees and cumulative.
    day, realised_today : int, Decimal
        UTC day number of the last booking, and what was realised on it.
    stakes : mapping
        Every instrument with a position or a working order.
    journal_hash : str
        Hash of the last journal entry.
    closed : tuple of Closed
        The last positions that were left, oldest first; empty where no protection asks for them.
    apart : mapping
        What lies at the venue beside what is traded here, by currency or coin: `venue = cash or positions + apart`.
    peak, booked : Decimal, int
        The most that had been realised in all before the last time at which something was, and that time, UTC ms: what
        one bar gains and loses has no order, so only what stood before it is a peak.
    minute, sent : int
        The last minute since 1970 in which an entry was sent, and how many in it.
    lately : tuple
        When and what people and webhooks ordered last, so that a repeat is known for one.
    adopted, accepted : int
        UTC ms at the venue from which its balances are kept account of; 0 where they never were looked at. UTC ms of
        the last word by which somebody took them for right; 0 for never.
    """

    name: str
    opening: Decimal
    cash: Decimal
    seq: int = 0
    realised: Decimal = NOTHING
    fees: Decimal = NOTHING
    day: int = 0
    realised_today: Decimal = NOTHING
    stakes: Mapping[InstrumentId, Stake] = field(default_factory=dict)
    journal_hash: str = START
    closed: tuple[Closed, ...] = ()
    apart: Mapping[str, Decimal] = field(default_factory=dict)
    adopted: int = 0
    accepted: int = 0
    peak: Decimal = NOTHING
    booked: int = 0
    minute: int = 0
    sent: int = 0
    lately: tuple[tuple[int, str], ...] = ()

    @property
    def exposure(self) -> Decimal:
        """Cost of everything held and cash reserved, in the account's currency."""
        return sum((stake.exposure + stake.reserved for stake in self.stakes.values()), NOTHING)

    @property
    def free_cash(self) -> Decimal:
        """Cash that no working order has reserved."""
        return self.cash - sum((stake.reserved for stake in self.stakes.values()), NOTHING)

    @property
    def book_equity(self) -> Decimal:
        """Cash and positions at cost: what was paid in plus what was realised."""
        return self.opening + self.realised

    def realised_on(self, day: int) -> Decimal:
        """Return what was realised on a UTC day number; bookings of an earlier day do not count.

        What was booked on a later day does: who asks about the day before is late, and risks that day's money.
        """
        return self.realised_today if self.day >= day else NOTHING
