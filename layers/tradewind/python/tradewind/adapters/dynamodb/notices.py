"""What functions without a journal want to be told, until the watch has journaled it.

| pk | sk | what |
|---|---|---|
| `NOTICE` | `{id}` | one event that waits to be announced |
| `NOTED` | `{id}` | it has been posted: a repeat changes nothing |
"""

from dataclasses import dataclass

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb.failures import CanceledError
from tradewind.adapters.dynamodb.table import ABSENT, Item, Table, WallClock, expiry, key, key_of
from tradewind.application.ports import Notice, Notices
from tradewind.domain.events import Event

NOTED_DAYS = 35
"""For how long a repeat is known to be one."""


@dataclass(frozen=True, slots=True)
class DynamoNotices(Notices):
    """Notices in the market table."""

    table: Table
    clock: WallClock
    days: float = NOTED_DAYS

    def post(self, notice: Notice) -> None:
        """Let it be announced once, however often it is posted."""
        if self.table.get("NOTED", notice.id):
            return
        noted: Item = {**key("NOTED", notice.id), "expires_at": expiry(self.clock, self.days)}
        waiting: Item = {**key("NOTICE", notice.id), **codec.seal(notice.event.to_dict())}
        try:
            self.table.transact([self.table.putting(noted, ABSENT), self.table.putting(waiting)])
        except CanceledError:
            return  # somebody else has just posted it

    def pending(self, limit: int) -> list[Notice]:
        """Return what waits to be announced, by id."""
        return [_notice(item) for item in self.table.query("NOTICE", limit=limit)]

    def settle(self, notice: Notice) -> None:
        """Forget what has been journaled."""
        self.table.delete("NOTICE", notice.id)


def _notice(item: Item) -> Notice:
    where = "/".join(key_of(item))
    row = codec.unseal(where, item)
    with codec.reading(where):
        return Notice(key_of(item)[1], Event.from_dict(row))
