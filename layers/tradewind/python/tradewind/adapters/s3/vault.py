"""Evidence as Parquet: what was stored, byte by byte, and beside it each decision as a row that Athena can ask for.

| object | what |
|---|---|
| `records/shard=S/day=D/records.parquet` | slices of every revision and decisions, as the table had them |
| `decisions/shard=S/day=D/decisions.parquet` | the same decisions, one a row, their gates as JSON |
| `configurations/{hash}.parquet` | a configuration as JSON |
| `code/{hash}.parquet` | a strategy's sources, one module a row |
"""

import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from arro3.core import Array, DataType, Table
from arro3.io import read_parquet, write_parquet

from tradewind.adapters.s3.parquet import COMPRESSION, TIME, understood
from tradewind.application.ports_bars import ObjectStore
from tradewind.application.ports_evidence import EvidenceVault, Record, RecordKind, StoredDay
from tradewind.domain.decision import Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.errors import PermanentError
from tradewind.domain.identifiers import content_hash

RECORDS, DECISIONS, CONFIGURATIONS, CODE = "records/", "decisions/", "configurations/", "code/"
"""Where each kind of object lies in the bucket."""

_TEXT, _NUMBER, _FLAG = DataType.utf8(), DataType.float64(), DataType.bool()
_RECORD: Mapping[str, DataType] = {"kind": _TEXT, "ts": TIME, "rev": DataType.int32(), "data": DataType.binary()}
DECISION: Mapping[str, DataType] = {
    "ts": TIME, "rev": DataType.int32(), "late": _FLAG, "account": _TEXT, "strategy": _TEXT, "instrument": _TEXT,
    "action": _TEXT, "reason": _TEXT, "strength": _NUMBER, "value": _NUMBER, "threshold": _NUMBER, "intent": _TEXT,
    "gates": _TEXT, "configuration": _TEXT, "code": _TEXT,
}  # fmt: skip
"""Columns of a decision. `gates` is JSON: each gate's value, threshold, and whether it passed."""

_CONFIGURATION: Mapping[str, DataType] = {"hash": _TEXT, "json": _TEXT}
_CODE: Mapping[str, DataType] = {"module": _TEXT, "source": _TEXT}


@dataclass(frozen=True, slots=True)
class ParquetVault(EvidenceVault):
    """Evidence over a store of objects."""

    objects: ObjectStore

    def read(self, shard: str, day: int) -> StoredDay | None:
        """Return a day, or None if none is kept."""
        key = _key(RECORDS, shard, day)
        found = self.objects.read(key)
        return StoredDay(_records(key, found.data), found.edition) if found else None

    def write(self, shard: str, day: int, records: Sequence[Record], replacing: str) -> str:
        """Keep a day; first its decisions one by one, so that wherever this breaks off a repeat writes both."""
        rows = [row for one in records if one.kind is RecordKind.DECISIONS for row in _rows(shard, one)]
        self._overwrite(_key(DECISIONS, shard, day), _parquet(DECISION, rows))
        facts = {"records": str(len(records)), "digest": _digest(records)}
        return self.objects.write(_key(RECORDS, shard, day), _parquet(_RECORD, records, facts), replacing)

    def days(self, shard: str) -> list[int]:
        """Return the starts of the days that are kept, oldest first."""
        keys = self.objects.keys(f"{RECORDS}shard={shard}/")
        return [_day_named(key.rpartition("/day=")[2].partition("/")[0]) for key in keys]

    def configuration(self, name: str) -> str | None:
        """Return a configuration by its hash, as JSON; None if it is not kept."""
        key = f"{CONFIGURATIONS}{name}.parquet"
        found = self.objects.read(key)
        if found is None:
            return None
        with understood(key):
            return str(read_parquet(found.data).read_all()["json"].to_pylist()[0])

    def keep_configuration(self, name: str, text: str) -> None:
        """Keep a configuration; a repeat changes nothing."""
        key = f"{CONFIGURATIONS}{name}.parquet"
        if self.objects.read(key) is None:
            self._overwrite(key, _parquet(_CONFIGURATION, [(name, text)]))

    def code(self, name: str) -> Mapping[str, str] | None:
        """Return a strategy's sources by module; None if they are not kept."""
        key = f"{CODE}{name}.parquet"
        found = self.objects.read(key)
        if found is None:
            return None
        with understood(key):
            table = read_parquet(found.data).read_all()
            return dict(zip(table["module"].to_pylist(), table["source"].to_pylist(), strict=True))

    def keep_code(self, name: str, sources: Mapping[str, str]) -> None:
        """Keep a strategy's sources; a repeat changes nothing."""
        key = f"{CODE}{name}.parquet"
        if self.objects.read(key) is None:
            self._overwrite(key, _parquet(_CODE, sorted(sources.items())))

    def _overwrite(self, key: str, data: bytes) -> None:
        found = self.objects.read(key)
        if found is None or found.data != data:
            self.objects.write(key, data, found.edition if found else "")


