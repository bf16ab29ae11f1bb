"""How far shards have come, and their checkpoints.

| pk | sk | what |
|---|---|---|
| `SHARD#{shard}` | `PROGRESS` | watermark, digest, pending intents, published checkpoints |
| `CHECKPOINT#{shard}` | `{name}#{chunk:03d}` | a part of a checkpoint, with its own checksum |
"""

import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tradewind.adapters.dynamodb import codec
from tradewind.adapters.dynamodb.failures import ConditionError
from tradewind.adapters.dynamodb.table import (
    ABSENT,
    Condition,
    Item,
    Key,
    Table,
    WallClock,
    expiry,
    key,
    key_of,
    number,
)
from tradewind.application.ports import CheckpointRef, Pending, Progress, ShardProgress
from tradewind.domain.errors import TransientError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId

CHUNK = 350_000
"""Bytes of a checkpoint in one item, of the 400 kB that an item may hold."""

SUPERSEDED_DAYS = 8
"""How long a checkpoint stays after no progress refers to it any more."""


@dataclass(frozen=True, slots=True)
class DynamoProgress(Progress):
    """Progress and checkpoints in the market table."""

    table: Table
    clock: WallClock
    days: float = SUPERSEDED_DAYS
    _published: dict[str, frozenset[CheckpointRef]] = field(default_factory=dict)

    def load(self, shard: str) -> ShardProgress:
        """Return a shard's progress, strongly consistent; a new one where there is none."""
        item = self.table.get(*progress_key(shard))
        progress = _progress_of(shard, item) if item else ShardProgress(shard)
        self._published[shard] = frozenset(progress.checkpoints)
        return progress

    def save(self, progress: ShardProgress) -> None:
        """Store it if the stored version is one less; what it refers to no more begins to expire."""
        before = Condition("version = :before", values={":before": number(progress.version - 1)})
        known = self._published.pop(progress.shard, frozenset())
        self.table.put(_progress_item(progress), before if progress.version > 1 else ABSENT)
        self._published[progress.shard] = frozenset(progress.checkpoints)
        for ref in known - self._published[progress.shard]:
            # The progress is stored. A checkpoint that stays for ever costs cents; failing here would cost a retry.
            with suppress(TransientError):
                self._retire(progress.shard, ref)

    def put_checkpoint(self, shard: str, ref: CheckpointRef, data: bytes) -> CheckpointRef:
        """Store a checkpoint's chunks under its name; nobody sees it before a progress refers to it."""
        parts = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)] or [b""]
        for chunk, part in enumerate(parts):
            where = key(*_chunk_key(shard, ref.name, chunk))
            self.table.put({**where, "data": {"B": part}, "crc": number(zlib.crc32(part))})
        return CheckpointRef(ref.ts, ref.name, len(parts))

    def get_checkpoint(self, shard: str, ref: CheckpointRef) -> bytes | None:
        """Return a checkpoint, or None where chunks are absent or damaged."""
        keys = [_chunk_key(shard, ref.name, chunk) for chunk in range(ref.chunks)]
        found = self.table.get_many(keys)
        parts = [_part(found[one]) if one in found else None for one in keys]
        whole = [part for part in parts if part is not None]
        return b"".join(whole) if parts and len(whole) == len(parts) else None

    def _retire(self, shard: str, ref: CheckpointRef) -> None:
        there = Condition("attribute_exists(pk)", values={":at": expiry(self.clock, self.days)})
        for chunk in range(ref.chunks):
            with suppress(ConditionError):
                self.table.update(*_chunk_key(shard, ref.name, chunk), "SET expires_at = :at", there)


def progress_key(shard: str) -> Key:
    """Return where a shard's progress lies."""
    return f"SHARD#{shard}", "PROGRESS"


def _chunk_key(shard: str, name: str, chunk: int) -> Key:
    return f"CHECKPOINT#{shard}", f"{name}#{chunk:03d}"


def _part(item: Item) -> bytes | None:
    data = bytes(item.get("data", {}).get("B", b""))
    return data if item.get("crc") == number(zlib.crc32(data)) else None


def _progress_item(progress: ShardProgress) -> Item:
    row: dict[str, Any] = {
        "watermark": progress.watermark,
        "digest": progress.digest,
        "pending": [[one.account, one.instrument, one.intent_id] for one in progress.pending],
        "checkpoints": [[ref.ts, ref.name, ref.chunks] for ref in progress.checkpoints],
        "owed": progress.owed,
    }
    return {**key(*progress_key(progress.shard)), "version": number(progress.version), **codec.seal(row)}


def _progress_of(shard: str, item: Item) -> ShardProgress:
    where = "/".join(key_of(item))
    row = codec.unseal(where, item)
    with codec.reading(where):
        return ShardProgress(
            shard,
            row["watermark"],
            row["digest"],
            tuple(Pending(account, InstrumentId(name), IntentId(intent)) for account, name, intent in row["pending"]),
            tuple(CheckpointRef(*one) for one in row["checkpoints"]),
            row["owed"],
            int(item["version"]["N"]),
        )
