"""Slices and chunks of one table are read together: what is told is what both tell apart, in two requests."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.builders import ACME, BOLT
from tests.contract.backends import WALL, AwsBackend
from tests.contract.test_on_dynamodb import Counted
from tradewind.adapters.dynamodb import near_tiers
from tradewind.adapters.dynamodb.archived import DynamoArchivedSeries
from tradewind.adapters.dynamodb.near_tiers import DynamoNearTiers
from tradewind.adapters.dynamodb.slice_log import read_step_key
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.table import Item, Key, Table
from tradewind.application.bar_repository import TieredBars
from tradewind.application.compact_bars import CompactBars
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Shard
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import MINUTE, Timeframe

SHARD = Shard("minutes", Timeframe.M1, "fake", (ACME, BOLT))
HOUR = 60 * MINUTE
BEGIN = (WALL * 1000) // HOUR * HOUR - 3 * HOUR
END = BEGIN + 150 * MINUTE


def minute(close: int, *, rev: int = 1) -> Slice:
    price = 100 + close / MINUTE % 7 / 3 + rev
    names = (ACME, BOLT) if close // MINUTE % 5 else (ACME,)
    bars = {name: Bar(close - MINUTE, close, price, price + 1, price - 1, price, float(len(name))) for name in names}
    return Slice(SHARD.name, Timeframe.M1, close, bars, rev=rev)


def stored(table: Table) -> tuple[DynamoSlices, DynamoArchivedSeries]:
    return DynamoSlices(table, lambda: WALL), DynamoArchivedSeries(table, lambda: WALL)


def compact(table: Table) -> None:
    CompactBars(*stored(table), lookback=60)(SHARD)


def together(table: Table) -> TieredBars:
    slices, series = stored(table)
    return TieredBars([SHARD], slices, series, near=DynamoNearTiers(slices, series))


@pytest.fixture
def market(aws: AwsBackend) -> Table:
    """Two hours and a half, of which two are packed, with a correction on either side that is not."""
    slices, _ = stored(aws.market)
    for close in range(BEGIN + MINUTE, BEGIN + 2 * HOUR + 1, MINUTE):
        slices.put(minute(close))
    compact(aws.market)
    for close in range(BEGIN + 2 * HOUR + MINUTE, END + 1, MINUTE):
        slices.put(minute(close))
    for close in (BEGIN + 90 * MINUTE, END - 9 * MINUTE):
        slices.put(minute(close, rev=2))
    return aws.market


@pytest.mark.parametrize(
    ("start", "end"),
    [(BEGIN, END), (BEGIN - 40 * HOUR, END), (BEGIN, BEGIN + HOUR), (END - HOUR // 4, END), (END, END + HOUR)],
)
def test_what_is_read_together_is_what_both_stores_tell_apart(market: Table, start: int, end: int) -> None:
    apart = TieredBars([SHARD], *stored(market)).histories([BOLT, ACME], Timeframe.M1, start, end)

    found = together(market).histories([BOLT, ACME], Timeframe.M1, start, end)

    assert found == apart
    assert len(found[ACME]) == len([ts for ts in range(start + MINUTE, end + 1, MINUTE) if BEGIN < ts <= END])


def test_slices_and_chunks_are_one_request_after_what_waits_to_be_packed(market: Table) -> None:
    client = Counted(market.client)

    together(Table(client, market.name)).histories([ACME, BOLT], Timeframe.M1, BEGIN, END)  # type: ignore[arg-type]

    waiting, read = client.calls[:-1], client.calls[-1:]
    assert (waiting, read) == (["query", "batch_get_item"], ["batch_get_item"])  # the first two for what waits


@dataclass(frozen=True)
class Packed(Table):
    """A table that is compacted around the reading of chunks."""

    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        wanted = list(keys)
        if not any(pk.startswith("SERIES#") for pk, _ in wanted):
            return super().get_many(wanted)
        self.before()
        found = super().get_many(wanted)
        self.after()
        return found


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_correction_that_is_packed_while_it_is_read_is_told(market: Table, when: str) -> None:
    expected = TieredBars([SHARD], *stored(market)).history(ACME, Timeframe.M1, BEGIN, END)
    meanwhile: dict[str, Any] = {when: lambda: compact(market)}
    while_read = Packed(market.client, market.name, **meanwhile)

    found = together(while_read).history(ACME, Timeframe.M1, BEGIN, END)

    assert found == expected
    assert {minute(ts, rev=2).bars[ACME] for ts in (BEGIN + 90 * MINUTE, END - 9 * MINUTE)} < set(found)
    assert [one.ts_close for one in stored(market)[0].unpacked(SHARD.name)] == [END - 9 * MINUTE]


@dataclass(frozen=True)
class Listed(Table):
    """A table that remembers which slices it was asked for."""

    asked: list[int] = field(default_factory=list)

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        wanted = list(keys)
        self.asked.extend(read_step_key(sk)[0] for pk, sk in wanted if pk.startswith("SLICE#") and sk.endswith("#0001"))
        return super().get_many(wanted)


def test_a_slice_is_read_once_for_all_instruments_and_one_that_was_not_there_again(market: Table) -> None:
    table = Listed(market.client, market.name)
    tiers, late = together(table), END + MINUTE
    first = tiers.history(ACME, Timeframe.M1, BEGIN, late)
    table.asked.clear()
    stored(market)[0].put(minute(late))

    found = tiers.histories([ACME, BOLT], Timeframe.M1, BEGIN, late)

    assert table.asked == [late]
    assert found == together(market).histories([ACME, BOLT], Timeframe.M1, BEGIN, late)
    assert (found[ACME][:-1], len(found[BOLT])) == (first, 121)


def test_no_more_slices_stay_known_than_there_is_room_for(market: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_tiers, "_KNOWN", 5)
    table = Listed(market.client, market.name)
    tiers = together(table)
    first = tiers.history(ACME, Timeframe.M1, BEGIN, END)
    table.asked.clear()

    assert tiers.history(ACME, Timeframe.M1, BEGIN, END) == first
    assert table.asked == list(range(BEGIN + 2 * HOUR + MINUTE, END - 5 * MINUTE + 1, MINUTE))
