"""Up to when each account and its venue agreed."""

from contextlib import suppress
from dataclasses import dataclass

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.failures import ConditionError
from tradewind.adapters.dynamodb.table import Condition, Table, number
from tradewind.application.ports import Reconciliations


@dataclass(frozen=True, slots=True)
class DynamoReconciliations(Reconciliations):
    """Marks in the ledger table."""

    table: Table

    def last(self, account: str) -> int:
        """Return the mark, strongly consistent."""
        item = self.table.get(*items.reconciled_key(account))
        if item is None:
            return 0
        with codec.reading(items.where(item)):
            return int(item["ts"]["N"])

    def done(self, account: str, ts: int) -> None:
        """Record it; an earlier moment changes nothing."""
        pk, sk = items.reconciled_key(account)
        names, later = {"#ts": "ts"}, "attribute_not_exists(#ts) OR #ts < :ts"
        with suppress(ConditionError):
            self.table.update(pk, sk, "SET #ts = :ts", Condition(later, names, {":ts": number(ts)}))
