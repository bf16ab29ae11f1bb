"""Booking what a venue filled: pure, once by the venue's trade id, net of fees that it took in the coin.

The venue says what happened; nothing is matched here, and no fill is made up. What an entry brings is a stop, which
lives at the venue, and a target, which is watched here: both would hold the same coins.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, Decimal

from tradewind.domain.bar import Bar
from tradewind.domain.errors import InvariantError
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import intent_id
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.order import AT_ONCE, NOTHING, Leg, Order, OrderStatus
from tradewind.domain.venue import FlowKind, VenueFill, VenueFlow, coins_of
from tradewind.execution.held_here import is_due, watched
from tradewind.execution.holding import cost_of, exit_of, level_after, netted, part_sold
from tradewind.execution.paper import BarOutcome

_ASKED = frozenset({OrderStatus.PENDING_UPDATE, OrderStatus.PENDING_CANCEL})
_AT_WORK = frozenset({OrderStatus.ACCEPTED, OrderStatus.TRIGGERED, OrderStatus.PARTIALLY_FILLED})
AT_A_TIME = 30
"""Fills that one transaction books: each may bring two movements of coins, and `MOST_WRITES` is the end of it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a venue says of one order.

    Attributes
    ----------
    filled : Decimal
        How much of it is executed in all.
    fills : tuple of VenueFill
        Those that it shows, booked ones too.
    booked : frozenset of str
        Trade ids that are in the ledger.
    quantity : Decimal
        What it is over in all there; 0 where the venue does not say.
    """

    status: OrderStatus
    reason: str
    filled: Decimal
    fills: tuple[VenueFill, ...]
    booked: frozenset[str]
    quantity: Decimal = NOTHING

    @property
    def fresh(self) -> tuple[VenueFill, ...]:
        """Fills that are not booked yet, oldest first."""
        return tuple(one for one in self.fills if one.trade_id not in self.booked)

    @property
    def is_whole(self) -> bool:
        """Whether every fill is shown that the order's own row counts."""
        return self._shown >= self.filled

    def parts(self) -> Iterator["Told"]:
        """Yield it as one transaction after the other can book it: what is told of more fills ends nothing yet."""
        fresh, booked = self.fresh, self.booked
        counted = replace(self, filled=max(self.filled, self._shown))
        while len(fresh) > AT_A_TIME:
            taken, fresh = booked | {one.trade_id for one in fresh[:AT_A_TIME]}, fresh[AT_A_TIME:]
            shown = tuple(one for one in self.fills if one.trade_id in taken)
            yield replace(counted, fills=shown, booked=booked)
            booked = taken
        yield replace(self, booked=booked)

    @property
    def _shown(self) -> Decimal:
        return sum((one.quantity for one in self.fills), NOTHING)


def whole_lots(quantity: Decimal, rules: Instrument) -> Decimal:
    """Return a quantity in whole lots, never more than was asked for."""
    return (quantity / rules.lot).to_integral_value(ROUND_DOWN) * rules.lot


def seen(book: Book, bar: Bar, rules: Instrument) -> BarOutcome:
    """Let a bar pass by a book whose orders rest at a venue: it is counted, and moves the mark and what waits here."""
    mark = rules.price(rules.ticks(bar.close))
    positions = tuple(replace(one, bars_held=one.bars_held + 1) for one in book.positions)
    passed = replace(book, last_bar=bar.ts_close, mark=mark, positions=positions)
    moved = {one.id: one for one in watched(book, bar, rules)}
    if not moved:
        return BarOutcome(passed, (), ())
    orders = (moved.get(one.id, one) for one in book.orders)
    working = tuple(one for one in orders if one.status.is_working)
    return BarOutcome(replace(passed, version=book.version + 1, orders=working), (), tuple(moved.values()))


def book_fills(book: Book, order: Order, told: Told, rules: Instrument, deadline: int = 0) -> BarOutcome:
    """Book what is fresh, and the order's state.

    Parameters
    ----------
    deadline : int
        UTC ms by which a stop that begins here has to arrive at the venue.

    Raises
    ------
    InvariantError
        If more of the order is filled than was asked for, or more sold than is held.
    """
    filled = sum((one.quantity for one in told.fills), NOTHING)
    order = grown(order, told)
    if filled > order.quantity:
        raise InvariantError(f"order {order.id}: {filled} are filled of {order.quantity}: the venue took it twice")
    begins = not told.booked & {one.trade_id for one in told.fills}
    if order.leg is Leg.ENTRY and told.fresh:
        order = netted(order, book.positions)
    working = _Booking(book, rules, deadline, begins)
    due = order.quantity - filled + sum((one.quantity for one in told.fresh), NOTHING)
    for number, one in enumerate(told.fresh):
        due -= one.quantity
        working.fill(order, one, due, adds=begins and not number and order.id != order.parent)
    working.settle(order, told, filled)
    return working.outcome()


