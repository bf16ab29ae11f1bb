"""What was spent, one item a month (`SPENT` | `2026-11` in the market table)."""

from dataclasses import dataclass

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb.table import ABSENT, Condition, Table, key, number
from tradewind.application.spending import Spending, SpendingStore


@dataclass(frozen=True, slots=True)
class DynamoSpending(SpendingStore):
    """Months in the market table."""

    table: Table

    def load(self, month: str) -> Spending:
        """Return a month's spending; an empty one for a month without any."""
        item = self.table.get("SPENT", month)
        if item is None:
            return Spending()
        row = codec.unseal(f"SPENT/{month}", item)
        with codec.reading(f"SPENT/{month}"):
            return Spending.from_row(row, int(item["version"]["N"]))

    def keep(self, month: str, spending: Spending) -> None:
        """Store it if the stored version is one less."""
        before = Condition("version = :before", values={":before": number(spending.version - 1)})
        item = {**key("SPENT", month), "version": number(spending.version), **codec.seal(spending.to_row())}
        self.table.put(item, before if spending.version > 1 else ABSENT)
