"""What must be so in a ledger: sums that agree, and a chain that is whole. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book, SubPosition
from tradewind.domain.order import NOTHING, Side
from tradewind.domain.venue import VenueFlow, coins_of


def arithmetic(account: Account, fills: Sequence[Fill], flows: Sequence[VenueFlow] = ()) -> Iterator[str]:
    """Say what does not add up in an account: its cash and fees are those of its fills, and what it was charged."""
    exposure = sum((stake.exposure for stake in account.stakes.values()), NOTHING)
    if account.cash + exposure != account.opening + account.realised:
        yield (
            f"cash {account.cash} + exposure {exposure} is not opening {account.opening} + realised {account.realised}"
        )
    flow = sum((fill.flow for fill in fills), NOTHING) + sum((one.paid for one in flows), NOTHING)
    if account.opening + flow != account.cash:
        yield f"the fills lead to cash {account.opening + flow}, the account says {account.cash}"
    fees = sum((fill.fee for fill in fills), NOTHING) + sum((one.fee for one in flows), NOTHING)
    if fees != account.fees:
        yield f"the fills paid {fees} in fees, the account says {account.fees}"


def set_apart(entries: Iterable[JournalEntry]) -> Mapping[str, Decimal]:
    """Return what left positions without being sold, by instrument: dust, and coins that were charged or given up.

    On the scale after every split that the entries tell of.
    """
    gone: dict[str, Decimal] = {}
    for entry in entries:
        for event in entry.events:
            name, facts = event.instrument, event.data or {}
            if event.kind == "SPLIT_APPLIED":
                gone[name] = gone.get(name, NOTHING) * Decimal(str(facts["factor"]))
            elif name and "flow_id" in facts:
                coin, _ = coins_of(InstrumentId(name))
                gone[name] = gone.get(name, NOTHING) + Decimal(facts["moves"].get(coin, 0))
    return gone


def differences(
    books: Sequence[Book], fills: Sequence[Fill], gone: Mapping[str, Decimal] = MappingProxyType({})
) -> Iterator[str]:
    """Say where a position is not the sum of its fills, less what is `gone` from it by `set_apart`."""
    for book in books:
        held = sum((position.quantity for position in book.positions), NOTHING)
        of_book = [fill for fill in fills if fill.instrument == book.instrument]
        summed = sum((fill.quantity if fill.side is Side.BUY else -fill.quantity for fill in of_book), NOTHING)
        summed -= gone.get(book.instrument, NOTHING)
        if held != summed:
            yield f"{book.account} {book.instrument}: {held} held, the fills sum to {summed}"


def changed_apart(entries: Iterable[JournalEntry]) -> frozenset[str]:
    """Return the instruments whose positions lost coins that nobody sold: no fill tells which of them lost how much."""
    events = (event for entry in entries for event in entry.events if event.kind != "DUST_SET_APART")
    return frozenset(event.instrument for event in events if event.instrument and "flow_id" in (event.data or {}))


def misstated(
    books: Sequence[Book], fills: Sequence[Fill], scale: Callable[[Fill], Decimal], but: Collection[str] = ()
) -> Iterator[str]:
    """Say which position is not what the fills under its first entry make of it: its owner, its size, its cost.

    Parameters
    ----------
    scale : callable
        Returns how many shares of today one share of a fill has become.
    but : collection of str
        Instruments of which only the owner is looked at, by `changed_apart`.
    """
    made: dict[IntentId, list[Fill]] = {}
    for fill in fills:
        made.setdefault(fill.parent, []).append(fill)
    for book in books:
        for held in book.positions:
            of_it = made.get(held.parent, [])
            text = f"{book.account} {book.instrument}: position {held.parent[:8]}"
            owners = sorted({fill.strategy for fill in of_it if fill.strategy != held.strategy})
            if owners:
                yield f"{text} is {held.strategy}'s, its fills are {', '.join(owners)}'s"
            if book.instrument not in but:
                yield from (f"{text} {fault}" for fault in _unlike(held, of_it, scale))


def _unlike(held: SubPosition, fills: Sequence[Fill], scale: Callable[[Fill], Decimal]) -> Iterator[str]:
    signed = (fill.quantity * scale(fill) * (1 if fill.side is Side.BUY else -1) for fill in fills)
    quantity = sum(signed, NOTHING)
    if quantity != held.quantity:
        yield f"has {held.quantity}, its fills sum to {quantity}"
    cost = sum((fill.realised - fill.flow for fill in fills), NOTHING)  # what came in, less what sales took with them
    if cost != held.cost:
        yield f"says that it cost {held.cost}, its fills say {cost}"
