"""Decisions in outline; what was read once is known, for a decisions item is never changed."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.slice_log import read_step_key, step_key
from tradewind.adapters.dynamodb.table import Item, Key, Table, key_of
from tradewind.domain.decision_outline import Outline, outline_of

_EVERY_REVISION = 9_999
_KNOWN = 400
"""Outlines that a warm function keeps: some ten megabytes of ninety instruments each."""


@dataclass(frozen=True, slots=True)
class DynamoOutlines:
    """Outlines in the market table."""

    table: Table
    _known: "OrderedDict[Key, Outline]" = field(default_factory=OrderedDict)

    def latest(self, shard: str, until: int, limit: int) -> Sequence[Outline]:
        """Return a shard's decisions of bars that closed up to a time, the latest first."""
        last = step_key(until, _EVERY_REVISION)
        found = self.table.query(f"DECISIONS#{shard}", last=last, limit=limit, backwards=True, keys_only=True)
        keys = [key_of(item) for item in found]
        for where, item in self.table.get_many([one for one in keys if one not in self._known]).items():
            self._known[where] = _outline(item)
        chosen = [self._known[one] for one in keys if one in self._known]
        while len(self._known) > _KNOWN:
            self._known.popitem(last=False)
        return chosen


def _outline(item: Item) -> Outline:
    pk, sk = key_of(item)
    with reading(f"{pk}/{sk}"):
        return outline_of(pk.partition("#")[2], *read_step_key(sk), bytes(item["data"]["B"]))
