"""How far something has come with a shard: one item with a time that only moves forward."""

from contextlib import suppress
from dataclasses import dataclass

from tradewind.adapters.dynamodb import table as tables
from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.failures import ConditionError


@dataclass(frozen=True, slots=True)
class Watermark:
    """`SHARD#{shard}` | its name, in the market table, unless it lies in a partition of its own kind."""

    table: tables.Table
    name: str
    kind: str = "SHARD"

    def get(self, shard: str) -> int:
        """Return how far it has come, UTC ms; 0 before it began."""
        item = self.table.get(f"{self.kind}#{shard}", self.name)
        if item is None:
            return 0
        with reading(f"{self.kind}#{shard}/{self.name}"):
            return int(item["through"]["N"])

    def advance(self, shard: str, through: int) -> None:
        """Move it forward to `through`; never back."""
        later = tables.Condition(
            "attribute_not_exists(pk) OR through < :through", values={":through": tables.number(through)}
        )
        with suppress(ConditionError):
            self.table.update(f"{self.kind}#{shard}", self.name, "SET through = :through", later)
