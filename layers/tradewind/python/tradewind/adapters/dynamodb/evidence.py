"""Slices and decisions as evidence, and what the archive knows of them.

| pk | sk | what |
|---|---|---|
| `SHARD#{shard}` | `EVIDENCE` | up to when records are archived |
| `AMENDED#{shard}` | `{day:013d}` | mark of a day to which a correction came late |
| `CONFIGURATION` | `{hash}` | a configuration that was deployed, as JSON |
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.decisions import DECISION_DAYS
from tradewind.adapters.dynamodb.failures import ConditionError
from tradewind.adapters.dynamodb.slice_log import SLICE_DAYS, since, step_of, until
from tradewind.adapters.dynamodb.slices import amended_key, hold
from tradewind.adapters.dynamodb.table import ABSENT, Condition, Table, WallClock, key, key_of, number, text
from tradewind.application.ports_evidence import ChangedDay, EvidenceLog, Record, RecordKind

_DAYS: Mapping[RecordKind, float] = {RecordKind.SLICE: SLICE_DAYS, RecordKind.DECISIONS: DECISION_DAYS}


@dataclass(frozen=True, slots=True)
class DynamoEvidence(EvidenceLog):
    """Evidence in the market table."""

    table: Table
    clock: WallClock

    def records(self, shard: str, start: int, end: int) -> list[Record]:
        """Return every record with `ts` in (start, end], by kind, time and revision, strongly consistent."""
        return [
            Record(kind, *step_of(item), bytes(item["data"]["B"]))
            for kind in sorted(RecordKind)
            for item in self.table.query(f"{kind}#{shard}", first=since(start), last=until(end))
        ]

    def oldest(self, shard: str) -> int:
        """Return the time of the oldest record; 0 if there is none."""
        ends = [
            step_of(item)[0]
            for kind in RecordKind
            for item in self.table.query(f"{kind}#{shard}", limit=1, keys_only=True)
        ]
        return min(ends, default=0)

    def archived(self, shard: str) -> int:
        """Return the time up to which records are in the vault; 0 if none are."""
        item = self.table.get(f"SHARD#{shard}", "EVIDENCE")
        if item is None:
            return 0
        with reading("/".join(key_of(item))):
            return int(item["through"]["N"])

    def advance(self, shard: str, through: int) -> None:
        """Move it forward; never back."""
        later = Condition("attribute_not_exists(pk) OR through < :through", values={":through": number(through)})
        with suppress(ConditionError):
            self.table.update(f"SHARD#{shard}", "EVIDENCE", "SET through = :through", later)

    def hold(self, shard: str, after: int) -> None:
        """Give records later than `after` their full time again where little is left."""
        for kind in RecordKind:
            hold(self.table, f"{kind}#{shard}", after, self.clock, _DAYS[kind])

    def changed(self, shard: str) -> list[ChangedDay]:
        """Return the marked days, oldest first."""
        return [
            ChangedDay(shard, int(item["sk"]["S"]), int(item["amended"]["N"]))
            for item in self.table.query(f"AMENDED#{shard}")
        ]

    def settle(self, changed: ChangedDay) -> None:
        """Forget a mark, unless a later one has taken its place."""
        same = Condition("amended = :at", values={":at": number(changed.at)})
        with suppress(ConditionError):
            self.table.delete(*amended_key(changed.shard, changed.day), same)

    def configurations(self) -> Mapping[str, str]:
        """Return every configuration that was deployed, as JSON by its hash."""
        return {item["sk"]["S"]: item["json"]["S"] for item in self.table.query("CONFIGURATION")}


def remember_configuration(table: Table, name: str, written: str) -> None:
    """Keep a configuration that is at work, as JSON, under its hash; a repeat changes nothing."""
    if table.get("CONFIGURATION", name) is None:
        with suppress(ConditionError):
            table.put({**key("CONFIGURATION", name), "json": text(written)}, ABSENT)