def grown(order: Order, told: Told) -> Order:
    """Return an order over as much as its venue has it: changed there, by us or on its own pages.

    A position's levels are brought there by whoever watches over them.
    """
    return replace(order, quantity=max(order.quantity, told.quantity)) if order.leg.at_market else order


@dataclass(slots=True)
class _Booking:
    """The working of `book_fills`: a book opened for one order's fills."""

    book: Book
    rules: Instrument
    deadline: int
    begins: bool
    fills: list[Fill] = field(default_factory=list)
    changed: dict[str, Order] = field(default_factory=dict)
    positions: list[SubPosition] = field(default_factory=list)
    flows: list[VenueFlow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.positions = list(self.book.positions)

    def fill(self, order: Order, one: VenueFill, due: Decimal, *, adds: bool) -> None:
        """Book one fill of an order of which so much is still `due` after it."""
        base, quote = coins_of(order.instrument)
        in_coin = one.fee_currency == base
        entry = order.leg is Leg.ENTRY
        # What was taken in the coin never arrived: position and stop are net of it, and it cost what the coin cost.
        quantity = one.quantity - one.fee if in_coin and entry else one.quantity
        paid = one.fee * one.price if in_coin else one.fee
        # In a coin that nothing here is counted in, or beside what is sold: no cash pays it.
        if one.fee_currency not in {base, quote, ""} or (in_coin and not entry):
            paid = NOTHING
            said = f"of trade {one.trade_id}"
            self._apart(f"fee:{one.trade_id}", FlowKind.FEE, {one.fee_currency: -one.fee}, one.ts, said)
        if entry:
            self._record(order, one, quantity, paid, -paid)
            self._open(order, quantity, one, adds=adds)
        else:
            self._close(order, paid, one, due)

    def settle(self, order: Order, told: Told, filled: Decimal) -> None:
        """Move the order to where the venue says it stands; it ends only when every fill is booked."""
        # Its trades may tell of the last fill before the order's own row does, and then nothing fresh comes any more.
        full = filled >= order.quantity or (told.status is OrderStatus.FILLED and told.is_whole)
        if told.fresh:
            order = order.becomes(OrderStatus.FILLED if full else OrderStatus.PARTIALLY_FILLED)
        elif full and order.status.is_working:
            order = order.becomes(OrderStatus.FILLED)
        ends = not full and told.status not in {OrderStatus.FILLED, *_AT_WORK} and told.is_whole
        begins = told.status in _AT_WORK and not filled
        if (ends or begins) and order.status is not told.status:
            order = order.becomes(told.status, told.reason)
        elif order.status in _ASKED and told.status in _AT_WORK:  # nobody waits for that answer any more
            order = order.becomes(OrderStatus.PARTIALLY_FILLED)
        before = filled - sum((one.quantity for one in told.fresh), NOTHING)
        left = (order.quantity - filled) / (order.quantity - before) if order.quantity > before else NOTHING
        reserved = order.reserved * left if order.status.is_working else NOTHING
        self.changed[order.id] = replace(order, reserved=reserved, filled=filled, parts=len(told.fills))
        if told.fresh and not order.status.is_working:
            self._rest(order, told.fresh[-1])

    def outcome(self) -> BarOutcome:
        latest = self.changed
        kept = [latest.get(one.id, one) for one in self.book.orders]
        begun = [one for name, one in latest.items() if name not in {other.id for other in self.book.orders}]
        orders = tuple(one for one in (*kept, *begun) if one.status.is_working)
        book = replace(self.book, version=self.book.version + 1, positions=tuple(self.positions), orders=orders)
        return BarOutcome(book, tuple(self.fills), tuple(latest.values()), tuple(self.flows))

    def _record(self, order: Order, one: VenueFill, quantity: Decimal, paid: Decimal, realised: Decimal) -> None:
        made = Fill.of(order, 1, quantity, one.price, paid, realised, one.ts)
        self.fills.append(replace(made, trade_id=one.trade_id))

    def _open(self, order: Order, quantity: Decimal, one: VenueFill, *, adds: bool) -> None:
        cost = quantity * one.price
        at = next((i for i, held in enumerate(self.positions) if held.parent == order.parent), None)
        if at is None:
            self.positions.append(SubPosition(order.strategy, quantity, cost, one.ts, 0, order.parent))
        else:
            held = self.positions[at]
            grown = replace(held, quantity=held.quantity + quantity, cost=held.cost + cost, entries=held.entries + adds)
            self.positions[at] = grown
        self._cover(order, one.ts, adds=adds)

    def _cover(self, entry: Order, ts: int, *, adds: bool) -> None:
        """Let stop and target stand over all of the position.

        Where the entry's own have ended already, what fills of it after that gets others: an id is sent once. The stop
        among them stands where the last one stood, which may have risen.
        """
        held = next(one for one in self.positions if one.parent == entry.parent)
        quantity = whole_lots(held.quantity, self.rules)
        own = not held.lost_stop or (adds and entry.source in AT_ONCE)
        for leg, level in ((Leg.STOP, entry.stop if own else held.lost_stop), (Leg.TARGET, entry.target)):
            known = self._level(entry, leg)
            if known:
                price = level_after(entry, known, adds=adds)
                self.changed[known.id] = replace(known, quantity=quantity + known.filled, price=price)
            elif level and quantity:
                made = replace(exit_of(entry, leg, level, ts), parent=entry.parent, quantity=quantity)
                if not self.begins:
                    made = replace(made, id=intent_id(entry.id, leg, self.book.version))
                if leg is Leg.STOP:
                    made = replace(made, status=OrderStatus.SUBMITTED, deadline=self.deadline)
                self.changed[made.id] = made

    def _level(self, entry: Order, leg: Leg) -> Order | None:
        orders = {one.id: one for one in self.book.orders} | self.changed
        found = (one for one in orders.values() if one.parent == entry.parent and one.leg is leg)
        return next((one for one in found if one.status.is_working), None)

    def _close(self, order: Order, paid: Decimal, one: VenueFill, due: Decimal) -> None:
        """Book a sale; what it costs in the coin the position pays with what the order does not sell."""
        quantity, base = one.quantity, coins_of(order.instrument)[0]
        held = next((held for held in self.positions if held.parent == order.parent), None)
        if held is None or quantity > held.quantity:
            has = held.quantity if held else 0
            raise InvariantError(f"order {order.id}: {quantity} were sold of {has} that are held")
        charged = max(NOTHING, one.fee) if one.fee_currency == base else NOTHING
        taken = max(NOTHING, min(charged, held.quantity - quantity - due))
        left = held.quantity - quantity - taken
        # Nobody can sell what is less than a lot.
        cost = held.cost if left < self.rules.lot else cost_of(held, quantity + taken)
        realised = quantity * one.price - cost - paid
        self._record(order, one, quantity, paid, realised)
        if taken:
            said = "charged in the coin that was sold"
            self._apart(f"net:{one.trade_id}", FlowKind.FEE, {base: taken}, one.ts, said, order.instrument)
        if left < self.rules.lot:
            if left:
                self._dust(order, one, left)
            self.positions.remove(held)
            self._end_levels(order)
            return
        self.positions[self.positions.index(held)] = part_sold(held, quantity + taken, cost, realised)
        for other in self._siblings(order):
            self.changed[other.id] = replace(other, quantity=whole_lots(left, self.rules) + other.filled)

    def _rest(self, order: Order, one: VenueFill) -> None:
        """Set apart what an order that has ended leaves, where it is too little to be sold: its last fill bears it."""
        held = next((held for held in self.positions if held.parent == order.parent), None)
        others = (each for each in self.book.orders if each.parent == order.parent and each.id != order.id)
        if held is None or held.quantity >= self.rules.least(one.price) or any(each.leg.at_market for each in others):
            return
        self.fills[-1] = replace(self.fills[-1], realised=self.fills[-1].realised - held.cost)
        self._dust(order, one, held.quantity)
        self.positions.remove(held)
        known = {each.id for each in self.book.orders}
        for begun in [each for each in self._siblings(order) if each.id not in known]:
            del self.changed[begun.id]  # nobody has heard of it yet
        self._end_levels(order)

    def _dust(self, order: Order, one: VenueFill, left: Decimal) -> None:
        base, _ = coins_of(order.instrument)
        said = f"{left:f} was left, too little to be sold"
        self._apart(f"dust:{one.trade_id}", FlowKind.DUST, {base: left}, one.ts, said, order.instrument)

    def _apart(
        self, name: str, kind: FlowKind, moves: Mapping[str, Decimal], ts: int, said: str, instrument: str = ""
    ) -> None:
        self.flows.append(VenueFlow(name, kind, moves, ts, said, instrument))

    def _end_levels(self, order: Order) -> None:
        """End what is watched here; what works at the venue ends only when the venue says so."""
        for other in (*self._siblings(order), *self._waiting(order)):
            if other.leg is not Leg.STOP:
                self.changed[other.id] = other.becomes(OrderStatus.CANCELED, f"{order.leg} filled first")

    def _waiting(self, order: Order) -> Sequence[Order]:
        """Return exits of the same position that wait here; of those that are being sent, the sending tells."""
        mine = (one for one in self.book.orders if one.parent == order.parent and one.leg is Leg.EXIT)
        return [one for one in mine if one.held_here and not is_due(one)]

    def _siblings(self, order: Order) -> Sequence[Order]:
        orders = {one.id: one for one in self.book.orders} | self.changed
        levels = {Leg.STOP, Leg.TARGET}
        return [
            one
            for one in orders.values()
            if one.parent == order.parent and one.id != order.id and one.leg in levels and one.status.is_working
        ]
