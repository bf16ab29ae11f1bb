"""Dead letters of the order queue: while one waits, its instrument takes no new risk; exits and stops go on.

The block is a part of the account's control, as a stopped instrument is, under a name of its own: whoever sets or
lifts it leaves alone what a person or the reconciliation has stopped. It follows what is in the queue: the executor
sets it before it sets a message aside, the watch for what the queue itself gave up, and it goes with the last letter.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tradewind.application.ports import Clock, OrderQueue
from tradewind.application.switch import SwitchTrading
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import PermanentError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Control, TradingState, letters_part
from tradewind.domain.messages import Message, from_json

ORDER_LETTERS = "orders-dlq"
"""What people call the queue of them."""

SPENT = "its receives were spent"
"""Reason of a letter that nobody refused: the queue gave it up after the last failed delivery."""

_LONGEST_REASON = 300

type Place = tuple[str, InstrumentId]
"""Account and instrument."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be executed.

    Attributes
    ----------
    id : str
        The queue's own name of it.
    reason : str
        Why it was refused, or `SPENT`.
    sent : int
        When it was first sent to the queue that holds it now, UTC ms.
    receipt : str
        What it is removed and released by while it is held.
    """

    id: str
    body: str
    reason: str
    trace: str
    sent: int
    receipt: str

    @property
    def message(self) -> Message | None:
        """The message, or None where it cannot be read."""
        try:
            return from_json(self.body)
        except PermanentError:
            return None


class LettersInSight(Protocol):
    """The dead-letter queue as one looks at it, and leaves it as it was."""

    def take(self) -> list[DeadLetter]:
        """Hold everything that can be seen, in the order of each group, so that nobody else takes it meanwhile."""

    def depth(self) -> int:
        """Return about how many there are, those that somebody holds among them."""

    def release(self, letters: Sequence[DeadLetter]) -> None:
        """Let others see them again."""


class DeadLetters(LettersInSight, Protocol):
    """The dead-letter queue, and the way back into the order queue."""

    def remove(self, letter: DeadLetter) -> None:
        """Remove a letter that is held."""

    def send_again(self, message: Message) -> int:
        """Send a message to the order queue under an id of its own; return how often it has been sent again."""


@dataclass(frozen=True, slots=True)
class LetterBlocks:
    """Keeps new risk away from the instruments of dead letters; setting or lifting twice changes nothing.

    Attributes
    ----------
    by : str
        Who sets and lifts.
    """

    configuration: Configuration
    switch: SwitchTrading
    clock: Clock
    by: str

    def place(self, body: str) -> Place | None:
        """Return what a message concerns, even one that cannot be executed; None where it names nothing of ours."""
        try:
            row = json.loads(body)
            account, instrument = row["account"], row["instrument"]
        except (ValueError, KeyError, TypeError):
            return None
        ours = account in [one.name for one in self.configuration.accounts]
        known = isinstance(instrument, str) and instrument in self.configuration.instruments
        return (account, InstrumentId(instrument)) if ours and known else None

    def places(self, letters: Iterable[DeadLetter]) -> set[Place]:
        """Return what letters concern."""
        return {place for place in (self.place(letter.body) for letter in letters) if place}

    def block(self, body: str, reason: str) -> None:
        """Let the instrument of a message that is set aside take no new risk."""
        place = self.place(body)
        if place:
            self._set(place, TradingState.REDUCING, f"a message of it is a dead letter: {reason[:_LONGEST_REASON]}")

    def lift(self, places: Iterable[Place]) -> None:
        """Lift what letters had blocked, and nothing else."""
        for place in sorted(places):
            self._set(place, TradingState.NORMAL, "no letter of it is dead any more")

    def standing(self) -> set[Place]:
        """Return what is blocked."""
        controls = {one.name: self.switch.controls.get(one.name) for one in self.configuration.accounts}
        return {(name, one) for name, control in controls.items() for one in blocked(control)}

    def _set(self, place: Place, state: TradingState, why: str) -> None:
        account, instrument = place
        self.switch(account, state, why, self.by, self.clock.now(0), letters_part(instrument))


def blocked(control: Control) -> list[InstrumentId]:
    """Return the instruments that dead letters block in an account."""
    start = letters_part(InstrumentId(""))
    return [InstrumentId(name.removeprefix(start)) for name in control.parts if name.startswith(start)]


@dataclass(frozen=True, slots=True)
class SetAside:
    """Make a dead letter of a message: what it may have asked for keeps new risk away before it is one."""

    queue: OrderQueue
    blocks: LetterBlocks

    def __call__(self, body: str, reason: str) -> None:
        """Set a message aside; called again for the same one it changes nothing."""
        self.blocks.block(body, reason)
        self.queue.refuse(body, reason)


@dataclass(frozen=True, slots=True)
class WatchLetters:
    """Let blocks follow the queue: for what the queue itself gave up, and for whoever died half way."""

    letters: LettersInSight
    blocks: LetterBlocks

    def __call__(self, depth: int, controls: Collection[Control]) -> None:
        """Look, if there is a letter or a block at all; lift only where no letter can be out of sight."""
        if not depth and not any(map(blocked, controls)):
            return
        held = self.letters.take()
        try:
            for letter in {self.blocks.place(one.body): one for one in held}.values():
                self.blocks.block(letter.body, letter.reason)
            if self.letters.depth() <= len(held):
                self.blocks.lift(self.blocks.standing() - self.blocks.places(held))
        finally:
            self.letters.release(held)
