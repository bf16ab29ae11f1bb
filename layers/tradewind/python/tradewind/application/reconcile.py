"""Reconciliation: each account's ledger beside what its venue says, on a schedule and after every unclear answer.

What the venue can prove is asked for through the order queue, for only the executor writes. What nobody can explain is
looked at twice, and then halts its instrument or its account, with both sides printed; no fill is ever made up for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tradewind.application.apply_bars import PAPER, account_of
from tradewind.application.ports import (
    Board,
    Clock,
    ExecutionVenue,
    HealthBoard,
    Journal,
    Ledger,
    OrderQueue,
    Pause,
    Reconciliations,
)
from tradewind.application.publish_events import SYSTEM
from tradewind.application.retry import until_won
from tradewind.application.switch import SwitchTrading
from tradewind.application.venue_state import instruments_of, known_of, look, since_of
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.configuration import AccountRules, Configuration
from tradewind.domain.errors import PermanentError, TransientError
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.identifiers import IntentId
from tradewind.domain.ledger import TradingState
from tradewind.domain.timeframe import MINUTE
from tradewind.execution.reconciling import NOWHERE, Action, Finding, Known, Seen, compare

_LOOKS = 3
_BETWEEN = 6
"""Which of the growing waits lies between the two looks at what cannot be explained."""
_ENOUGH = 3
"""Minutes in which something may be asked about: a queue can be slow, and a venue may tell a fill before its order.
By the schedule three questions are a quarter of an hour; runs after unclear answers follow each other faster."""
_GRAVE = frozenset({Action.HALT, Action.STOP})
_KINDS = {
    Action.ASK: ("FILLS_MISSING", Severity.INFO),
    Action.BOOK: ("BALANCES_MOVED", Severity.INFO),
    Action.TELL: ("SEEN_ELSEWHERE", Severity.WARNING),
    Action.HALT: ("RECONCILE_DIFFERS", Severity.CRITICAL),
    Action.STOP: ("RECONCILE_DIFFERS", Severity.CRITICAL),
}


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How one account was found.

    Attributes
    ----------
    findings : tuple of Finding
        What was not alike, and what is done about it.
    failure : str
        Why it could not be compared; empty where it could.
    """

    account: str
    findings: tuple[Finding, ...]
    failure: str = ""

    @property
    def is_alike(self) -> bool:
        """Whether nothing is open: what is only told of need not be settled."""
        return not self.failure and all(one.action is Action.TELL for one in self.findings)


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Compare every account at a venue once.

    Attributes
    ----------
    board : HealthBoard
        What the last run found: what a second run finds again was not settled by asking.
    """

    configuration: Configuration
    ledger: Ledger
    queue: OrderQueue
    board: HealthBoard
    journal: Journal
    switch: SwitchTrading
    marks: Reconciliations
    clock: Clock
    pause: Pause
    venues: Mapping[str, ExecutionVenue]

    def __call__(self, only: str = "") -> tuple[Reconciled, ...]:
        """Compare all accounts, or one; ask for what is missing, stop what cannot be explained."""
        before = self.board.get().failing
        chosen = [one for one in self.configuration.accounts if one.venue != PAPER and only in {"", one.name}]
        found = tuple(self._account(rules, before) for rules in chosen)
        now = self.clock.now(0)
        until_won(self.pause, lambda: self._tell(found, now))
        return found

    def _account(self, rules: AccountRules, before: Mapping[str, str]) -> Reconciled:
        try:
            minute = self.clock.now(0) // MINUTE
            known, seen, since = self._untorn(rules)
            findings = _again(rules.name, compare(known, seen), before, minute)
            if any(one.action in _GRAVE for one in findings):
                self.pause.before_retry(_BETWEEN)
                known, seen, since = self._untorn(rules)
                findings = _twice(findings, _again(rules.name, compare(known, seen), before, minute))
        except (TransientError, PermanentError) as error:
            return Reconciled(rules.name, (), str(error))
        self._act(rules.name, findings, known, since)
        result = Reconciled(rules.name, findings)
        if result.is_alike:
            self.marks.done(rules.name, seen.ts)
        return result

    def _untorn(self, rules: AccountRules) -> tuple[Known, Seen, int]:
        """Return both sides of one moment, and since when the venue was asked.

        Raises
        ------
        TransientError
            If either side never stands still, or the venue does not answer.
        """
        name, instruments = rules.name, instruments_of(self.configuration, rules.name)
        for _ in range(_LOOKS):
            account = account_of(self.ledger.snapshot(name, (), ()).account, rules)
            since = since_of(account, self.marks, self.clock)
            seen = look(self.venues[name], since, instruments)
            known = known_of(self.configuration, self.ledger, name, seen)
            if known.account.seq == account.seq:
                return known, seen, since
        raise TransientError(f"account {name} moves faster than its venue can be looked at")

    def _act(self, account: str, findings: Sequence[Finding], known: Known, since: int) -> None:
        now = self.clock.now(0)
        stops = [one.text for one in findings if one.action is Action.STOP]
        if stops:
            reason = f"its venue says otherwise: {'; '.join(stops)}"
            self.switch(account, TradingState.HALTED, reason, "reconcile", now)
        asked = _commands(account, findings, self._at_rest(known, findings), since, now)
        # Halts go first: what is asked for may move the book that was judged.
        messages = sorted(asked, key=lambda one: one.command is not Command.HALT)
        if messages:
            self.queue.send(messages)

    def _at_rest(self, known: Known, findings: Sequence[Finding]) -> Known:
        """Return the ledger with the books of what is to be halted, flat ones too: each is halted by its version.

        If it moved since it was judged they are left out, and the next comparison looks again.
        """
        flat = {one.instrument for one in findings if one.action is Action.HALT} - known.books.keys()
        if not flat:
            return known
        snapshot = self.ledger.snapshot(known.account.name, sorted(flat), ())
        stands = snapshot.account is None or snapshot.account.seq == known.account.seq
        return replace(known, books={**known.books, **snapshot.books}) if stands else known

    def _tell(self, found: Sequence[Reconciled], now: int) -> None:
        board = self.board.get()
        looked = {one.account for one in found}
        kept = {name: text for name, text in board.failing.items() if name.split(" ")[0] not in looked}
        failing = kept | dict(_lines(found))
        if dict(board.failing) == failing:
            return
        events = tuple(_changes(board.failing, failing, found))
        seq, head = self.journal.head(SYSTEM)
        self.board.set(Board(failing, board.version + 1), JournalEntry(SYSTEM, seq + 1, now, events, head))


def _again(account: str, findings: Sequence[Finding], before: Mapping[str, str], minute: int) -> tuple[Finding, ...]:
    """Count in how many minutes each was asked about; too many did not help, and stop its instrument."""
    return tuple(_counted(one, before.get(f"{account} {one.subject}", ""), minute) for one in findings)


def _counted(one: Finding, before: str, minute: int) -> Finding:
    if one.action is not Action.ASK:
        return one
    action, _, asked = before.partition(": ")[0].partition(" ")
    times, _, last = asked.partition("@")
    anew = int(last or 0) < minute
    found = replace(one, times=int(times) + anew if action == one.action else 1, minute=minute)
    if one.lasting or (found.times <= _ENOUGH and action != Action.HALT):
        return found
    return replace(found, action=Action.HALT, text=f"{one.text}; the venue was asked about it, and it still is so")


def _twice(first: Sequence[Finding], second: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return what the second look found, of the grave only what both did."""
    seen = {(one.subject, one.text) for one in first}
    return tuple(one for one in second if one.action not in _GRAVE or (one.subject, one.text) in seen)


