"""From a decision of the executor to the changeset that records it: pure bookkeeping."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from tradewind.domain.changeset import Changeset
from tradewind.domain.commands import CommandMessage
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book, Closed, Stake, SubPosition
from tradewind.domain.order import AT_ONCE, NOTHING, Leg, Order, OrderStatus, Side
from tradewind.domain.repeats import REPEATED_WITHIN, fingerprint
from tradewind.domain.timeframe import DAY, MINUTE
from tradewind.domain.venue import added
from tradewind.execution.paper import BarOutcome
from tradewind.execution.pricing import Priced

_KEPT = 4
"""Orders that are remembered beside the latest."""


def end_unsent(account: Account, order: Order, ts: int) -> Changeset:
    """Record an order that never reached the venue: DENIED or EXPIRED. No book moves."""
    return written(account, None, 0, (order,), (), ts)


def submit(account: Account, book: Book, order: Order, ts: int) -> Changeset:
    """Record SUBMITTED before the venue hears of it; cash is reserved here."""
    others = tuple(one for one in book.orders if one.id != order.id)
    again = any(one.id == order.id and not one.held_here for one in book.orders)
    after = replace(
        book,
        version=book.version + 1,
        last_bar=book.last_bar if book.is_active else max(book.last_bar, order.created),
        orders=(*others, order),
    )
    if order.leg is Leg.ENTRY and not again:  # what is sent again was counted when it was sent first
        account = _counted(account, order)
    changeset = written(account, after, book.version, (order,), (), ts)
    return replace(changeset, adds_risk=order.leg is Leg.ENTRY)


def _counted(account: Account, entry: Order) -> Account:
    """Count an entry in its minute; what nobody's rule decided on is remembered for a moment."""
    minute = max(account.minute, entry.created // MINUTE)
    counted = replace(account, minute=minute, sent=account.sent + 1 if minute == account.minute else 1)
    if entry.source not in AT_ONCE:
        return counted
    kept = [one for one in account.lately if entry.created - one[0] < REPEATED_WITHIN]
    return replace(counted, lately=(*kept[-_KEPT:], (entry.created, fingerprint(entry))))


def report(account: Account, book: Book, order: Order, ts: int) -> Changeset:
    """Record what the venue said of a working order."""
    kept = tuple(one for one in book.orders if one.id != order.id)
    if order.status.is_working:
        kept = tuple(order if one.id == order.id else one for one in book.orders)
    else:
        order = replace(order, reserved=NOTHING)
    after = replace(book, version=book.version + 1, orders=kept)
    return written(account, after, book.version, (order,), (), ts)


def without(account: Account, book: Book, order: Order) -> tuple[Account, Book]:
    """Return account and book as if the order had never been placed, to ask the limits about it anew."""
    rest = replace(book, orders=tuple(one for one in book.orders if one.id != order.id))
    sent = order.status is not OrderStatus.TRIGGERED  # else it waited here, and is counted when it is sent
    if order.leg is Leg.ENTRY and sent and account.minute == order.created // MINUTE:
        account = replace(account, sent=account.sent - 1)  # it was counted with its first sending
    return replace(account, stakes=_stakes(account.stakes.items(), rest, account.seq)), rest


def apply_outcome(
    account: Account, before: Book, outcome: BarOutcome, extra: tuple[Event, ...] = (), remembers: int = 0, ts: int = 0
) -> Changeset:
    """Book what one bar did, or what happened at `ts`; the account keeps its last so many closed positions in mind."""
    ts = ts or outcome.book.last_bar
    if remembers:
        closed = (*account.closed, *closed_by(before, outcome, account.book_equity))
        account = replace(account, closed=closed[-remembers:])
    if outcome.flows:
        account = replace(account, apart=added(account.apart, *(one.moves for one in outcome.flows)))
    changeset = written(account, outcome.book, before.version, outcome.orders, outcome.fills, ts, extra)
    return replace(changeset, flows=outcome.flows) if outcome.flows else changeset


def closed_by(before: Book, outcome: BarOutcome, equity: Decimal) -> tuple[Closed, ...]:
    """Return the positions that were left for good, each once, on an account of some book equity before it."""
    exits: dict[IntentId, list[Fill]] = {}
    for fill in outcome.fills:
        if fill.leg is not Leg.ENTRY:
            exits.setdefault(fill.parent, []).append(fill)
    # A position whose entry filled on after it had been left is another one: nothing of that was sold.
    kept = {one.parent for one in outcome.book.positions if one.sold}
    began = {one.parent: one for one in before.positions}
    return tuple(
        _closed(began.get(parent), fills, outcome.book.last_bar, equity)
        for parent, fills in exits.items()
        if parent not in kept
    )


def _closed(began: SubPosition | None, fills: Sequence[Fill], last_bar: int, equity: Decimal) -> Closed:
    """Return a position that fills have ended, with the parts of it that had been sold before."""
    last = fills[-1]
    realised, cost = (began.gained, began.sold) if began else (NOTHING, NOTHING)
    for fill in fills:
        realised, cost = realised + fill.realised, cost + fill.flow - fill.realised
    return Closed(max(last_bar, last.ts), last.instrument, last.strategy, last.leg, realised, cost, equity)


def halt(account: Account, book: Book, reason: str, ts: int) -> Changeset:
    """Halt an instrument: a promise was broken, and nothing new trades on it until somebody looks."""
    after = replace(book, version=book.version + 1, halted=reason)
    event = Event("INSTRUMENT_HALTED", Severity.CRITICAL, f"{book.instrument} halted: {reason}", book.instrument)
    return written(account, after, book.version, (), (), ts, (event,))


def protect(account: Account, book: Book, stop: Order, before: Order | None, command: CommandMessage) -> Changeset:
    """Put a stop into its place, and end the one that stood there."""
    ended = (before.becomes(OrderStatus.CANCELED, "the watchdog mended it"),) if before else ()
    kept = tuple(one for one in book.orders if before is None or one.id != before.id)
    after = replace(book, version=book.version + 1, orders=(*kept, stop))
    text = f"stop of {stop.quantity:f} {book.instrument} put at {stop.price:f} by {command.by}: {command.reason}"
    facts = {"order_id": stop.id, "parent": stop.parent, "by": command.by}
    event = Event("STOP_REPAIRED", Severity.WARNING, text, book.instrument, facts)
    return written(account, after, book.version, (*ended, stop), (), command.ts, (event,))


def lift(account: Account, book: Book, command: CommandMessage) -> Changeset:
    """Let a halted instrument take new risk again, on somebody's word."""
    after = replace(book, version=book.version + 1, halted="")
    text = f"{book.instrument} resumed by {command.by}: {command.reason}; it had been halted: {book.halted}"
    facts = {"by": command.by, "reason": command.reason, "halted": book.halted, "key": command.key}
    event = Event("INSTRUMENT_RESUMED", Severity.WARNING, text, book.instrument, facts)
    return written(account, after, book.version, (), (), command.ts, (event,))


def filled_by_hand(order: Order, priced: Priced, quantity: Decimal, after: int, ts: int) -> Event:
    """Say what the price of a person's paper order was made of: with it the fill can be made again in its place.

    Parameters
    ----------
    after : int
        The last bar that the book had seen, UTC ms.
    """
    text = f"{order.side} {quantity} {order.instrument} by hand at {priced.price}: {order.reason}"
    facts = {"order_id": order.id, "price": str(priced.price), "quantity": str(quantity), "after": after}
    return Event("FILLED_BY_HAND", Severity.INFO, text, order.instrument, {**facts, **priced.inputs, "ts": ts})


def note(account: Account, event: Event, ts: int, *more: Event) -> Changeset:
    """Record events that move neither order nor position."""
    return written(account, None, 0, (), (), ts, (event, *more))


def written(
    account: Account,
    book: Book | None,
    book_version: int,
    orders: tuple[Order, ...],
    fills: tuple[Fill, ...],
    ts: int,
    extra: tuple[Event, ...] = (),
) -> Changeset:
    """Return what a transaction writes: the account with its books kept, and the entry that tells of it."""
    seq = account.seq + 1
    traces = {order.id: order.trace for order in orders}
    told = (_order_event(order) for order in orders if not _is_told_by_fill(order, fills))
    events = (*told, *(_fill_event(fill, traces.get(fill.order_id, "")) for fill in fills))
    entry = JournalEntry(account.name, seq, ts, (*events, *extra), account.journal_hash)
    after = replace(_booked(account, fills, ts), seq=seq, journal_hash=entry.hash)
    if book:
        book = _minding(book, orders)
        after = replace(after, stakes=_stakes(after.stakes.items(), book, seq))
    return Changeset(after, book, book_version, orders, fills, entry)


def _minding(book: Book, orders: Iterable[Order]) -> Book:
    """Return a book whose positions keep in mind where a stop stood that has ended."""
    ended = {one.parent: one.price for one in orders if one.leg is Leg.STOP and one.price and not one.status.is_working}
    if not ended:
        return book
    minding = (replace(held, lost_stop=ended.get(held.parent, held.lost_stop)) for held in book.positions)
    return replace(book, positions=tuple(minding))


def _stakes(stakes: Iterable[tuple[InstrumentId, Stake]], book: Book, seq: int) -> dict[InstrumentId, Stake]:
    others = {name: stake for name, stake in stakes if name != book.instrument}
    if book.is_active:
        others[book.instrument] = Stake(seq, book.exposure, book.reserved, book.shares)
    return others


def _booked(account: Account, fills: Sequence[Fill], ts: int) -> Account:
    if not fills:
        return account
    flow = sum((_cash_flow(fill) for fill in fills), NOTHING)
    realised = sum((fill.realised for fill in fills), NOTHING)
    fees = sum((fill.fee for fill in fills), NOTHING)
    return earned(replace(account, cash=account.cash + flow, fees=account.fees + fees), realised, ts)


def earned(account: Account, realised: Decimal, ts: int) -> Account:
    """Return an account on which something was realised, a loss below 0, at a moment."""
    # A bar belongs to the day in which it closes; a close at midnight ends the day before.
    day = max(account.day, day_of(ts))
    return replace(
        account,
        realised=account.realised + realised,
        peak=max(account.peak, account.realised) if ts > account.booked else account.peak,
        booked=max(account.booked, ts),
        day=day,
        realised_today=account.realised_on(day) + realised,
    )


def day_of(ts_close: int) -> int:
    """Return the UTC day number that a bar belongs to."""
    return (ts_close - 1) // DAY


def _cash_flow(fill: Fill) -> Decimal:
    notional = fill.quantity * fill.price
    return (notional if fill.side is Side.SELL else -notional) - fill.fee


def _is_told_by_fill(order: Order, fills: Sequence[Fill]) -> bool:
    """Whether the entry tells of the order's end by its last fill; a venue may say so after that was booked."""
    return order.status is OrderStatus.FILLED and any(one.order_id == order.id for one in fills)


_SEVERITY = {
    OrderStatus.DENIED: Severity.WARNING,
    OrderStatus.REJECTED: Severity.WARNING,
    OrderStatus.UNKNOWN: Severity.CRITICAL,
    OrderStatus.EXPIRED: Severity.WARNING,
}


def _order_event(order: Order) -> Event:
    text = f"{order.leg} {order.side} {order.quantity} {order.instrument} {order.status}"
    return Event(
        "ORDER_COMPLETED" if order.status is OrderStatus.FILLED else f"ORDER_{order.status}",
        _SEVERITY.get(order.status, Severity.INFO),
        f"{text}: {order.reason}" if order.reason else text,
        order.instrument,
        {"order_id": order.id, "strategy": order.strategy, "trace": order.trace},
    )


def _fill_event(fill: Fill, trace: str) -> Event:
    text = f"{fill.leg} {fill.side} {fill.quantity} {fill.instrument} filled at {fill.price}"
    return Event(
        "ORDER_FILLED",
        Severity.INFO,
        text,
        fill.instrument,
        {
            "order_id": fill.order_id,
            "trade_id": fill.trade_id,
            "parent": fill.parent,
            "strategy": fill.strategy,
            "leg": str(fill.leg),
            "side": str(fill.side),
            "quantity": str(fill.quantity),
            "price": str(fill.price),
            "fee": str(fill.fee),
            "realised": str(fill.realised),
            "reason": fill.reason,
            "ts": fill.ts,
            "trace": trace,
        },
    )
