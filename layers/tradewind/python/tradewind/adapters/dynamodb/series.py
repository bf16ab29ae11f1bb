"""Series chunks, how far compaction has come, and what was refused.

| pk | sk | what |
|---|---|---|
| `SERIES#{instrument}#{timeframe}` | `{period:013d}` | one chunk of bars |
| `SHARD#{shard}` | `COMPACTED` | `ts_close` up to which slices are in verified chunks |
| `REFUSALS#{shard}` | `{ts:013d}#{instrument}#{reason}` | one refused row |
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from tradewind.adapters.dynamodb.codec import reading
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
    text,
)
from tradewind.application.ports_market import RefusalLog, SeriesStore
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import SeriesChunk, period_start
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import Refusal

REFUSAL_DAYS = 35
"""How long a refusal is kept."""

_LATEST = 10**13 - 1
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class DynamoSeries(SeriesStore):
    """Series chunks in the market table; they do not expire here."""

    table: Table

    def put(self, chunk: SeriesChunk) -> bool:
        """Write unless the stored chunk of that period reaches further; True if written."""
        no_further = Condition(
            "attribute_not_exists(pk) OR through <= :through", values={":through": number(chunk.through)}
        )
        return self._put(chunk, no_further)

    def merge(self, chunk: SeriesChunk, before: SeriesChunk | None) -> bool:
        """Write if what is stored of that period is still what `before` was read from; True if written."""
        unmoved = (
            Condition("#data = :before", {"#data": "data"}, {":before": {"B": before.edition}}) if before else ABSENT
        )
        return self._put(chunk, unmoved)

    def _put(self, chunk: SeriesChunk, condition: Condition) -> bool:
        where = key(_series(chunk.instrument, chunk.timeframe), f"{chunk.period:013d}")
        item = {**where, "through": number(chunk.through), "data": {"B": chunk.to_bytes()}}
        try:
            self.table.put(item, condition)
        except ConditionError:
            return False
        return True

    def chunks(self, instrument: InstrumentId, timeframe: Timeframe, start: int, end: int) -> list[SeriesChunk]:
        """Return the chunks whose periods overlap (start, end], oldest first, strongly consistent."""
        if end <= start:
            return []
        first, last = period_start(timeframe, start), end - 1
        found = self.table.query(_series(instrument, timeframe), first=f"{first:013d}", last=f"{last:013d}")
        return [_chunk(instrument, timeframe, item) for item in found]

    def compacted(self, shard: str) -> int:
        """Return `ts_close` up to which a shard's slices are in verified chunks; 0 if none are."""
        item = self.table.get(f"SHARD#{shard}", "COMPACTED")
        if item is None:
            return 0
        with reading("/".join(key_of(item))):
            return int(item["through"]["N"])

    def advance(self, shard: str, through: int) -> None:
        """Move `compacted` forward to `through`; never back."""
        later = Condition("attribute_not_exists(pk) OR through < :through", values={":through": number(through)})
        with suppress(ConditionError):
            self.table.update(f"SHARD#{shard}", "COMPACTED", "SET through = :through", later)


def _series(instrument: InstrumentId, timeframe: Timeframe) -> str:
    return f"SERIES#{instrument}#{timeframe}"


def _chunk(instrument: InstrumentId, timeframe: Timeframe, item: Item) -> SeriesChunk:
    pk, sk = key_of(item)
    with reading(f"{pk}/{sk}"):
        return SeriesChunk.from_bytes(instrument, timeframe, int(sk), item["data"]["B"])


@dataclass(frozen=True, slots=True)
class DynamoRefusals(RefusalLog):
    """Refused rows in the market table."""

    table: Table
    clock: WallClock
    days: float = REFUSAL_DAYS

    def record(self, shard: str, refusals: Sequence[Refusal]) -> None:
        """Keep each refusal once; reading the keys first makes a repeat cost a read and no write."""
        if not refusals:
            return
        by_key = {_refusal_key(shard, one): one for one in reversed(refusals)}
        there = self.table.get_many(by_key)
        self.table.write_many([self._item(where, one) for where, one in by_key.items() if where not in there])

    def _item(self, where: Key, refusal: Refusal) -> Item:
        return {
            **key(*where),
            "timeframe": text(refusal.timeframe),
            "value": text(refusal.value[:_LONGEST]),
            "expires_at": expiry(self.clock, self.days),
        }


def _refusal_key(shard: str, refusal: Refusal) -> Key:
    """Return where a refusal lies; its time may be nonsense, which is why it was refused, and a key is not."""
    ts = min(max(refusal.ts, 0), _LATEST)
    return f"REFUSALS#{shard}", f"{ts:013d}#{refusal.instrument}#{refusal.reason}"
