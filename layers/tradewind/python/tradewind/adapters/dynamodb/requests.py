"""What people asked for: `REQUEST#{by}` / `{key}` in the ledger table, for two days; the journal keeps it longer."""

from dataclasses import dataclass
from typing import Any

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.failures import CanceledError
from tradewind.adapters.dynamodb.table import ABSENT, Condition, Item, Table, WallClock, expiry, key, number, text
from tradewind.application.once import Done, Request, Requests, Stored
from tradewind.domain.errors import ConflictError
from tradewind.domain.events import JournalEntry

DAYS = 2


@dataclass(frozen=True, slots=True)
class DynamoRequests(Requests):
    """Requests in the ledger table."""

    table: Table
    clock: WallClock

    def get(self, by: str, key: str) -> Stored | None:
        """Return a request, strongly consistent."""
        item = self.table.get(*_place(by, key))
        if item is None:
            return None
        with codec.reading(items.where(item)):
            answer = Done(int(item["status"]["N"]), item["kind"]["S"], item["text"]["S"]) if "status" in item else None
            return Stored(item["digest"]["S"], int(item["ts"]["N"]), answer)

    def begin(self, request: Request, entry: JournalEntry, before: Stored | None) -> None:
        """Store it as being at work with its entry in the audit trail."""
        same = (
            Condition("#ts = :ts AND attribute_not_exists(#status)", _NAMES, {":ts": number(before.ts)})
            if before
            else ABSENT
        )
        writes = [
            self.table.putting(self._item(request), same),
            self.table.putting(items.entry_item(entry), ABSENT),
        ]
        try:
            self.table.transact(writes)
        except CanceledError as error:
            raise ConflictError(f"request {request.key}: somebody else was faster") from error

    def finish(self, request: Request, answer: Done) -> None:
        """Store how it was answered."""
        told = {"status": number(answer.status), "kind": text(answer.kind), "text": text(answer.text)}
        self.table.put({**self._item(request), **told})

    def forget(self, request: Request) -> None:
        """Let it be begun anew."""
        self.table.delete(*_place(request.by, request.key))

    def _item(self, request: Request) -> dict[str, Any]:
        told: Item = {"digest": text(request.digest), "ts": number(request.ts), "what": text(request.what)}
        return {**key(*_place(request.by, request.key)), **told, "expires_at": expiry(self.clock, DAYS)}


_NAMES = {"#ts": "ts", "#status": "status"}


def _place(by: str, key_: str) -> tuple[str, str]:
    return f"REQUEST#{by}", key_
