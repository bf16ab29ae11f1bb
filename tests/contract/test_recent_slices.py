"""Who looks at the latest slices again and again is answered as the table would, and searches it only where he must."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.builders import ACME
from tests.contract.backends import AwsBackend
from tradewind.adapters.dynamodb.items_ahead import ItemsAhead
from tradewind.adapters.dynamodb.recent import RecentSlices
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.table import Item, Table
from tradewind.domain.bar import Bar
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import MINUTE, Timeframe


@dataclass(frozen=True)
class Searched(Table):
    """A table that tells what was searched in it."""

    searched: list[str] = field(default_factory=list)

    def query(self, pk: str, **options: Any) -> Iterator[Item]:
        self.searched.append(pk)
        return Table.query(self, pk, **options)


def slice_at(minute: int, rev: int = 1, close: float = 1.0) -> Slice:
    ts = minute * MINUTE
    bar = Bar(ts - MINUTE, ts, close, close, close, close, 1.0)
    return Slice("fast", Timeframe.M1, ts, {ACME: bar}, rev=rev)


@dataclass
class World:
    """The table, who writes, and who looks; `minute` is what it is."""

    table: Searched
    minute: int = 4

    def __post_init__(self) -> None:
        self.written = DynamoSlices(self.table, lambda: 0.0)
        frames = {"fast": Timeframe.M1}
        self.seen = RecentSlices(self.table, lambda: 0.0, frames=frames, now=lambda: self.minute * MINUTE + 30_000)

    def has(self, *slices: Slice) -> None:
        assert all(self.written.put(one) for one in slices)

    def agrees(self, start: int, end: int) -> None:
        """See that both say the same, and how often that took a search."""
        expected = self.written.latest("fast"), self.written.between("fast", start * MINUTE, end * MINUTE)
        self.table.searched.clear()

        assert (self.seen.latest("fast"), self.seen.between("fast", start * MINUTE, end * MINUTE)) == expected


@pytest.fixture
def world(aws: AwsBackend) -> World:
    world = World(Searched(aws.market.client, aws.market.name))
    world.has(slice_at(1), slice_at(2), slice_at(4))
    world.agrees(0, 4)
    assert world.table.searched == ["SLICE#fast"]  # once, to learn which is the latest
    return world


def test_what_has_not_changed_is_known(world: World) -> None:
    world.agrees(1, 4)

    assert world.table.searched == []


def test_the_next_bars_corrections_and_latecomers_are_found_without_a_search(world: World) -> None:
    world.minute = 6
    world.has(slice_at(5), slice_at(2, 2, 1.5), slice_at(2, 3, 1.7), slice_at(3))
    world.agrees(1, 6)
    assert world.table.searched == []

    world.has(slice_at(6), slice_at(5, 2, 1.5))
    world.agrees(1, 6)
    assert world.table.searched == []


def test_after_a_long_silence_the_table_is_searched(world: World) -> None:
    world.minute = 400
    world.has(slice_at(390))
    world.agrees(380, 400)

    assert world.table.searched[0] == "SLICE#fast"
    world.minute = 401
    world.agrees(395, 401)
    assert world.table.searched == []


def test_time_that_is_recorded_proves_nothing_and_is_searched(world: World) -> None:
    world.seen = RecentSlices(world.table, lambda: 0.0, frames={"fast": Timeframe.M1})
    world.agrees(0, 4)
    world.has(slice_at(900))
    world.agrees(0, 900)

    assert len(world.table.searched) == 2


def test_what_is_read_ahead_is_all_that_a_look_at_new_bars_asks_for(world: World) -> None:
    world.agrees(1, 4)
    world.has(slice_at(5))
    world.minute = 5
    assert world.seen.latest("fast") == 5 * MINUTE  # another question has come upon it without its bars
    world.minute = 6
    world.has(slice_at(6))
    items, seen, asked = ItemsAhead(world.table.client), world.seen, []
    keys = [*(seen.keys_between("fast", MINUTE, 6 * MINUTE) or ()), *(seen.next_keys("fast") or ())]
    items.read({world.table.name: [*keys, *seen.second_keys("fast")]})
    events = world.table.client.meta.events
    expected = world.written.latest("fast"), world.written.between("fast", MINUTE, 6 * MINUTE)

    def note(model: Any, **_: Any) -> None:
        asked.append(model.name)

    events.register("before-call.dynamodb", note)
    try:
        ahead = replace(seen, table=replace(world.table, ahead=items))
        found = ahead.latest("fast"), ahead.between("fast", MINUTE, 6 * MINUTE)
    finally:
        events.unregister("before-call.dynamodb", note)

    assert (found, asked) == (expected, [])
    world.has(slice_at(6, 2, 1.5))
    assert seen.second_keys("fast") == []  # it was seen: its next edition is asked for with all others
    world.agrees(1, 6)
