"""How many signals each source has sent: `REQUEST#signals {source}` / `{minute}` in the ledger table, for a day."""

from dataclasses import dataclass

from tradewind.adapters.dynamodb.failures import ConditionError
from tradewind.adapters.dynamodb.table import Condition, Table, WallClock, expiry, number
from tradewind.application.ports_counts import Counts


@dataclass(frozen=True, slots=True)
class DynamoSignalCounts(Counts):
    """Conditional counters: no concurrency gets beyond the most."""

    table: Table
    clock: WallClock

    def take(self, source: str, minute: int, most: int) -> bool:
        """Count one more, and say whether it is within the most."""
        values = {":one": number(1), ":most": number(most), ":ends": expiry(self.clock, 1)}
        condition = Condition("attribute_not_exists(taken) OR taken < :most", {}, values)
        try:
            self.table.update(
                f"REQUEST#signals {source}", f"{minute}", "SET expires_at = :ends ADD taken :one", condition
            )
        except ConditionError:
            return False
        return True
