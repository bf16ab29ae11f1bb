"""A dead-letter queue in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from tradewind.application.dead_letters import SPENT, DeadLetter, DeadLetters
from tradewind.domain.messages import Message


@dataclass
class FakeDeadLetters(DeadLetters):
    """Letters by their ids.

    Attributes
    ----------
    elsewhere : int
        How many more somebody else holds: they count, and nobody sees them.
    """

    letters: dict[str, DeadLetter] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    elsewhere: int = 0
    sent: list[Message] = field(default_factory=list)
    looks: int = 0
    _numbers: Iterator[int] = field(default_factory=count)

    def put(self, body: str, reason: str = SPENT) -> DeadLetter:
        """Add a letter."""
        name = f"letter-{next(self._numbers)}"
        self.letters[name] = DeadLetter(name, body, reason, "", 0, name)
        return self.letters[name]

    def take(self) -> list[DeadLetter]:
        self.looks += 1
        found = [letter for name, letter in self.letters.items() if name not in self.held]
        self.held |= {letter.id for letter in found}
        return found

    def depth(self) -> int:
        return len(self.letters) + self.elsewhere

    def release(self, letters: Sequence[DeadLetter]) -> None:
        self.held -= {letter.id for letter in letters}

    def remove(self, letter: DeadLetter) -> None:
        del self.letters[letter.id]
        self.held.discard(letter.id)

    def send_again(self, message: Message) -> int:
        self.sent.append(message)
        return self.sent.count(message)
