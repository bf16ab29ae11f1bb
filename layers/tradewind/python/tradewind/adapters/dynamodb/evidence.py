"""Slices and decisions as evidence, and what the archive knows of them.

| pk | sk | what |
|---|---|---|
| `SHARD#{shard}` | `EVIDENCE` | up to when records are archived |
| `AMENDED#{shard}` | `{day:013d}` | mark of a day to which a correction came late |
| `CONFIGURATION` | `{hash}` | a configuration that was deployed, as JSON |
| `CODE` | `{hash}` | the sources of a strategy that was deployed, by module |
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.decisions import DECISION_DAYS
from tradewind.adapters.dynamodb.failures import ConditionError
from tradewind.adapters.dynamodb.slice_log import SLICE_DAYS, since, step_of, until
from tradewind.adapters.dynamodb.slices import amended_key, hold
from tradewind.adapters.dynamodb.table import ABSENT, Condition, Item, Table, WallClock, key, key_of, number, text
from tradewind.adapters.dynamodb.watermarks import Watermark
from tradewind.application.ports_evidence import ChangedDay, EvidenceLog, Record, RecordKind
from tradewind.domain.packing import seal, unseal

_DAYS: Mapping[RecordKind, float] = {RecordKind.SLICE: SLICE_DAYS, RecordKind.DECISIONS: DECISION_DAYS}

_CODE = 1
"""Schema of stored sources."""


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
        return self._archived.get(shard)

    def advance(self, shard: str, through: int) -> None:
        """Move it forward; never back."""
        self._archived.advance(shard, through)

    @property
    def _archived(self) -> Watermark:
        return Watermark(self.table, "EVIDENCE")

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

    def codes(self) -> Mapping[str, Mapping[str, str]]:
        """Return the sources of every strategy that was deployed, by module, by the hash of its code."""
        return {item["sk"]["S"]: _sources(item) for item in self.table.query("CODE")}


def remember_code(table: Table, name: str, sources: Mapping[str, str]) -> None:
    """Keep the sources of a strategy that is at work under the hash of its code; a repeat changes nothing."""
    if table.get("CODE", name) is None:
        data = seal({"schema": _CODE, "sources": dict(sources)}, b"")
        with suppress(ConditionError):
            table.put({**key("CODE", name), "data": {"B": data}}, ABSENT)


def _sources(item: Item) -> Mapping[str, str]:
    where = "/".join(key_of(item))
    with reading(where):
        header, _ = unseal(where, _CODE, bytes(item["data"]["B"]))
        sources: dict[str, str] = header["sources"]
        return sources


def remember_configuration(table: Table, name: str, written: str) -> None:
    """Keep a configuration that is at work, as JSON, under its hash; a repeat changes nothing."""
    if table.get("CONFIGURATION", name) is None:
        with suppress(ConditionError):
            table.put({**key("CONFIGURATION", name), "json": text(written)}, ABSENT)
