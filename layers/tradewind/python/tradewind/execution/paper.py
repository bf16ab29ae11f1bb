"""One bar through one book of a paper account: which orders fill, at what, and what is left.

Pure, and the only place where paper fills are made: the evaluator foresees with it what the executor books.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId, content_hash
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.messages import Levels
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus, Side
from tradewind.domain.venue import VenueFlow
from tradewind.execution import matching
from tradewind.execution.holding import closing, cost_of, exit_of, level_after

_CENT_OF_A_CENT = Decimal("0.00000001")
_WHOLE = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class BarOutcome:
    """What one bar did to one book.

    Attributes
    ----------
    orders : tuple of Order
        Every order that began or ended in this bar, in its new state.
    flows : tuple of VenueFlow
        Coins that belong to no position any more, or were charged apart from it.
    """

    book: Book
    fills: tuple[Fill, ...]
    orders: tuple[Order, ...]
    flows: tuple[VenueFlow, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether orders or positions moved: a transaction; else only the mark did."""
        return bool(self.orders)

    def digest(self) -> str:
        """Digest of what filled and what ended; empty where nothing did."""
        if not self.changes:
            return ""
        fills = [f"{fill.trade_id} {fill.quantity} {fill.price} {fill.fee}" for fill in self.fills]
        orders = [f"{order.id} {order.status}" for order in self.orders]
        return content_hash("|".join(fills + orders).encode())

    @property
    def losses(self) -> Decimal:
        """Sum of what was realised below zero: losses count at once, gains from the next bar on."""
        return sum((fill.realised for fill in self.fills if fill.realised < 0), NOTHING)


def fee(notional: Decimal, fee_bps: int) -> Decimal:
    """Return the commission on a notional, to a hundred-millionth of the currency."""
    return (notional * fee_bps / _WHOLE).quantize(_CENT_OF_A_CENT, ROUND_HALF_EVEN)


def apply_bar(book: Book, bar: Bar, instrument: Instrument, rules: AccountRules) -> BarOutcome:
    """Match a book's working orders against one closed bar.

    Market orders decided on earlier bars fill at the open, exits before entries; then stops and targets are
    matched inside the bar, those of a position opened at this very open included.
    """
    match = _Match(book, bar, instrument, rules)
    for order in _market_orders(book, bar):
        match.at_the_open(order)
    for position in match.positions.copy():
        match.inside(position)
    return match.outcome()


def fill_now(
    book: Book, order: Order, price: Decimal, ts: int, instrument: Instrument, rules: AccountRules
) -> BarOutcome:
    """Fill a working order between two bars, at a price of the moment: no bar is applied and no bar is counted.

    Parameters
    ----------
    price : Decimal
        On the tick; slippage is in it already.
    ts : int
        UTC ms.
    """
    at = float(price)
    match = _Match(book, Bar(ts, ts, at, at, at, at, 0.0), instrument, rules)
    match.positions = list(book.positions)
    match.at(order, price, ts)
    outcome = match.outcome()
    return replace(outcome, book=replace(outcome.book, last_bar=book.last_bar, mark=book.mark))


def move_levels(outcome: BarOutcome, levels: Sequence[Levels]) -> BarOutcome:
    """Move stops and targets of what is still held after a bar, so that they work from the next bar on.

    A stop only rises, and never to the bar's close or above it; a target goes where it is wanted. What names a
    position that is gone moves nothing.
    """
    book, moved = outcome.book, list[Order]()
    held = {position.parent for position in book.positions}
    for one in (one for one in levels if one.parent in held):
        stop, target = (book.bracket(one.parent, leg) for leg in (Leg.STOP, Leg.TARGET))
        if stop and stop.price < one.stop < book.mark:
            moved.append(replace(stop, price=one.stop, reason="TRAILING"))
        if target and one.target not in {NOTHING, target.price}:
            moved.append(replace(target, price=one.target))
    if not moved:
        return outcome
    latest = {order.id: order for order in moved}
    after = replace(
        book,
        version=book.version + (not outcome.changes),
        orders=tuple(latest.get(order.id, order) for order in book.orders),
    )
    begun = tuple(order for order in outcome.orders if order.id not in latest)
    return replace(outcome, book=after, orders=(*begun, *moved))


def _market_orders(book: Book, bar: Bar) -> list[Order]:
    ready = (
        order
        for order in book.orders
        if order.leg in {Leg.ENTRY, Leg.EXIT} and order.status is OrderStatus.ACCEPTED and order.created < bar.ts_close
    )
    return sorted(ready, key=lambda order: (order.leg is Leg.ENTRY, order.created, order.id))


