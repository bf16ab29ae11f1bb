"""The decisions items: `DECISIONS#{shard}` / `{ts:013d}#{rev:04d}`, each written once."""

from dataclasses import dataclass

from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.failures import ConditionError
from tradewind.adapters.dynamodb.slice_log import read_step_key, step_key
from tradewind.adapters.dynamodb.table import ABSENT, Item, Key, Table, WallClock, expiry, key, key_of
from tradewind.application.ports import Decisions
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.errors import TransientError

DECISION_DAYS = 14
"""How long the hot copy stays, unless the archive lags; the archive keeps decisions for years."""


@dataclass(frozen=True, slots=True)
class DynamoDecisions(Decisions):
    """Decisions in the market table."""

    table: Table
    clock: WallClock
    days: float = DECISION_DAYS

    def put(self, record: DecisionRecord) -> DecisionRecord:
        """Store the record unless one is there already; return the one that is stored now."""
        where = key(*decision_key(record.shard, record.ts, record.rev))
        item = {**where, "data": {"B": record.to_bytes()}, "expires_at": expiry(self.clock, self.days)}
        try:
            self.table.put(item, ABSENT)
        except ConditionError as error:
            if error.item is None:
                raise TransientError(f"the decisions of {record.shard} at {record.ts} were just deleted") from error
            return record_of(error.item)
        return record

    def get(self, shard: str, ts: int, rev: int) -> DecisionRecord | None:
        """Return a record, strongly consistent."""
        item = self.table.get(*decision_key(shard, ts, rev))
        return record_of(item) if item else None

    def evaluated(self, shard: str, after: int, until: int) -> frozenset[tuple[int, int]]:
        """Return (ts_close, rev) of every record with `after < ts_close <= until`, strongly consistent."""
        first, last = step_key(after + 1, 0), f"{until:013d}#~"
        found = self.table.query(f"DECISIONS#{shard}", first=first, last=last, keys_only=True)
        return frozenset(read_step_key(item["sk"]["S"]) for item in found)


def decision_key(shard: str, ts: int, rev: int) -> Key:
    """Return where a record lies."""
    return f"DECISIONS#{shard}", step_key(ts, rev)


def record_of(item: Item) -> DecisionRecord:
    """Read a decisions item.

    Raises
    ------
    PermanentError
        If it is damaged or of an unknown schema; it names the item.
    """
    pk, sk = key_of(item)
    with reading(f"{pk}/{sk}"):
        ts, rev = read_step_key(sk)
        return DecisionRecord.from_bytes(pk.partition("#")[2], ts, rev, item["data"]["B"])
