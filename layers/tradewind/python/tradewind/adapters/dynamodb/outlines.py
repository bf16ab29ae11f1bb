"""Decisions in outline; what was read once is known, for a decisions item is never changed."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.slice_log import read_step_key, step_key
from tradewind.adapters.dynamodb.table import Item, Key, Table, key_of
from tradewind.domain.decision_outline import Outline, outline_of

_EVERY_REVISION = 9_999
_KNOWN = 400
"""Outlines that a warm function keeps: some ten megabytes of ninety instruments each."""

_FEW = 12
"""Bars that a shard may have come further since the last look to be asked for by their keys."""


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a shard has come: `ts` of the latest bar decided, and how often its progress was written."""

    shard: str
    ms: int
    watermark: int
    version: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """Where a shard's latest decisions lie, the latest first, as they were at some progress."""

    progress: Progressed
    limit: int
    keys: Sequence[Key]


@dataclass(frozen=True, slots=True)
class DynamoOutlines:
    """Outlines in the market table."""

    table: Table
    _known: "OrderedDict[Key, Outline]" = field(default_factory=OrderedDict)
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def latest(self, shard: str, until: int, limit: int) -> Sequence[Outline]:
        """Return a shard's decisions of bars that closed up to a time, the latest first."""
        return self._outlines(self._search(shard, until, limit))

    def lately(self, shards: Sequence[Progressed], limit: int) -> Mapping[str, Sequence[Outline]]:
        """Return the latest decisions of several shards, by shard; what has come since the last look in one request.

        Each bar and each correction is one more version of a shard's progress. So where as many bars have come as there
        are new versions, nothing else has; where not, the shard is searched.
        """
        further = {one.shard: self._further(one, limit) for one in shards}
        self._read(key for keys in further.values() for key in keys or ())
        for one in shards:
            keys = further[one.shard]
            if keys is not None and all(key in self._known for key in keys):
                places = [*reversed(keys), *self._seen[one.shard].keys][:limit]
            else:
                places = self._search(one.shard, one.watermark, limit)
            self._seen[one.shard] = _Seen(one, limit, places)
        return {one.shard: self._outlines(self._seen[one.shard].keys) for one in shards}

    def _further(self, now: Progressed, limit: int) -> list[Key] | None:
        """Return where decisions lie that came since the last look, the earliest first; None where keys do not tell."""
        seen = self._seen.get(now.shard)
        if seen is None or seen.limit != limit:
            return None
        steps = range(seen.progress.watermark + now.ms, now.watermark + 1, now.ms)
        if len(steps) > _FEW or len(steps) != now.version - seen.progress.version:
            return None
        return [(f"DECISIONS#{now.shard}", step_key(ts, 1)) for ts in steps]

    def _search(self, shard: str, until: int, limit: int) -> list[Key]:
        last = step_key(until, _EVERY_REVISION)
        found = self.table.query(f"DECISIONS#{shard}", last=last, limit=limit, backwards=True, keys_only=True)
        return [key_of(item) for item in found]

    def _outlines(self, keys: Sequence[Key]) -> Sequence[Outline]:
        self._read(keys)
        chosen = [self._known[one] for one in keys if one in self._known]
        while len(self._known) > _KNOWN:
            self._known.popitem(last=False)
        return chosen

    def _read(self, keys: Iterable[Key]) -> None:
        unknown = [one for one in keys if one not in self._known]
        for where, item in self.table.get_many(unknown).items():
            self._known[where] = _outline(item)


def _outline(item: Item) -> Outline:
    pk, sk = key_of(item)
    with reading(f"{pk}/{sk}"):
        return outline_of(pk.partition("#")[2], *read_step_key(sk), bytes(item["data"]["B"]))