def _key(kind: str, shard: str, day: int) -> str:
    return f"{kind}shard={shard}/day={datetime.fromtimestamp(day // 1000, UTC):%Y-%m-%d}/{kind[:-1]}.parquet"


def _day_named(name: str) -> int:
    return int(datetime.fromisoformat(name).replace(tzinfo=UTC).timestamp()) * 1000


def _parquet(
    columns: Mapping[str, DataType], rows: Sequence[Sequence[Any]], facts: Mapping[str, str] | None = None
) -> bytes:
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    arrays = [_array(kind, column) for kind, column in zip(columns.values(), values, strict=True)]
    out = io.BytesIO()
    table = Table.from_arrays(arrays, names=list(columns))
    write_parquet(table, out, compression=COMPRESSION, key_value_metadata=dict(facts or {}))
    return out.getvalue()


def _array(kind: DataType, values: Iterable[Any]) -> Array:
    if kind == TIME:
        return Array(list(values), type=DataType.int64()).cast(TIME)
    return Array(list(values), type=kind)


def _records(key: str, data: bytes) -> list[Record]:
    with understood(key):
        table = read_parquet(data).read_all()
        facts = {name.decode(): value.decode() for name, value in table.schema.metadata.items()}
        columns = [table["ts"].cast(DataType.int64()), *(table[name] for name in ("kind", "rev", "data"))]
        rows = zip(*(column.to_pylist() for column in columns), strict=True)
        records = [Record(RecordKind(kind), ts, rev, bytes(item)) for ts, kind, rev, item in rows]
    if facts.get("records") != str(len(records)) or facts.get("digest") != _digest(records):
        raise PermanentError(f"object {key}: its records are not those that its checksum was made of")
    return records


def _digest(records: Iterable[Record]) -> str:
    return content_hash(
        "\n".join(f"{kind} {ts} {rev} {content_hash(data)}" for kind, ts, rev, data in records).encode()
    )


def _rows(shard: str, record: Record) -> Iterable[tuple[Any, ...]]:
    made = DecisionRecord.from_bytes(shard, record.ts, record.rev, record.data)
    code = {tuple(key.split("/")[:2]): source for key, source in made.code.items()}  # of account/strategy/…
    for one in made.decisions:
        yield (
            made.ts, made.rev, made.late, one.account, one.strategy, one.instrument, str(one.action), one.reason,
            one.strength, one.value, one.limit, one.intent, _gates(made, one), made.configuration,
            code.get((one.account, one.strategy), ""),
        )  # fmt: skip


def _gates(record: DecisionRecord, decision: Decision) -> str:
    names = record.gates.get(decision.strategy, ())
    gates = {
        name: [_finite(gate.value), _finite(gate.threshold), gate.passed]
        for (name, _), gate in zip(names, decision.gates, strict=False)
    }
    return json.dumps(gates, separators=(",", ":"))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
