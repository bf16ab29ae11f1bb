"""The executor: the only writer of orders, fills, positions and accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from tradewind.application.apply_bars import ApplyBars
from tradewind.application.apply_split import apply_split
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.levels_at_venue import LevelsAtVenue
from tradewind.application.obey_command import ObeyCommand
from tradewind.application.ports import Pause
from tradewind.application.replace_order import ReplaceOrder
from tradewind.application.retry import until_won
from tradewind.domain.commands import CommandMessage
from tradewind.domain.messages import BarMessage, IntentMessage, Message, ResolveMessage
from tradewind.domain.replace_message import ReplaceMessage
from tradewind.domain.split_message import SplitMessage


@dataclass(frozen=True, slots=True)
class ExecuteMessage:
    """Do what one message of the order queue asks, once, however often it is delivered."""

    apply_bars: ApplyBars
    execute_order: ExecuteOrder
    pause: Pause

    def __call__(self, message: Message) -> None:
        """Execute a message.

        Raises
        ------
        TransientError
            If it should be delivered again.
        PermanentError
            If it never can be executed.
        """
        until_won(self.pause, self._action(message))

    def halt(self, message: Message, reason: str) -> None:
        """Halt the instrument of a message whose execution broke a promise of the system."""
        if not message.instrument:
            return  # of an account's balances: reconciliation sees to it
        until_won(self.pause, lambda: self.apply_bars.halt(message.account, message.instrument, reason, message.ts))

    def _bar(self, message: BarMessage) -> None:
        self.apply_bars.arrived(message)
        LevelsAtVenue(self.execute_order)(message)

    def _action(self, message: Message) -> Callable[[], None]:
        match message:
            case BarMessage():
                return lambda: self._bar(message)
            case IntentMessage(intent):
                return lambda: self.execute_order(intent)
            case ResolveMessage():
                return lambda: self.execute_order.resolve(message)
            case CommandMessage():
                return lambda: ObeyCommand(self.execute_order)(message)
            case ReplaceMessage():
                return lambda: ReplaceOrder(self.execute_order)(message)
            case SplitMessage():
                return lambda: apply_split(self.apply_bars.configuration, self.apply_bars.ledger, message)
            case _:
                assert_never(message)
