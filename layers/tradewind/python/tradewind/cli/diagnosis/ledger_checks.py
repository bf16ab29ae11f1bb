"""What must be so in a ledger: sums that agree, and a chain that is whole. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import START, Account, Book
from tradewind.domain.order import NOTHING, Side
from tradewind.domain.venue import coins_of


def arithmetic(account: Account, fills: Sequence[Fill]) -> Iterator[str]:
    """Say what does not add up in an account."""
    exposure = sum((stake.exposure for stake in account.stakes.values()), NOTHING)
    if account.cash + exposure != account.opening + account.realised:
        yield (
            f"cash {account.cash} + exposure {exposure} is not opening {account.opening} + realised {account.realised}"
        )
    flow = sum((fill.flow for fill in fills), NOTHING)
    if account.opening + flow != account.cash:
        yield f"the fills lead to cash {account.opening + flow}, the account says {account.cash}"
    fees = sum((fill.fee for fill in fills), NOTHING)
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


def broken(entries: Sequence[JournalEntry]) -> str:
    """Say where a chain breaks; an empty string where it is whole."""
    before, number = START, 0
    for entry in entries:
        if entry.seq != number + 1:
            return f"entry {number + 1} is missing"
        if entry.previous_hash != before:
            return f"entry {entry.seq} does not follow from the one before"
        before, number = entry.hash, entry.seq
    return ""
