"""The doctor's checks of the ledger: does it add up, is its journal unbroken, may it trade."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.controls import DynamoControls
from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.application.publish_events import SYSTEM
from tradewind.cli.deployed import Deployed
from tradewind.cli.diagnosis.doctor import Check, Finding, note, well, wrong
from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.ledger import START, Account, Book, TradingState
from tradewind.domain.order import NOTHING, OrderStatus, Side

_HALT = "switch the account off (`tradewind kill-switch on --halt`) and compare fills with the journal before anything"


def ledger(deployed: Deployed) -> Iterator[Finding]:
    """Whether cash and exposure equal what was paid in and realised, and whether the fills lead there."""
    for rules in deployed.configuration.accounts:
        account = queries.account(deployed.ledger, rules.name)
        if account is None:
            yield well("ledger", f"{rules.name} has no booking yet")
            continue
        faults = list(arithmetic(account, queries.fills(deployed.ledger, rules.name)))
        for text in faults:
            yield wrong("ledger", f"{rules.name}: {text}", _HALT)
        if not faults:
            text = "cash + exposure = opening + realised, and the fills lead to the same cash"
            yield well("ledger", f"{rules.name}: {text}")


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


def positions(deployed: Deployed) -> Iterator[Finding]:
    """Whether positions equal the sum of fills, and whether an instrument is halted or unclear."""
    for rules in deployed.configuration.accounts:
        books = queries.books(deployed.ledger, rules.name)
        faults = [*differences(books, queries.fills(deployed.ledger, rules.name))]
        for text in faults:
            yield wrong("positions", text, _HALT)
        if not faults:
            held = sum(bool(book.positions) for book in books)
            yield well("positions", f"{rules.name}: {held} held, each the sum of its fills")
        for book in books:
            yield from _troubled(book)


def differences(books: Sequence[Book], fills: Sequence[Fill]) -> Iterator[str]:
    """Say where a position is not the sum of its fills."""
    for book in books:
        held = sum((position.quantity for position in book.positions), NOTHING)
        of_book = [fill for fill in fills if fill.instrument == book.instrument]
        summed = sum((fill.quantity if fill.side is Side.BUY else -fill.quantity for fill in of_book), NOTHING)
        if held != summed:
            yield f"{book.account} {book.instrument}: {held} held, the fills sum to {summed}"


def _troubled(book: Book) -> Iterator[Finding]:
    if book.halted:
        remedy = "read the reason and docs/runbooks; nothing new trades there"
        yield wrong("halted", f"{book.instrument}: {book.halted}", remedy)
    unclear = [order for order in book.orders if order.status is OrderStatus.UNKNOWN]
    for order in unclear:
        remedy = "`watch` asks the venue each minute; no new risk on it until then"
        yield wrong("unclear orders", f"{book.instrument}: {order.id} {order.reason}", remedy)


def journal(deployed: Deployed) -> Iterator[Finding]:
    """Whether each journal is an unbroken chain that ends where the account says, and is announced."""
    source = DynamoJournal(deployed.ledger)
    for name in [*(rules.name for rules in deployed.configuration.accounts), SYSTEM]:
        entries = list(queries.journal(deployed.ledger, name))
        fault = broken(entries)
        account = None if name == SYSTEM else queries.account(deployed.ledger, name)
        if account and entries and account.journal_hash != entries[-1].hash:
            fault = fault or f"it ends at {entries[-1].seq}, and the account points elsewhere"
        if fault:
            yield wrong(
                "journal", f"{name}: {fault}", "somebody edited or lost an entry: restore the table to before it"
            )
        else:
            yield well("journal", f"{name}: {len(entries)} entries, the chain is whole")
        waiting = len(entries) - source.published(name)
        if waiting > 0:
            yield note("alerts", f"{name}: {waiting} entries are not announced yet", "read the log of publish_events")


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


def trading(deployed: Deployed) -> Iterator[Finding]:
    """Whether the kill switch is on."""
    controls = DynamoControls(deployed.ledger)
    for rules in deployed.configuration.accounts:
        control = controls.get(rules.name)
        if control.state is TradingState.NORMAL:
            yield well("kill switch", f"{rules.name} may trade")
        else:
            remedy = "`tradewind kill-switch off` allows entries again"
            yield note("kill switch", f"{rules.name} is {control.state}: {control.reason}", remedy)


LEDGER_CHECKS: tuple[Check, ...] = (ledger, positions, journal, trading)
