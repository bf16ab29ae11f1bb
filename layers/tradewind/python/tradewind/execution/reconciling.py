"""What a venue says beside what the ledger says. Pure: nothing is made up, and what nobody can explain is a finding.

`venue = cash or positions + apart` must hold for every currency and coin, once everything is counted that the venue
shows and the ledger has not booked yet.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.ledger import Account, Book
from tradewind.domain.order import NOTHING, Leg, Order, Side
from tradewind.domain.venue import FlowKind, Moves, VenueFill, VenueFlow, VenueOrder, added, coins_of
from tradewind.execution.revisions import as_there

NOWHERE = InstrumentId("")
"""Of what concerns an account and no instrument of it."""

_CENT, _SATOSHI = Decimal("0.01"), Decimal("0.00000001")


class Action(StrEnum):
    """What a finding asks for."""

    ASK = "ASK"
    """Ask the venue about one order, and book what it says."""
    BOOK = "BOOK"
    """Book what moved the account's balances."""
    TELL = "TELL"
    """Somebody should know; nothing is done."""
    HALT = "HALT"
    """Stop the instrument: nobody can explain it."""
    STOP = "STOP"
    """Stop the account: nobody can explain it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A venue at one moment.

    Attributes
    ----------
    balances : mapping
        Totals by currency, coin or share.
    fills, flows : tuple
        Since a moment before it.
    ts : int
        The venue's time, UTC ms.
    """

    balances: Moves
    fills: tuple[VenueFill, ...]
    flows: tuple[VenueFlow, ...]
    orders: tuple[VenueOrder, ...]
    ts: int


@dataclass(frozen=True, slots=True)
class Known:
    """The ledger at one moment.

    Attributes
    ----------
    ours : frozenset of str
        Of the client ids that the venue shows, those of orders in the ledger.
    booked, flowed : frozenset of str
        Of the trades and movements that it shows, those in the ledger.
    instruments : sequence of Instrument
        What the account may trade.
    """

    account: Account
    books: Mapping[InstrumentId, Book]
    ours: frozenset[str]
    booked: frozenset[str]
    flowed: frozenset[str]
    instruments: Sequence[Instrument]

    @property
    def currency(self) -> str:
        """What the account's cash is; empty where its instruments are paid in several currencies."""
        found = {coins_of(one.id)[1] for one in self.instruments}
        return found.pop() if len(found) == 1 else ""

    @property
    def claimed(self) -> dict[str, Decimal]:
        """What the ledger trades with, by currency and coin."""
        found: dict[str, Decimal] = {self.currency: self.account.cash} if self.currency else {}
        for book in self.books.values():
            held = sum((one.quantity for one in book.positions), NOTHING)
            if held:
                coin = coins_of(book.instrument)[0]
                found[coin] = found.get(coin, NOTHING) + held
        return found

    def tolerance(self, coin: str) -> Decimal:
        """Return what is a matter of rounding: a cent, or half of what can be traded."""
        if coin == self.currency:
            return _CENT
        lots = [one.lot for one in self.instruments if coins_of(one.id)[0] == coin]
        return min(lots) / 2 if lots else _SATOSHI


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not alike on both sides.

    Attributes
    ----------
    subject : str
        What it is called on the board: the same for as long as it lasts.
    lasting : bool
        Whether it stands for itself until evidence arrives: an unclear order.
    times, minute : int
        In how many minutes it was asked about, this one among them, and the last of them since 1970: within one the
        question is one and the same, however often the comparison runs.
    """

    action: Action
    subject: str
    text: str
    instrument: InstrumentId = NOWHERE
    order_id: str = ""
    lasting: bool = False
    times: int = 1
    minute: int = 0


def moves_of(fill: VenueFill) -> dict[str, Decimal]:
    """Return what a trade moved."""
    base, quote = coins_of(fill.instrument)
    sign = 1 if fill.side is Side.BUY else -1
    steps = ((base, sign * fill.quantity), (quote, -sign * fill.quantity * fill.price), (fill.fee_currency, -fill.fee))
    return added(*({coin: amount} for coin, amount in steps if amount))


def missing(known: Known, seen: Seen) -> list[VenueFill]:
    """Return fills of our orders that the ledger has not booked."""
    return [one for one in seen.fills if one.client_id in known.ours and one.trade_id not in known.booked]


def unbooked(known: Known, seen: Seen) -> list[VenueFlow]:
    """Return what else moved balances since they are kept account of, other people's trades among it."""
    trades = [_elsewhere(one) for one in seen.fills if one.client_id not in known.ours]
    charges = [_of_trading(known, one) for one in seen.flows]
    since = known.account.adopted
    fresh = [one for one in (*trades, *charges) if one.ts >= since and one.flow_id not in known.flowed]
    return sorted(fresh, key=lambda one: (one.ts, one.flow_id)) if since else []


