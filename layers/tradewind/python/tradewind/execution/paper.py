"""One bar through one book of a paper account: which orders fill, at what, and what is left.

Pure, and the only place where paper fills are made: the evaluator foresees with it what the executor books.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal

from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.messages import Levels
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus, Side
from tradewind.execution import matching, waiting
from tradewind.execution.holding import closing, cost_of, exit_of, level_after, netted, part_sold
from tradewind.execution.outcome import BarOutcome
from tradewind.execution.resting import Seen, lived

__all__ = ["BarOutcome", "Match", "apply_bar", "fee", "fill_now", "move_levels"]

_CENT_OF_A_CENT = Decimal("0.00000001")
_WHOLE = Decimal(10_000)


def fee(notional: Decimal, fee_bps: int) -> Decimal:
    """Return the commission on a notional, to a hundred-millionth of the currency."""
    return (notional * fee_bps / _WHOLE).quantize(_CENT_OF_A_CENT, ROUND_HALF_EVEN)


def apply_bar(book: Book, bar: Bar, instrument: Instrument, rules: AccountRules) -> BarOutcome:
    """Match a book's working orders against one closed bar.

    Market orders decided on earlier bars fill at the open, exits before entries; then stops and targets are
    matched inside the bar, those of a position opened at this very open included; then entries that wait for a price.
    """
    match = Match(book, bar, instrument, rules)
    for order in _market_orders(book, bar):
        match.at_the_open(order)
    if match.resting:
        waiting.expire(match, bar.ts_close - 1)
    for position in match.positions.copy():
        match.inside(position)
    if match.resting:
        waiting.enter(match)
        waiting.expire(match, bar.ts_close)
    return match.outcome()


def fill_now(
    book: Book, order: Order, price: Decimal, ts: int, instrument: Instrument, rules: AccountRules,
    quantity: Decimal | None = None,
) -> BarOutcome:  # fmt: skip
    """Fill a working order between two bars, at a price of the moment: no bar is applied and no bar is counted.

    Parameters
    ----------
    price : Decimal
        On the tick; slippage is in it already.
    ts : int
        UTC ms.
    quantity : Decimal or None
        How much of it, where not all is to be had.
    """
    at = float(price)
    match = Match(book, Bar(ts, ts, at, at, at, at, 0.0), instrument, rules)
    match.positions = list(book.positions)
    match.at(order, price, ts, quantity)
    waiting.done(match, order)
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
        if order.leg in {Leg.ENTRY, Leg.EXIT}
        and order.status is OrderStatus.ACCEPTED
        and order.created < bar.ts_close
        and not order.rests
    )
    return sorted(ready, key=lambda order: (order.leg is Leg.ENTRY, order.created, order.id))


class Match:
    """The working of `apply_bar`: a book opened for one bar.

    Attributes
    ----------
    resting : list of Order
        Entries and exits that wait for their price, as they stood before the bar.
    """

    def __init__(self, book: Book, bar: Bar, instrument: Instrument, rules: AccountRules) -> None:
        self._book, self.bar, self.instrument, self.rules = book, bar, instrument, rules
        self.seen = Seen(*map(instrument.ticks, bar[2:6]))
        self.working = {order.id: order for order in book.orders}
        self.resting = [order for order in book.orders if order.rests]
        self._ended: list[Order] = []
        self._fills: list[Fill] = []
        self.positions = [replace(position, bars_held=position.bars_held + 1) for position in book.positions]

    def at_the_open(self, order: Order) -> None:
        """Fill a market order at the open."""
        if order.id not in self.working:  # what it would have added to was closed at this very open
            return
        side = 1 if order.side is Side.BUY else -1
        price = self.instrument.price(matching.slipped(self.seen.open, side, self.rules.slippage_bps))
        self.at(order, price, self.bar.ts_open)

    def at(self, order: Order, price: Decimal, ts: int, quantity: Decimal | None = None) -> None:
        """Fill an order at a price, all of it or a part, or end it where that is too bad or there is nothing to do."""
        if order.leg is Leg.EXIT:
            self.close_position(order, price, ts, quantity)
        elif order.parent not in {order.id, *(held.parent for held in self.positions)}:
            self.end(order, OrderStatus.CANCELED, "NOTHING_TO_ADD_TO")
        elif price > order.worst_price:
            self.end(order, OrderStatus.REJECTED, f"PRICE_COLLAR: opened at {price}, worst allowed {order.worst_price}")
        else:
            self._open_position(netted(order, self.positions), price, ts, order.left if quantity is None else quantity)

    def inside(self, position: SubPosition, seen: Seen | None = None) -> None:
        """Match what may end a position against the part of the bar that it lived through."""
        seen = seen or self.since(position.opened)
        if self.resting and waiting.leave(self, position, seen):
            return
        stop, target = (self.level(position.parent, leg) for leg in (Leg.STOP, Leg.TARGET))
        levels = (self.instrument.ticks(float(order.price)) if order else 0 for order in (stop, target))
        what, ticks = matching.bracket(seen.open, seen.high, seen.low, *levels)
        order = {matching.STOPPED: stop, matching.TARGETED: target}.get(what)
        if order is None:
            return
        if what == matching.STOPPED:  # a triggered stop takes liquidity; a target rests and does not slip
            ticks = matching.slipped(ticks, -1, self.rules.slippage_bps)
        self.close_position(order, self.instrument.price(ticks), self.bar.ts_close)

    def since(self, ts: int) -> Seen:
        """Return the bar as who came at a moment saw it."""
        return lived(self.seen, self.bar, ts)

    def outcome(self) -> BarOutcome:
        """Return what has happened."""
        changed = tuple(self._ended)
        book = replace(
            self._book,
            version=self._book.version + bool(changed),
            last_bar=self.bar.ts_close,
            mark=self.instrument.price(self.seen.close),
            positions=tuple(self.positions),
            orders=tuple(self.working.values()),
        )
        return BarOutcome(book, tuple(self._fills), changed)

    def level(self, parent: IntentId, leg: Leg) -> Order | None:
        """Return the working stop or target of a position."""
        orders = self.working.values()
        return next((order for order in orders if order.parent == parent and order.leg is leg), None)

    def _open_position(self, order: Order, price: Decimal, ts: int, quantity: Decimal) -> None:
        cost = quantity * price
        paid = fee(cost, self.rules.fee_bps)
        self._fill(order, quantity, price, paid, -paid, ts, ends=quantity >= order.left)
        if any(held.parent == order.parent for held in self.positions):
            self._add(order, quantity, cost)
            return
        self.positions.append(SubPosition(order.strategy, quantity, cost, self.bar.ts_close, 0, order.id))
        for leg, level in ((Leg.STOP, order.stop), (Leg.TARGET, order.target)):
            if level:
                self.begin(replace(exit_of(order, leg, level, self.bar.ts_close), quantity=quantity))

    def _add(self, order: Order, quantity: Decimal, cost: Decimal) -> None:
        """Grow the position that an earlier entry opened; its stop and target cover all of it."""
        at = next(i for i, held in enumerate(self.positions) if held.parent == order.parent)
        held = self.positions[at]
        self.positions[at] = grown = replace(
            held, quantity=held.quantity + quantity, cost=held.cost + cost, entries=held.entries + (not order.parts)
        )
        for leg in (Leg.STOP, Leg.TARGET):
            level = self.level(order.parent, leg)
            if level:
                price = level_after(order, level, adds=not order.parts)
                self.begin(replace(level, quantity=grown.quantity, price=price))

    def close_position(self, order: Order, price: Decimal, ts: int, part: Decimal | None = None) -> None:
        """Sell what an exit closes of its position, or a part of that."""
        position = next((held for held in self.positions if held.parent == order.parent), None)
        if position is None:
            self.end(order, OrderStatus.CANCELED, "NOTHING_TO_CLOSE")
            return
        quantity = closing(order, position) if part is None else min(part, closing(order, position))
        notional, cost = quantity * price, cost_of(position, quantity)
        paid = fee(notional, self.rules.fee_bps)
        ends = part is None or quantity in {order.left, position.quantity}
        realised = notional - cost - paid
        self._fill(order, quantity, price, paid, realised, ts, ends=ends)
        if quantity < position.quantity:
            self._shrink(position, part_sold(position, quantity, cost, realised))
            return
        self.positions.remove(position)
        for other in [one for one in self.working.values() if one.parent == order.parent]:
            self.end(other, OrderStatus.CANCELED, f"{order.leg} filled first")

    def _shrink(self, position: SubPosition, left: SubPosition) -> None:
        """Put what is left of a position in its place; its stop and target cover that."""
        self.positions[self.positions.index(position)] = left
        for leg in (Leg.STOP, Leg.TARGET):
            level = self.level(position.parent, leg)
            if level:
                self.begin(replace(level, quantity=left.quantity))

    def _fill(
        self, order: Order, quantity: Decimal, price: Decimal, paid: Decimal, realised: Decimal, ts: int, *, ends: bool
    ) -> None:
        self._fills.append(Fill.of(order, order.parts + 1, quantity, price, paid, realised, ts))
        filled = order.filled + quantity
        if ends and not order.parts:
            self.end(replace(order, quantity=filled), OrderStatus.FILLED)
            return
        after = replace(order, filled=filled, parts=order.parts + 1)
        if ends:
            self.end(replace(after, quantity=filled), OrderStatus.FILLED)
            return
        held = order.reserved * (1 - quantity / order.left)
        self.begin(replace(after, reserved=held).becomes(OrderStatus.PARTIALLY_FILLED))

    def begin(self, order: Order) -> None:
        """Let an order work as it is now."""
        self.working[order.id] = order
        self._ended = [one for one in self._ended if one.id != order.id]
        self._ended.append(order)

    def end(self, order: Order, status: OrderStatus, reason: str = "") -> None:
        """Let an order work no more."""
        del self.working[order.id]
        self._ended = [one for one in self._ended if one.id != order.id]
        self._ended.append(replace(order.becomes(status, reason), reserved=NOTHING))
