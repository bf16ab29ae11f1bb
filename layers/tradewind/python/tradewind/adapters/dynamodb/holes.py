"""Slices that lack bars: `HOLE#{shard}` / `{ts_close:013d}`, until they are filled or given up."""

from collections.abc import Iterable
from dataclasses import dataclass

from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.table import Item, Table, WallClock, expiry, key, key_of, number
from tradewind.application.ports_repair import Hole, Holes

_DAYS = 8
"""Longer than a hole is asked for."""

_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class DynamoHoles(Holes):
    """Holes in the market table."""

    table: Table
    clock: WallClock

    def note(self, hole: Hole) -> None:
        """Keep a hole, or how often it was asked for."""
        where = key(f"HOLE#{hole.shard}", f"{hole.ts_close:013d}")
        told = {"tries": number(hole.tries), "due_at": number(hole.due), "expires_at": expiry(self.clock, _DAYS)}
        self.table.put({**where, **told})

    def open(self, shard: str, limit: int = 0) -> list[Hole]:
        """Return holes that are not closed, the latest first; with a limit no more than so many."""
        return [_hole(item) for item in self.table.query(f"HOLE#{shard}", limit=limit, backwards=True)]

    def count(self, shard: str) -> int:
        """Return how many holes are not closed; a thousand stands for as many and more."""
        return sum(1 for _ in self.table.query(f"HOLE#{shard}", limit=_COUNTED, keys_only=True))

    def counts(self, shards: Iterable[str]) -> dict[str, int]:
        """Return the same of each shard."""
        return {one: self.count(one) for one in shards}

    def close(self, hole: Hole) -> None:
        """Forget a hole."""
        self.table.delete(f"HOLE#{hole.shard}", f"{hole.ts_close:013d}")


def _hole(item: Item) -> Hole:
    pk, sk = key_of(item)
    with reading(f"{pk}/{sk}"):
        return Hole(pk.partition("#")[2], int(sk), int(item["tries"]["N"]), int(item["due_at"]["N"]))