def _commands(
    account: str, findings: Sequence[Finding], known: Known, since: int, now: int
) -> Iterator[CommandMessage]:
    def command(what: Command, one: Finding, name: str, **more: Any) -> CommandMessage:
        key = f"reconcile/{name}/{now // MINUTE}"
        return CommandMessage(what, account, one.instrument, now, one.text, "reconcile", key, **more)

    for one in findings:
        book = known.books.get(one.instrument)
        if one.action is Action.ASK:
            yield command(Command.RECONCILE, one, one.order_id, order_id=IntentId(one.order_id))
        elif one.action is Action.HALT and book and not book.halted:
            yield command(Command.HALT, one, f"{one.instrument}/{book.version}", version=book.version)
    balances = [one for one in findings if one.action is Action.BOOK]
    if balances:
        yield command(Command.RECONCILE, replace(balances[0], instrument=NOWHERE), account, version=since)


def _lines(found: Sequence[Reconciled]) -> Iterator[tuple[str, str]]:
    for one in found:
        if one.failure:
            yield f"{one.account} venue", f"{Action.TELL} 1: it could not be compared: {one.failure}"
        for each in one.findings:
            yield f"{one.account} {each.subject}", f"{each.action} {each.times}@{each.minute}: {each.text}"


def _changes(before: Mapping[str, str], after: Mapping[str, str], found: Sequence[Reconciled]) -> Iterator[Event]:
    instruments = {f"{one.account} {each.subject}": each.instrument for one in found for each in one.findings}
    for name in sorted(after):
        action, text = _action_of(after[name]), after[name].partition(": ")[2]
        if _action_of(before.get(name, "")) != action:
            kind, severity = _KINDS[Action(action)]
            yield Event(kind, severity, f"{name.partition(' ')[0]}: {text}", instruments.get(name, ""), {"found": name})
    for name in sorted(before.keys() - after.keys()):
        if _action_of(before[name]) in _GRAVE:
            yield Event("RECONCILED", Severity.INFO, f"{name}: both sides are alike again", "", {"found": name})


def _action_of(line: str) -> str:
    return line.partition(": ")[0].partition(" ")[0]
