"""Slices and series chunks of one table, asked for together."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from tradewind.adapters.dynamodb.series import DynamoSeries, chunk_bars_among, chunk_keys
from tradewind.adapters.dynamodb.slices import DynamoSlices, bars_among, first_keys, opened
from tradewind.adapters.dynamodb.table import Item, Key
from tradewind.application.ports_bars import NearTiers, Packing, bars_by_name
from tradewind.domain.bar import Bar
from tradewind.domain.collecting import no_collecting
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import OpenSlice
from tradewind.domain.timeframe import Timeframe

_KNOWN = 600
"""Slices that stay known: what seven shards of a minute leave unpacked, four kilobytes each."""


@dataclass(frozen=True, slots=True)
class DynamoNearTiers(NearTiers):
    """Both in as few requests as there are hundreds of items: what a request costs by itself is a third of a day's.

    A first edition never changes, and all instruments of a shard share it: it is read once. The slices that wait to be
    packed are five sixths of the bytes of an instrument's day.
    """

    slices: DynamoSlices
    series: DynamoSeries
    _known: OrderedDict[Key, OpenSlice] = field(default_factory=OrderedDict, repr=False)

    def packing(self, shard: str) -> Packing:
        """Return how far a shard is packed, and what waits."""
        return self.slices.packing(shard)

    def read(
        self, shard: str, timeframe: Timeframe, instruments: Sequence[InstrumentId], start: int, end: int, since: int
    ) -> tuple[Mapping[InstrumentId, Sequence[Bar]], Mapping[InstrumentId, Mapping[int, Bar]]]:
        """Return bars of the chunks that overlap (start, end] and of the slices in (since, end]."""
        chunks = chunk_keys(instruments, timeframe, start, end)
        steps = first_keys(shard, timeframe, since, end) if since < end else []
        if chunks is None or not steps:
            kept = bars_by_name(self.series.chunks_of(instruments, timeframe, start, end))
            return kept, self.slices.bars(shard, timeframe, instruments, since, end) if since < end else {}
        known = {one: self._known[one] for one in steps if one in self._known}
        items = self.series.table.get_many(
            chain(chain.from_iterable(chunks.values()), (one for one in steps if one not in known))
        )
        with no_collecting():
            known |= self._learned({one: items[one] for one in steps if one in items})
            firsts = (known[one] for one in steps if one in known)
            return chunk_bars_among(items, timeframe, chunks), bars_among(firsts, instruments)

    def _learned(self, items: Mapping[Key, Item]) -> dict[Key, OpenSlice]:
        found = {one: opened(item) for one, item in items.items()}
        self._known.update(found)
        for _ in range(len(self._known) - _KNOWN):
            self._known.popitem(last=False)
        return found
