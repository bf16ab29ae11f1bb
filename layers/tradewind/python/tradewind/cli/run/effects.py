"""Whether messages have had their effect: seen in the ledger, before the queue has forgotten them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.decisions import decision_key, record_of
from tradewind.adapters.dynamodb.items_ahead import AT_ONCE, ItemsAhead
from tradewind.adapters.dynamodb.table import Item, Key, Table
from tradewind.domain.commands import CommandMessage
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.messages import BarMessage, IntentMessage, Message, ResolveMessage
from tradewind.domain.order import OrderStatus
from tradewind.domain.replace_message import ReplaceMessage
from tradewind.domain.split_message import SplitMessage


@dataclass(frozen=True, slots=True)
class Effects:
    """Looks decisions up in the market table, and what became of what they owe in the ledger's.

    A bar has had its effect once its book has come as far; an intent once its order is there and is not merely on
    its way to the venue. Neither writes anything after that.
    """

    market: Table
    ledger: Table
    _books: dict[str, list[Key]] = field(default_factory=dict)
    _read: dict[Key, Item] = field(default_factory=dict)

    def expects(self, shard: str) -> bool:
        """Return whether a shard's next step owes something, as far as one can know: its last one did."""
        return bool(self._books.get(shard))

    def decided(self, shard: str, ts: int) -> DecisionRecord | None:
        """Return a step's decisions once they are stored; in the same request read the books that it may change.

        Those are the books of what the step before owed: who holds a position owes its next bar.
        """
        where, books = decision_key(shard, ts, 1), self._books.get(shard, [])[: AT_ONCE - 1]
        ahead = ItemsAhead(self.market.client)
        ahead.read({self.market.name: [where], self.ledger.name: books})
        item = (ahead.take(self.market.name, [where]) or {}).get(where)
        if item is None:
            return None
        self._read.clear()
        self._read.update(ahead.take(self.ledger.name, books) or {})
        record = record_of(item)
        self._books[shard] = [items.book_key(one.account, one.instrument) for one in record.owed]
        return record

    def visible(self, messages: Sequence[Message]) -> bool:
        """Return whether every message's effect is in the ledger; what leaves none there is never visible."""
        keys = {message: _key(message) for message in messages}
        if self._all(keys, self._read):
            return True
        return self._all(keys, self.ledger.get_many(key for key in keys.values() if key))

    @staticmethod
    def _all(keys: Mapping[Message, Key | None], found: Mapping[Key, Item]) -> bool:
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
