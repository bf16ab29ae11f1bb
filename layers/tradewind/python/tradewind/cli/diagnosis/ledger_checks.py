"""What must be so in a ledger: sums that agree, and a chain that is whole. Pure."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.ledger import START, Account, Book
from tradewind.domain.order import NOTHING, Side


def arithmetic(account: Account, fills: Sequence[Fill]) -> Iterator[str]:
    """Say what does not add up in an account."""
    exposure = sum((stake.exposure for stake in account.stakes.values()), NOTHING)
    if account.cash + exposure != account.opening + account.realised:
        yield (
            f"cash {account.cash} + exposure {exposure} is not opening {account.opening} + realised {account.realised}"
        )
    flow = sum((_flow(fill) for fill in fills), NOTHING)
    if account.opening + flow != account.cash:
        yield f"the fills lead to cash {account.opening + flow}, the account says {account.cash}"
    fees = sum((fill.fee for fill in fills), NOTHING)
    if fees != account.fees:
        yield f"the fills paid {fees} in fees, the account says {account.fees}"


def _flow(fill: Fill) -> Decimal:
    notional = fill.quantity * fill.price
    return (notional if fill.side is Side.SELL else -notional) - fill.fee


def differences(books: Sequence[Book], fills: Sequence[Fill]) -> Iterator[str]:
    """Say where a position is not the sum of its fills."""
    for book in books:
        held = sum((position.quantity for position in book.positions), NOTHING)
        of_book = [fill for fill in fills if fill.instrument == book.instrument]
        summed = sum((fill.quantity if fill.side is Side.BUY else -fill.quantity for fill in of_book), NOTHING)
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
