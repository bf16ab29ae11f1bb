"""Whether messages have had their effect: seen in the ledger, before the queue has forgotten them."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.table import Item, Key, Table
from tradewind.domain.commands import CommandMessage
from tradewind.domain.messages import BarMessage, IntentMessage, Message, ResolveMessage
from tradewind.domain.order import OrderStatus
from tradewind.domain.replace_message import ReplaceMessage
from tradewind.domain.split_message import SplitMessage


@dataclass(frozen=True, slots=True)
class Effects:
    """Looks messages up in the ledger table.

    A bar has had its effect once its book has come as far; an intent once its order is there and is not merely on
    its way to the venue. Neither writes anything after that.
    """

    ledger: Table

    def visible(self, messages: Sequence[Message]) -> bool:
        """Return whether every message's effect is in the ledger; what leaves none there is never visible."""
        keys = {message: _key(message) for message in messages}
        found = self.ledger.get_many(key for key in keys.values() if key)
        return all(key is not None and _done(message, found.get(key)) for message, key in keys.items())


def _key(message: Message) -> Key | None:
    match message:
        case BarMessage():
            return items.book_key(message.account, message.instrument)
        case IntentMessage(intent):
            return items.order_key(intent.account, intent.id)
        case ResolveMessage() | CommandMessage() | ReplaceMessage() | SplitMessage():
            return None


def _done(message: Message, item: Item | None) -> bool:
    if item is None:
        return False
    if isinstance(message, BarMessage):
        return items.book_of(message.account, item)[0].last_bar >= message.ts
    return items.order_of(item).status is not OrderStatus.SUBMITTED
