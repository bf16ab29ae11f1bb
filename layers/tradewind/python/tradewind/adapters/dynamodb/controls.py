"""The kill switch and the health board: each written together with what the `system` journal says of it."""

from dataclasses import dataclass

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.table import ABSENT, Condition, Item, Table, key, number
from tradewind.application.ports import Board, Controls, HealthBoard
from tradewind.domain.events import JournalEntry
from tradewind.domain.ledger import Control


@dataclass(frozen=True, slots=True)
class DynamoControls(Controls):
    """Kill switches in the ledger table."""

    table: Table

    def get(self, account: str) -> Control:
        """Return an account's control, strongly consistent."""
        return items.control_of(self.table.get(*items.control_key(account)))

    def set(self, account: str, control: Control, entry: JournalEntry) -> None:
        """Store it with its entry, if the stored version is one less."""
        _store(self.table, items.control_item(account, control), control.version, entry)


@dataclass(frozen=True, slots=True)
class DynamoHealthBoard(HealthBoard):
    """A health board in the ledger table: the watch's own, or another's under a name of its own."""

    table: Table
    name: str = items.BOARD_KEY[1]

    def get(self) -> Board:
        """Return the board, strongly consistent."""
        item = self.table.get(items.BOARD_KEY[0], self.name)
        if item is None:
            return Board()
        row = codec.unseal(items.where(item), item)
        with codec.reading(items.where(item)):
            return Board(row["failing"], int(item["version"]["N"]))

    def set(self, board: Board, entry: JournalEntry) -> None:
        """Store it with its entry, if the stored version is one less."""
        sealed = codec.seal({"failing": dict(board.failing)})
        item = {**key(items.BOARD_KEY[0], self.name), "version": number(board.version), **sealed}
        _store(self.table, item, board.version, entry)


def _store(table: Table, item: Item, version: int, entry: JournalEntry) -> None:
    before = Condition("version = :before", values={":before": number(version - 1)})
    first = table.putting(item, before if version > 1 else ABSENT)
    table.transact([first, table.putting(items.entry_item(entry), ABSENT)])
