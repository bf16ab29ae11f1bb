"""From what moved an account's balances to the changeset that records it: pure bookkeeping, beside the orders."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from tradewind.domain.changeset import Changeset
from tradewind.domain.events import Event, Severity
from tradewind.domain.identifiers import IntentId
from tradewind.domain.ledger import Account, Book, SubPosition
from tradewind.domain.order import NOTHING
from tradewind.domain.venue import FlowKind, Moves, VenueFlow, added, coins_of
from tradewind.execution.holding import cost_of
from tradewind.execution.reconciling import told
from tradewind.execution.transactions import day_of, note, settle_stakes

_WARNS = frozenset({FlowKind.WITHDRAWAL, FlowKind.TRADE, FlowKind.OTHER})
_NAMES = {
    FlowKind.DEPOSIT: "DEPOSITED",
    FlowKind.WITHDRAWAL: "WITHDRAWN",
    FlowKind.FEE: "FEE_CHARGED",
    FlowKind.FUNDING: "FUNDING_BOOKED",
    FlowKind.DUST: "DUST_SET_APART",
    FlowKind.TRADE: "TRADED_ELSEWHERE",
    FlowKind.OTHER: "BALANCE_MOVED",
}


def event_of(flow: VenueFlow) -> Event:
    """Return what a movement is told as."""
    facts = {"flow_id": flow.flow_id, "moves": {coin: str(amount) for coin, amount in flow.moves.items()}}
    severity = Severity.WARNING if flow.kind in _WARNS else Severity.INFO
    return Event(_NAMES[flow.kind], severity, told(flow), flow.instrument, facts)


def adopt(account: Account, apart: Moves, ts: int, now: int, said: str) -> Changeset:
    """Keep account of a venue's balances from `ts` (of the venue) on: what is not traded with lies apart."""
    lies = ", ".join(f"{amount:f} {coin}" for coin, amount in sorted(apart.items())) or "nothing"
    facts = {"apart": {coin: str(amount) for coin, amount in sorted(apart.items())}, "ts": ts}
    event = Event("BALANCES_ADOPTED", Severity.INFO, f"{said}; {lies} lies apart", "", facts)
    return note(replace(account, apart=added(apart), adopted=ts), event, now)


def book_flows(account: Account, flows: Sequence[VenueFlow], now: int) -> Changeset:
    """Book movements: all of them change what lies apart, and none what is traded with."""
    after = replace(account, apart=added(account.apart, *(one.moves for one in flows)))
    first, *others = [event_of(one) for one in flows]
    return replace(note(after, first, now, *others), flows=tuple(flows))


def give_up(account: Account, book: Book, quantity: Decimal, flow: VenueFlow, now: int) -> Changeset:
    """Take coins out of a position that are not there any more; what they had cost is a loss.

    The largest sub-positions give first; their stops are mended by whoever watches over stops.
    """
    kept, lost, left = list[SubPosition](), NOTHING, quantity
    parts: Mapping[IntentId, Decimal] = {}
    for held in sorted(book.positions, key=lambda one: one.quantity, reverse=True):
        part = min(left, held.quantity)
        cost, left = cost_of(held, part) if part else NOTHING, left - part
        parts, lost = {**parts, held.parent: part}, lost + cost
        if held.quantity > part:
            kept.append(replace(held, quantity=held.quantity - part, cost=held.cost - cost))
    order = [one.parent for one in book.positions]
    kept.sort(key=lambda one: order.index(one.parent))
    after = replace(book, version=book.version + 1, positions=tuple(kept))
    base, _ = coins_of(book.instrument)
    moved = replace(flow, moves={base: quantity - left}, instrument=book.instrument)
    owner = _lost(replace(account, apart=added(account.apart, moved.moves)), lost, now)
    changeset = replace(note(owner, event_of(moved), now), flows=(moved,))
    return replace(settle_stakes(changeset, after), book_version=book.version)


def _lost(account: Account, cost: Decimal, now: int) -> Account:
    day = max(account.day, day_of(now))
    today = account.realised_on(day) - cost
    return replace(account, realised=account.realised - cost, day=day, realised_today=today)
