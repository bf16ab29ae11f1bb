"""Slices and series chunks of one table, asked for together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from tradewind.adapters.dynamodb.series import DynamoSeries, chunk_keys, chunks_among
from tradewind.adapters.dynamodb.slices import DynamoSlices, bars_among, first_keys
from tradewind.application.ports_bars import NearTiers, Packing
from tradewind.domain.bar import Bar
from tradewind.domain.collecting import no_collecting
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import SeriesChunk
from tradewind.domain.timeframe import Timeframe


@dataclass(frozen=True, slots=True)
class DynamoNearTiers(NearTiers):
    """Both in as few requests as there are hundreds of items: what a request costs by itself is a third of a day's."""

    slices: DynamoSlices
    series: DynamoSeries

    def packing(self, shard: str) -> Packing:
        """Return how far a shard is packed, and what waits."""
        return self.slices.packing(shard)

    def read(
        self, shard: str, timeframe: Timeframe, instruments: Sequence[InstrumentId], start: int, end: int, since: int
    ) -> tuple[Mapping[InstrumentId, Sequence[SeriesChunk]], Mapping[InstrumentId, Mapping[int, Bar]]]:
        """Return chunks that overlap (start, end] and bars of slices in (since, end]."""
        chunks = chunk_keys(instruments, timeframe, start, end)
        steps = first_keys(shard, timeframe, since, end) if since < end else []
        if chunks is None or not steps:
            kept = self.series.chunks_of(instruments, timeframe, start, end)
            return kept, self.slices.bars(shard, timeframe, instruments, since, end) if since < end else {}
        items = self.series.table.get_many(chain(chain.from_iterable(chunks.values()), steps))
        firsts = (items[one] for one in steps if one in items)
        with no_collecting():
            return chunks_among(items, timeframe, chunks), bars_among(firsts, instruments)
