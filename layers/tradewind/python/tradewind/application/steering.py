"""What a person asks of the executor, as messages for its queue: the command line and the API word it alike."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tradewind.application.by_hand import close_intents
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Book
from tradewind.domain.messages import IntentMessage, Message
from tradewind.domain.order import Leg, Order
from tradewind.domain.replace_message import Change, ReplaceMessage

type Now = Callable[[InstrumentId], int]
"""Returns the environment's time, UTC ms: under a replay clock as far as the instrument's bars have come."""


@dataclass(frozen=True, slots=True)
class Steering:
    """Words what somebody asks for.

    Attributes
    ----------
    by, key : str
        Who asks, and under which key: the same key is the same order, however often it is sent.
    """

    configuration: Configuration
    now: Now
    by: str
    key: str

    def closing(self, books: Iterable[Book], reason: str) -> list[Message]:
        """Return the exits of everything that some books hold."""
        why = f"{reason} (by {self.by})"
        return [
            IntentMessage(intent)
            for book in books
            if book.positions
            for intent in close_intents(self.configuration, book, self.key, self.now(book.instrument), why)
        ]

    def cancelling(self, books: Iterable[Book], reason: str) -> list[Message]:
        """Return the cancels of all that works in some books, but for what protects a position: stops and targets."""
        working = [one for book in books for one in book.orders if one.leg is Leg.ENTRY or one.rests]
        return [self._cancel(one, reason, f"{self.key}/{one.id}") for one in working]

    def cancel(self, order: Order, reason: str) -> Message:
        """Return the cancel of one order.

        Raises
        ------
        BadInputError
            If it ended already, or is a stop and protects a position.
        """
        if not order.status.is_working:
            raise BadInputError(f"order {order.id} is {order.status} already: there is nothing to cancel")
        if order.leg is Leg.STOP:
            raise BadInputError(f"order {order.id} is a stop and protects a position: close {order.instrument} instead")
        return self._cancel(order, reason, self.key)

    def replace(self, order: Order, change: Change, reason: str) -> Message:
        """Return the change of one working order; the executor writes down whether it was granted.

        Raises
        ------
        BadInputError
            If it ended already, or has nothing of what is to be changed.
        """
        if not order.status.is_working:
            raise BadInputError(f"order {order.id} is {order.status} already: there is nothing to change")
        missing = change.misses(order)
        if missing or change == Change():
            raise BadInputError(f"order {order.id} has no {missing}" if missing else "say what is to be changed")
        now, revision = self.now(order.instrument), order.revision
        return ReplaceMessage(
            order.account, order.instrument, order.id, revision, change, now, reason, self.by, self.key
        )

    def _cancel(self, order: Order, reason: str, key: str) -> CommandMessage:
        return CommandMessage(
            Command.CANCEL, order.account, order.instrument, self.now(order.instrument), reason, self.by, key,
            order_id=order.id,
        )  # fmt: skip