def at_that_moment(known: Known, seen: Seen) -> list[VenueFlow]:
    """Return what moved the balances at the very moment at which they were looked at, and lies in them already."""
    trades = [_elsewhere(one) for one in seen.fills if one.client_id not in known.ours]
    return [one for one in (*trades, *seen.flows) if one.ts >= seen.ts and one.flow_id not in known.flowed]


def _of_trading(known: Known, flow: VenueFlow) -> VenueFlow:
    """Return a movement as one of the cash that is traded with, where it is a charge or interest in it."""
    concerns = flow.kind in _CHARGES and bool(known.currency) and known.currency in flow.moves
    return replace(flow, cash=known.currency) if concerns else flow


def flow_id_of(fill: VenueFill) -> str:
    """Return the id under which a trade is kept that no order of ours made."""
    return f"trade:{fill.trade_id}"


def _elsewhere(fill: VenueFill) -> VenueFlow:
    said = f"{fill.side} {fill.quantity:f} {fill.instrument} at {fill.price:f} by an order placed elsewhere"
    return VenueFlow(flow_id_of(fill), FlowKind.TRADE, moves_of(fill), fill.ts, f"{said} ({fill.venue_id})")


def rests(known: Known, seen: Seen) -> dict[str, Decimal]:
    """Return what the venue has more than the ledger can account for, by coin; less is negative."""
    fresh = added(*map(moves_of, missing(known, seen)), *(one.moves for one in unbooked(known, seen)))
    ours = added(known.claimed, known.account.apart, fresh)
    every = {*seen.balances, *ours} - ({""} if known.currency else _currencies(known))
    return {coin: seen.balances.get(coin, NOTHING) - ours.get(coin, NOTHING) for coin in sorted(every)}


_CHARGES = (FlowKind.FEE, FlowKind.FUNDING)


def _currencies(known: Known) -> set[str]:
    return {coins_of(one.id)[1] for one in known.instruments}


def apart_after(known: Known, seen: Seen) -> dict[str, Decimal]:
    """Return what will lie apart once everything is booked."""
    return added(known.account.apart, *(one.apart for one in unbooked(known, seen)))


def charged(known: Known, seen: Seen, coin: str) -> Decimal:
    """Return how much of a coin was charged apart from trades, and comes out of what is held of it."""
    flows = [one for one in unbooked(known, seen) if one.kind in _CHARGES]
    return -sum((min(one.apart.get(coin, NOTHING), NOTHING) for one in flows), NOTHING)


def compare(known: Known, seen: Seen) -> tuple[Finding, ...]:
    """Return everything that is not alike."""
    orders = [*_orders(known, seen), *_left_over(known)]
    found = [*orders, *_fills(known, seen), *_balances(known, seen), *_covered(known, seen)]
    return tuple({one.subject: one for one in reversed(found)}.values())[::-1]


# ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _orders(known: Known, seen: Seen) -> Iterator[Finding]:
    working = {one.id: one for book in known.books.values() for one in book.orders}
    times = Counter(one.client_id for one in seen.orders if one.client_id)
    for one in seen.orders:
        what = f"{one.side} {one.quantity:f} {one.instrument} ({one.venue_id})"
        if one.client_id not in known.ours:
            what = what if one.quantity else f"order {one.venue_id}, which cannot be read,"
            yield Finding(Action.TELL, f"order {one.venue_id}", f"{what} was placed elsewhere", one.instrument)
        elif times[one.client_id] > 1:
            text = f"the venue has order {one.client_id} {times[one.client_id]} times, the ledger once"
            yield Finding(Action.HALT, f"order {one.client_id}", text, one.instrument)
        elif one.client_id not in working:
            text = f"order {one.client_id} has ended in the ledger, and the venue has it {one.status}: {what}"
            yield Finding(Action.HALT, f"order {one.client_id}", text, one.instrument)
        else:
            yield from _changed(working[IntentId(one.client_id)], one)
    for name, order in working.items():
        if order.leg is not Leg.TARGET and not order.held_here and name not in times:
            text = f"order {name} is {order.status} in the ledger, and not open at the venue"
            unclear = order.status.is_unclear
            yield Finding(Action.ASK, f"order {name}", text, order.instrument, name, lasting=unclear)


