"""Dead letters of the order queue: sent again, or given up, and never lost on the way.

A letter that is sent again stays where it is until the ledger shows its effect: whoever is interrupted in between has
sent something twice, which is harmless, and has lost nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import assert_never

from tradewind.application.dead_letters import DeadLetter, DeadLetters, LetterBlocks, Place
from tradewind.application.ports import Journal, Ledger, Pause
from tradewind.application.publish_events import SYSTEM
from tradewind.application.retry import until_won
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import BadInputError
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.messages import BarMessage, IntentMessage, Message, ResolveMessage
from tradewind.domain.order import NOTHING, Order, OrderStatus
from tradewind.domain.replace_message import ReplaceMessage
from tradewind.domain.split_message import SplitMessage


@dataclass(frozen=True, slots=True)
class Redrive:
    """Send dead letters again, or give them up; either is in the `system` journal with who and why.

    Attributes
    ----------
    by : str
        Who asks.
    removed : dict of DeadLetter
        Letters that are gone, by their ids.
    admitted : set
        Accounts and instruments whose blocks were lifted for what is sent again.
    """

    letters: DeadLetters
    ledger: Ledger
    journal: Journal
    pause: Pause
    by: str
    blocks: LetterBlocks
    removed: dict[str, DeadLetter] = field(default_factory=dict)
    admitted: set[Place] = field(default_factory=set)

    def send(self, letter: DeadLetter, ts: int) -> int:
        """Send a letter again, unless the ledger shows its effect already; return which time it is, 0 for none.

        Raises
        ------
        BadInputError
            If it cannot be read: nobody could execute it.
        """
        message = letter.message
        if message is None:
            raise BadInputError(f"dead letter {letter.id} cannot be read, so it can only be discarded: {letter.reason}")
        if self.in_effect(letter):
            return 0
        number = self.letters.send_again(message)
        text = f"{_named(letter)} was sent again, time {number}, by {self.by}; it had failed: {letter.reason}"
        self._journal(Event("DEAD_LETTER_REDRIVEN", Severity.INFO, text, message.instrument, _facts(letter)), ts)
        return number

    def admit(self, held: Sequence[DeadLetter], chosen: Sequence[DeadLetter]) -> None:
        """Lift the blocks of entries that are about to be sent again: their own letters would have them denied.

        Not where another letter of the instrument stays behind. `finish` blocks anew what has had no effect.
        """
        names = {letter.id for letter in chosen}
        entries = [letter for letter in chosen if _is_entry(letter.message)]
        left = [one for one in held if one.id not in names]
        if entries:
            free = self.blocks.places(entries) - self.blocks.places(left)
            self.admitted.update(free & self.blocks.standing())
            self.blocks.lift(self.admitted)

    def finish(self, held: Sequence[DeadLetter]) -> None:
        """Let others see what is left, and new risk return to the instruments of which nothing is.

        Whoever dies before this leaves it to the watch.
        """
        gone = self.removed.values()
        left = [one for one in held if one.id not in self.removed]
        left += self.letters.take() if gone else []  # of one group only so many are seen at once
        for letter in left:
            if self.blocks.place(letter.body) in self.admitted:
                self.blocks.block(letter.body, letter.reason)
        self.blocks.lift(self.blocks.places(gone) - self.blocks.places(left))
        self.letters.release(left)

    def settle(self, letter: DeadLetter) -> bool:
        """Remove a letter whose effect is in the ledger; return whether it is."""
        done = self.in_effect(letter)
        if done:
            self._remove(letter)
        return done

    def discard(self, letter: DeadLetter, reason: str, ts: int) -> None:
        """Give a letter up: first on record, then removed."""
        text = f"{_named(letter)} was discarded by {self.by}: {reason}; it had failed: {letter.reason}"
        instrument = letter.message.instrument if letter.message else ""
        facts = {**_facts(letter), "body": letter.body}
        self._journal(Event("DEAD_LETTER_DISCARDED", Severity.WARNING, text, instrument, facts), ts)
        self._remove(letter)

    def in_effect(self, letter: DeadLetter) -> bool:
        """Tell whether the ledger shows what a letter asks for; of one that cannot be read it never does."""
        message = letter.message
        return message is not None and shown(self.ledger, message, self.blocks.configuration)

    def _remove(self, letter: DeadLetter) -> None:
        self.letters.remove(letter)
        self.removed[letter.id] = letter

    def _journal(self, event: Event, ts: int) -> None:
        def append() -> None:
            seq, head = self.journal.head(SYSTEM)
            self.journal.append(JournalEntry(SYSTEM, seq + 1, ts, (event,), head))

        until_won(self.pause, append)


def shown(ledger: Ledger, message: Message, configuration: Configuration) -> bool:
    """Tell whether a message has had its effect, or has none to wait for."""
    match message:
        case BarMessage():
            book = ledger.view(message.account, message.instrument, None).book
            return not book.is_active or book.last_bar >= message.ts  # a bar changes nothing in a book at rest
        case IntentMessage(intent):
            order = ledger.view(intent.account, intent.instrument, intent.id).order
            return order is not None and order.status is not OrderStatus.SUBMITTED
        case ResolveMessage():
            return _is_clear(ledger.view(message.account, message.instrument, message.order_id).order)
        case CommandMessage():
            return _obeyed(ledger, message, configuration)
        case ReplaceMessage():
            asked = ledger.view(message.account, message.instrument, message.order_id).order
            return asked is not None and (asked.revision > message.revision or not asked.status.is_working)
        case SplitMessage():
            return ledger.view(message.account, message.instrument, None).book.version != message.assumed_version
        case _:
            assert_never(message)


def _obeyed(ledger: Ledger, message: CommandMessage, configuration: Configuration) -> bool:
    view = ledger.view(message.account, message.instrument, message.order_id)
    match message.command:
        case Command.RESUME:
            return not view.book.halted or view.book.version != message.version
        case Command.HALT:
            return bool(view.book.halted) or view.book.version != message.version
        case Command.PROTECT:
            over = any(one.parent == message.order_id for one in view.book.left_over)
            return not over and view.book.protects(message.order_id, _lot(configuration, message))
        case Command.RECONCILE:
            return True  # the next comparison asks for it again, where anything is left to ask
        case Command.ACCEPT:
            return view.account is not None and view.account.accepted >= message.ts
        case _:
            return view.order is not None and not view.order.status.is_working


def _lot(configuration: Configuration, message: CommandMessage) -> Decimal:
    """Return the least that can be traded of an instrument; 0 of one that is configured no more."""
    try:
        return configuration.instrument(message.instrument).lot
    except BadInputError:
        return NOTHING


def _is_entry(message: Message | None) -> bool:
    return isinstance(message, IntentMessage) and message.intent.increases_risk


def _is_clear(order: Order | None) -> bool:
    return order is not None and not order.status.is_unclear


def _named(letter: DeadLetter) -> str:
    message = letter.message
    return f"dead letter {letter.id}" + (f" ({message.deduplication_id})" if message else "")


def _facts(letter: DeadLetter) -> dict[str, str]:
    return {"letter": letter.id, "trace": letter.trace, "reason": letter.reason}
