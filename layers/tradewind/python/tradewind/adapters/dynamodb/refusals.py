"""What was refused: `REFUSALS#{shard}` | `{ts:013d}#{instrument}#{reason}`, one refused row each."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.adapters.dynamodb.table import Item, Key, Table, WallClock, expiry, key, text
from tradewind.application.ports_repair import RefusalLog
from tradewind.domain.validation import Refusal

REFUSAL_DAYS = 35
"""How long a refusal is kept."""

_LATEST = 10**13 - 1
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class DynamoRefusals(RefusalLog):
    """Refused rows in the market table."""

    table: Table
    clock: WallClock
    days: float = REFUSAL_DAYS

    def record(self, shard: str, refusals: Sequence[Refusal]) -> None:
        """Keep each refusal once; reading the keys first makes a repeat cost a read and no write."""
        if not refusals:
            return
        by_key = {_refusal_key(shard, one): one for one in reversed(refusals)}
        there = self.table.get_many(by_key)
        self.table.write_many([self._item(where, one) for where, one in by_key.items() if where not in there])

    def _item(self, where: Key, refusal: Refusal) -> Item:
        return {
            **key(*where),
            "timeframe": text(refusal.timeframe),
            "value": text(refusal.value[:_LONGEST]),
            "expires_at": expiry(self.clock, self.days),
        }


def _refusal_key(shard: str, refusal: Refusal) -> Key:
    """Return where a refusal lies; its time may be nonsense, which is why it was refused, and a key is not."""
    ts = min(max(refusal.ts, 0), _LATEST)
    return f"REFUSALS#{shard}", f"{ts:013d}#{refusal.instrument}#{refusal.reason}"
