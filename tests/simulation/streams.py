"""A table's stream: several shards, each in order, each read by one invocation at a time, at least once."""

from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from tests.simulation.scheduler import Scheduler, Signal


@dataclass
class StreamShard:
    """One shard of a stream; every consumer keeps its own place in it."""

    keys: list[tuple[str, str]] = field(default_factory=list)
    grown: Signal = field(default_factory=lambda: Signal("stream"))


@dataclass
class Stream:
    """Keys of written items; the items of one partition stay in one shard, in the order of their writes."""

    scheduler: Scheduler
    shards: list[StreamShard]

    @classmethod
    def of(cls, scheduler: Scheduler, shards: int) -> "Stream":
        return cls(scheduler, [StreamShard() for _ in range(shards)])

    def append(self, pk: str, sk: str) -> None:
        shard = self.shard_of(pk)
        shard.keys.append((pk, sk))
        self.scheduler.set(shard.grown)

    def shard_of(self, pk: str) -> StreamShard:
        return self.shards[crc32(pk.encode()) % len(self.shards)]


@dataclass
class Iterator:
    """One consumer's place in one shard; its filter lets only some partitions through."""

    shard: StreamShard
    prefixes: tuple[str, ...]
    place: int = 0

    def next_batch(self, limit: int) -> tuple[list[tuple[str, str]], int]:
        """Return up to `limit` keys that pass the filter, and the place after them."""
        found: list[tuple[str, str]] = []
        place = self.place
        while place < len(self.shard.keys) and len(found) < limit:
            key = self.shard.keys[place]
            place += 1
            if key[0].startswith(self.prefixes):
                found.append(key)
        return found, place


def stream_event(keys: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the keys as Lambda has them."""
    return {"Records": [{"dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}}} for pk, sk in keys]}