class _Match:
    """The working of `apply_bar`: a book opened for one bar."""

    def __init__(self, book: Book, bar: Bar, instrument: Instrument, rules: AccountRules) -> None:
        self._book, self._bar, self._instrument, self._rules = book, bar, instrument, rules
        self._open, self._high, self._low, self._close = map(instrument.ticks, bar[2:6])
        self._working = {order.id: order for order in book.orders}
        self._ended: list[Order] = []
        self._fills: list[Fill] = []
        self.positions = [replace(position, bars_held=position.bars_held + 1) for position in book.positions]

    def at_the_open(self, order: Order) -> None:
        if order.id not in self._working:  # what it would have added to was closed at this very open
            return
        side = 1 if order.side is Side.BUY else -1
        price = self._instrument.price(matching.slipped(self._open, side, self._rules.slippage_bps))
        self.at(order, price, self._bar.ts_open)

    def at(self, order: Order, price: Decimal, ts: int) -> None:
        """Fill a market order at a price, or end it where that is too bad or there is nothing to do."""
        if order.leg is Leg.EXIT:
            self.close_position(order, price, ts)
        elif order.parent != order.id and order.parent not in {held.parent for held in self.positions}:
            self._end(order, OrderStatus.CANCELED, "NOTHING_TO_ADD_TO")
        elif price > order.worst_price:
            self._end(
                order, OrderStatus.REJECTED, f"PRICE_COLLAR: opened at {price}, worst allowed {order.worst_price}"
            )
        else:
            self._open_position(order, price, ts)

    def inside(self, position: SubPosition) -> None:
        stop, target = (self._bracket_order(position.parent, leg) for leg in (Leg.STOP, Leg.TARGET))
        levels = (self._instrument.ticks(float(order.price)) if order else 0 for order in (stop, target))
        what, ticks = matching.bracket(*self._range(position), *levels)
        order = {matching.STOPPED: stop, matching.TARGETED: target}.get(what)
        if order is None:
            return
        if what == matching.STOPPED:  # a triggered stop takes liquidity; a target rests and does not slip
            ticks = matching.slipped(ticks, -1, self._rules.slippage_bps)
        self.close_position(order, self._instrument.price(ticks), self._bar.ts_close)

    def _range(self, position: SubPosition) -> tuple[int, int, int]:
        """Return open, high and low as a position saw them: of the bar in which it was opened by hand, only the close.

        Which of that bar's prices came after the entry nobody knows; its close did.
        """
        if self._bar.ts_open < position.opened < self._bar.ts_close:
            return self._close, self._close, self._close
        return self._open, self._high, self._low

    def outcome(self) -> BarOutcome:
        changed = tuple(self._ended)
        book = replace(
            self._book,
            version=self._book.version + bool(changed),
            last_bar=self._bar.ts_close,
            mark=self._instrument.price(self._close),
            positions=tuple(self.positions),
            orders=tuple(self._working.values()),
        )
        return BarOutcome(book, tuple(self._fills), changed)

    def _bracket_order(self, parent: IntentId, leg: Leg) -> Order | None:
        orders = self._working.values()
        return next((order for order in orders if order.parent == parent and order.leg is leg), None)

    def _open_position(self, order: Order, price: Decimal, ts: int) -> None:
        cost = order.quantity * price
        paid = fee(cost, self._rules.fee_bps)
        self._fill(order, order.quantity, price, paid, -paid, ts)
        if order.parent != order.id:
            self._add(order, cost)
            return
        self.positions.append(SubPosition(order.strategy, order.quantity, cost, self._bar.ts_close, 0, order.id))
        for leg, level in ((Leg.STOP, order.stop), (Leg.TARGET, order.target)):
            if level:
                self._begin(exit_of(order, leg, level, self._bar.ts_close))

    def _add(self, order: Order, cost: Decimal) -> None:
        """Grow the position that a ladder's first entry opened; its stop and target cover all of it."""
        at = next(i for i, held in enumerate(self.positions) if held.parent == order.parent)
        held = self.positions[at]
        self.positions[at] = grown = replace(
            held, quantity=held.quantity + order.quantity, cost=held.cost + cost, entries=held.entries + 1
        )
        for leg in (Leg.STOP, Leg.TARGET):
            level = self._bracket_order(order.parent, leg)
            if level:
                self._begin(replace(level, quantity=grown.quantity, price=level_after(order, level)))

    def close_position(self, order: Order, price: Decimal, ts: int) -> None:
        position = next((held for held in self.positions if held.parent == order.parent), None)
        if position is None:
            self._end(order, OrderStatus.CANCELED, "NOTHING_TO_CLOSE")
            return
        quantity = closing(order, position)
        notional, cost = quantity * price, cost_of(position, quantity)
        paid = fee(notional, self._rules.fee_bps)
        self._fill(order, quantity, price, paid, notional - cost - paid, ts)
        if quantity < position.quantity:
            self._shrink(position, quantity, cost)
            return
        self.positions.remove(position)
        for other in [one for one in self._working.values() if one.parent == order.parent]:
            self._end(other, OrderStatus.CANCELED, f"{order.leg} filled first")

    def _shrink(self, position: SubPosition, quantity: Decimal, cost: Decimal) -> None:
        """Take a part off a position; its stop and target cover what is left."""
        left = replace(position, quantity=position.quantity - quantity, cost=position.cost - cost)
        self.positions[self.positions.index(position)] = left
        for leg in (Leg.STOP, Leg.TARGET):
            level = self._bracket_order(position.parent, leg)
            if level:
                self._begin(replace(level, quantity=left.quantity))

    def _fill(self, order: Order, quantity: Decimal, price: Decimal, paid: Decimal, realised: Decimal, ts: int) -> None:
        self._fills.append(Fill.of(order, 1, quantity, price, paid, realised, ts))
        self._end(replace(order, quantity=quantity), OrderStatus.FILLED)

    def _begin(self, order: Order) -> None:
        self._working[order.id] = order
        self._ended = [one for one in self._ended if one.id != order.id]
        self._ended.append(order)

    def _end(self, order: Order, status: OrderStatus, reason: str = "") -> None:
        del self._working[order.id]
        self._ended = [one for one in self._ended if one.id != order.id]
        self._ended.append(replace(order.becomes(status, reason), reserved=NOTHING))
