"""Bringing one book of an account through the bars it has not seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tradewind.application.ports import Ledger
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules, Configuration
from tradewind.domain.events import Event, Severity
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book
from tradewind.domain.messages import BarMessage
from tradewind.domain.timeframe import Timeframe
from tradewind.execution.paper import BarOutcome, apply_bar, move_levels
from tradewind.execution.transactions import apply_outcome, halt
from tradewind.execution.venue_fills import seen

PAPER = "PAPER"

type History = Callable[[InstrumentId, Timeframe, int, int], Sequence[Bar]]
"""`history(instrument, timeframe, after, until)`: bars with `after < ts_close <= until`, oldest first."""


def account_of(stored: Account | None, rules: AccountRules) -> Account:
    """Return the stored account, or the one that its rules open."""
    return stored or Account(rules.name, rules.cash, rules.cash)


@dataclass(frozen=True, slots=True)
class ApplyBars:
    """Apply bars to books, each once and in order; a bar that was skipped is read from history first."""

    configuration: Configuration
    ledger: Ledger
    history: History

    def arrived(self, message: BarMessage) -> None:
        """Apply a bar that the evaluator sent; a repeat changes nothing.

        Raises
        ------
        ConflictError
            If the ledger moved meanwhile: call again.
        """
        view = self.ledger.view(message.account, message.instrument, None)
        rules = self.configuration.account(message.account)
        account, book = account_of(view.account, rules), view.book
        if not book.is_active or message.ts <= book.last_bar:
            return
        account, book = self.catch_up(account, book, message.timeframe, message.previous or message.bar.ts_open)
        self._apply(account, book, message.bar, rules, message)

    def catch_up(self, account: Account, book: Book, timeframe: Timeframe, until: int) -> tuple[Account, Book]:
        """Apply every recorded bar after the book's last one and up to `until`; return what they led to."""
        if not book.is_active or book.last_bar >= until:
            return account, book
        rules = self.configuration.account(account.name)
        for bar in self.history(book.instrument, timeframe, book.last_bar, until):
            account, book = self._apply(account, book, bar, rules)
        return account, book

    def halt(self, account_name: str, instrument: InstrumentId, reason: str, ts: int) -> None:
        """Let an instrument take no new risk until somebody has looked; exits stay allowed."""
        view = self.ledger.view(account_name, instrument, None)
        if view.book.halted:
            return
        account = account_of(view.account, self.configuration.account(account_name))
        self.ledger.commit(halt(account, view.book, reason, ts))

    def _apply(
        self, account: Account, book: Book, bar: Bar, rules: AccountRules, message: BarMessage | None = None
    ) -> tuple[Account, Book]:
        outcome = self._outcome(book, bar, rules)
        fault = _contradiction(book, outcome, message)
        if message and rules.venue == PAPER:
            outcome = move_levels(outcome, message.levels)
        if not (outcome.changes or fault):
            self.ledger.mark(outcome.book)
            return account, outcome.book
        if fault and fault.severity is Severity.CRITICAL:
            outcome = replace(outcome, book=replace(outcome.book, halted=fault.text))
        changeset = apply_outcome(account, book, outcome, (fault,) if fault else (), rules.remembers)
        self.ledger.commit(changeset)
        return changeset.account, outcome.book

    def _outcome(self, book: Book, bar: Bar, rules: AccountRules) -> BarOutcome:
        instrument = self.configuration.instrument(book.instrument)
        if rules.venue != PAPER:  # the venue matches; here a bar only moves the mark and counts
            return seen(book, bar, instrument)
        return apply_bar(book, bar, instrument, rules)


def _contradiction(book: Book, outcome: BarOutcome, message: BarMessage | None) -> Event | None:
    """Compare what was foreseen with what happened; the ledger's own matching is what counts."""
    if message is None or message.assumed_version < 0:
        return None
    if message.foreseen == outcome.digest():
        return None
    if message.assumed_version == book.version:
        text = f"bar {message.ts} filled otherwise than foreseen on version {book.version}"
        return Event("FORESEEN_OTHERWISE", Severity.CRITICAL, text, book.instrument)
    text = f"what was foreseen on version {message.assumed_version} is superseded by version {book.version}"
    return Event("BAR_SUPERSEDED", Severity.INFO, text, book.instrument)
