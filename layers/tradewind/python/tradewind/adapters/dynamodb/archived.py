"""The warm tier as the archive sees it: what may expire, what changed since, and how far it has come.

| pk | sk | what |
|---|---|---|
| `SHARD#{shard}` | `ARCHIVED` | how far a shard is archived, and whom it had |
"""

from contextlib import suppress
from dataclasses import dataclass

from tradewind.adapters.dynamodb.codec import reading
from tradewind.adapters.dynamodb.failures import ConditionError
from tradewind.adapters.dynamodb.series import DynamoSeries, changed_key, series_key
from tradewind.adapters.dynamodb.table import Condition, Item, expiry, key_of, number, text
from tradewind.application.ports_bars import WARM_DAYS, Archived, ArchivedSeries, Changed
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import SeriesChunk
from tradewind.domain.timeframe import Timeframe


@dataclass(frozen=True, slots=True)
class DynamoArchivedSeries(DynamoSeries, ArchivedSeries):
    """Series chunks in the market table, which expire `days` after they were released."""

    days: float = WARM_DAYS

    def release(self, chunk: SeriesChunk) -> bool:
        """Let a chunk expire if it is stored as given; a repeat gives it no more time."""
        as_read = Condition(
            "#data = :data AND attribute_not_exists(expires_at)",
            {"#data": "data"},
            {":data": {"B": chunk.edition}, ":at": expiry(self.clock, self.days)},
        )
        where = series_key(chunk.instrument, chunk.timeframe), f"{chunk.period:013d}"
        try:
            self.table.update(*where, "SET expires_at = :at", as_read)
        except ConditionError as error:
            return error.item is not None and bytes(error.item["data"]["B"]) == chunk.edition
        return True

    def forget(self, chunk: SeriesChunk) -> bool:
        """Delete a chunk if it is stored as given; one that is not there is forgotten already."""
        as_read = Condition(
            "attribute_not_exists(pk) OR #data = :data", {"#data": "data"}, {":data": {"B": chunk.edition}}
        )
        try:
            self.table.delete(series_key(chunk.instrument, chunk.timeframe), f"{chunk.period:013d}", as_read)
        except ConditionError:
            return False
        return True

    def archived(self, shard: str) -> Archived:
        """Return how far a shard is archived."""
        item = self.table.get(f"SHARD#{shard}", "ARCHIVED")
        if item is None:
            return Archived()
        with reading("/".join(key_of(item))):
            names = tuple(InstrumentId(one) for one in item["instruments"]["S"].split())
            return Archived(int(item["through"]["N"]), int(item["begun"]["N"]), names)

    def advance_archived(self, shard: str, archived: Archived) -> None:
        """Move it forward; never back."""
        values: Item = {
            ":through": number(archived.through),
            ":begun": number(archived.begun),
            ":names": text(" ".join(archived.instruments)),
        }
        not_back = Condition("attribute_not_exists(pk) OR (through <= :through AND begun <= :begun)", values=values)
        with suppress(ConditionError):
            update = "SET through = :through, begun = :begun, instruments = :names"
            self.table.update(f"SHARD#{shard}", "ARCHIVED", update, not_back)

    def changed(self, timeframe: Timeframe) -> list[Changed]:
        """Return the marked months."""
        return [_changed(timeframe, item) for item in self.table.query(f"CHANGED#{timeframe}")]

    def settle(self, changed: Changed) -> None:
        """Forget a mark, unless a later change has taken its place."""
        mark = SeriesChunk(changed.instrument, changed.timeframe, changed.month, 0, ())
        same = Condition("edition = :edition", values={":edition": text(changed.token)})
        with suppress(ConditionError):
            self.table.delete(*changed_key(mark, changed.month), same)


def _changed(timeframe: Timeframe, item: Item) -> Changed:
    with reading("/".join(key_of(item))):
        name, month = item["sk"]["S"].rsplit("#", 1)
        return Changed(InstrumentId(name), timeframe, int(month), item["edition"]["S"])
