"""From what moved an account's balances to the changeset that records it: pure bookkeeping, beside the orders."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tradewind.domain.changeset import Changeset
from tradewind.domain.events import Event, Severity
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import Instrument
from tradewind.domain.ledger import Account, Book, SubPosition
from tradewind.domain.order import NOTHING, Leg, Order, OrderStatus
from tradewind.domain.venue import FlowKind, Moves, VenueFlow, added, coins_of
from tradewind.execution.holding import cost_of
from tradewind.execution.reconciling import told
from tradewind.execution.transactions import earned, note, written
from tradewind.execution.venue_fills import whole_lots

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
    facts: dict[str, Any] = {
        "flow_id": flow.flow_id,
        "moves": {coin: str(amount) for coin, amount in flow.moves.items()},
    }
    if flow.realised:
        facts |= {"realised": str(flow.realised), "fee": str(flow.fee), "parent": flow.parent}
    severity = Severity.WARNING if flow.kind in _WARNS else Severity.INFO
    return Event(_NAMES[flow.kind], severity, told(flow), flow.instrument, facts)


def adopt(account: Account, apart: Moves, ts: int, now: int, said: str, within: Sequence[VenueFlow] = ()) -> Changeset:
    """Keep account of a venue's balances from `ts` (of the venue) on: what is not traded with lies apart.

    Parameters
    ----------
    within : sequence of VenueFlow
        Movements of that very moment, which the balances have in them: on record, so that they are not booked again.
    """
    lies = ", ".join(f"{amount:f} {coin}" for coin, amount in sorted(apart.items())) or "nothing"
    facts = {"apart": {coin: str(amount) for coin, amount in sorted(apart.items())}, "ts": ts}
    event = Event("BALANCES_ADOPTED", Severity.INFO, f"{said}; {lies} lies apart", "", facts)
    changeset = note(replace(account, apart=added(apart), adopted=ts), event, now, *map(event_of, within))
    return replace(changeset, flows=tuple(within))


def book_flows(account: Account, flows: Sequence[VenueFlow], now: int) -> Changeset:
    """Book movements: charges and interest in the account's currency move its cash, all else what lies apart."""
    paid, fees = (sum(amounts, NOTHING) for amounts in ((one.paid for one in flows), (one.fee for one in flows)))
    after = replace(
        account,
        apart=added(account.apart, *(one.apart for one in flows)),
        cash=account.cash + paid,
        fees=account.fees + fees,
    )
    if paid:
        after = earned(after, paid, now)
    first, *others = [event_of(one) for one in flows]
    return replace(note(after, first, now, *others), flows=tuple(flows))


def give_up(account: Account, book: Book, quantity: Decimal, flow: VenueFlow, rules: Instrument, now: int) -> Changeset:
    """Take coins out of positions that are not there any more; what they had cost is a loss.

    The largest sub-positions give first. Less than a lot is not kept, for nobody could sell it. Stops and targets stand
    over what is kept; of a position that is gone, the stop's end is its venue's to say.
    """
    kept, flows, left = dict[IntentId, SubPosition](), list[VenueFlow](), quantity
    for held in sorted(book.positions, key=lambda one: one.quantity, reverse=True):
        part = _part(held, left, rules)
        left = max(NOTHING, left - part)
        cost = cost_of(held, part) if part else NOTHING
        if held.quantity > part:
            kept[held.parent] = replace(held, quantity=held.quantity - part, cost=held.cost - cost)
        if part:
            flows.append(_left(flow, held, book, part, cost))
    positions = tuple(kept[one.parent] for one in book.positions if one.parent in kept)
    changed = tuple(_levels(book, kept, rules, flow.text))
    return _given_up(account, replace(book, positions=positions), changed, flows, now)


def set_apart(
    account: Account, book: Book, held: SubPosition, flow: VenueFlow, rules: Instrument, now: int
) -> Changeset:
    """Set a position apart that is too little to be sold; what it had cost is a loss."""
    kept = {one.parent: one for one in book.positions if one.parent != held.parent}
    changed = tuple(_levels(book, kept, rules, flow.text))
    flows = [_left(flow, held, book, held.quantity, held.cost)]
    return _given_up(account, replace(book, positions=tuple(kept.values())), changed, flows, now)


def _given_up(
    account: Account, book: Book, changed: Sequence[Order], flows: Sequence[VenueFlow], now: int
) -> Changeset:
    latest = {one.id: one for one in changed}
    orders = tuple(one for one in (latest.get(one.id, one) for one in book.orders) if one.status.is_working)
    after = replace(book, version=book.version + 1, orders=orders)
    owner = replace(account, apart=added(account.apart, *(one.apart for one in flows)))
    owner = earned(owner, sum((one.realised for one in flows), NOTHING), now)
    events = tuple(map(event_of, flows))
    return replace(written(owner, after, book.version, tuple(changed), (), now, events), flows=tuple(flows))


def _part(held: SubPosition, wanted: Decimal, rules: Instrument) -> Decimal:
    if wanted <= 0:
        return NOTHING
    return held.quantity if held.quantity - wanted < rules.lot else wanted


def _left(flow: VenueFlow, held: SubPosition, book: Book, part: Decimal, cost: Decimal) -> VenueFlow:
    base, _ = coins_of(book.instrument)
    name = f"{flow.flow_id}:{held.parent}"
    return replace(flow, flow_id=name, moves={base: part}, instrument=book.instrument, cost=cost, parent=held.parent)


def _levels(book: Book, kept: Mapping[IntentId, SubPosition], rules: Instrument, why: str) -> Iterator[Order]:
    """Yield levels and waiting exits as they are once only `kept` is held: smaller, or over."""
    gone = {one.parent for one in book.positions} - kept.keys()
    for one in book.orders:
        if one.leg in {Leg.STOP, Leg.TARGET} and one.parent in kept:
            quantity = whole_lots(kept[one.parent].quantity, rules) + one.filled
            if quantity < one.quantity:
                yield replace(one, quantity=quantity)
        elif one.parent in gone and (one.leg is Leg.TARGET or (one.leg is Leg.EXIT and one.held_here)):
            yield one.becomes(OrderStatus.CANCELED, why)