def _changed(order: Order, there: VenueOrder) -> Iterator[Finding]:
    """Yield an order that somebody changed at its venue; of a stop's size and place the watchdog judges."""
    after = as_there(order, there.quantity, there.limit, there.trigger)
    if after != order:
        ours, theirs = (f"{one.quantity:f} at {one.terms.price:f}" for one in (order, after))
        text = f"order {order.id} is over {ours} in the ledger, and over {theirs} at the venue"
        yield Finding(Action.ASK, f"order {order.id}", text, order.instrument, order.id)


def _left_over(known: Known) -> Iterator[Finding]:
    """Yield stops whose position is gone: the watchdog takes them back."""
    for book in known.books.values():
        for stop in book.left_over:
            text = f"stop {stop.id} over {stop.left:f} still works, and its position is gone"
            yield Finding(Action.TELL, f"stop {stop.id}", text, book.instrument, stop.id)


def _fills(known: Known, seen: Seen) -> Iterator[Finding]:
    for one in missing(known, seen):
        text = f"trade {one.trade_id} ({one.side} {one.quantity:f} at {one.price:f}) is not in the ledger"
        yield Finding(Action.ASK, f"order {one.client_id}", text, one.instrument, one.client_id)
    for flow in unbooked(known, seen):
        yield Finding(Action.BOOK, f"flow {flow.flow_id}", told(flow))


def told(flow: VenueFlow) -> str:
    """Return a movement in words."""
    amounts = ", ".join(f"{amount:+f} {coin}" for coin, amount in flow.moves.items())
    return f"{flow.kind} {amounts}{': ' if flow.text else ''}{flow.text}"


# ── balances ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _balances(known: Known, seen: Seen) -> Iterator[Finding]:
    if not known.currency:
        yield Finding(Action.TELL, "cash", f"cash cannot be compared: it is in {', '.join(sorted(_currencies(known)))}")
    differing = {coin: rest for coin, rest in rests(known, seen).items() if rest}
    if not known.account.adopted:
        yield Finding(Action.BOOK, "balances", "the venue's balances are looked at for the first time")
    for coin, rest in differing.items():
        if -rest > known.tolerance(coin) or (known.account.adopted and rest > known.tolerance(coin)):
            yield from _unexplained(known, seen, coin)
        elif known.account.adopted:
            yield Finding(Action.BOOK, f"balance {coin}", f"{_both(known, seen, coin)}: a matter of rounding")


def _covered(known: Known, seen: Seen) -> Iterator[Finding]:
    """Yield what more is traded with of than there is: what lies apart may run out, but not be less than nothing."""
    for coin, amount in apart_after(known, seen).items():
        if amount + max(NOTHING, charged(known, seen, coin)) < -known.tolerance(coin):
            yield from _unexplained(known, seen, coin)


def _unexplained(known: Known, seen: Seen, coin: str) -> Iterator[Finding]:
    text = _both(known, seen, coin)
    concerned = [one.id for one in known.instruments if coins_of(one.id)[0] == coin]
    held = [name for name in concerned if name in known.books and known.books[name].positions]
    if not concerned:
        yield Finding(Action.STOP, f"balance {coin}", text)
    for name in held or concerned[:1]:
        yield Finding(Action.HALT, f"balance {coin} {name}", text, name)


def _both(known: Known, seen: Seen, coin: str) -> str:
    """Return both sides of a balance."""
    ours, apart = known.claimed.get(coin, NOTHING), known.account.apart.get(coin, NOTHING)
    fresh = added(*map(moves_of, missing(known, seen)), *(one.moves for one in unbooked(known, seen))).get(coin)
    more = f" and {fresh:+f} not booked yet" if fresh else ""
    return f"{coin}: the venue has {seen.balances.get(coin, NOTHING):f}, the ledger {ours:f} and {apart:f} apart{more}"
