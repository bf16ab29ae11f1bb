"""Slices: written once, read in order, and what came late waits until it is settled."""

from dataclasses import replace

import pytest

from tests.builders import ACME, BOLT, bar, day
from tests.contract.backends import Backend, Ports
from tradewind.domain.bar import Bar
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import Timeframe


def slice_at(number: int, rev: int = 1, shard: str = "daily", close: float = 1.1) -> Slice:
    return Slice(shard, Timeframe.D1, day(number), {ACME: bar(number, 1, 2, 0.1 + 0.2, close)}, {BOLT: "MISSING"}, rev)


def put(ports: Ports, *slices: Slice) -> None:
    assert all(ports.slices.put(one) for one in slices)


def test_an_empty_shard_has_no_slices(ports: Ports) -> None:
    assert ports.slices.latest("daily") == 0
    assert ports.slices.after("daily", 0, 10) == []
    assert ports.slices.late("daily") == []


def test_a_slice_comes_back_as_it_was_put(backend: Backend) -> None:
    put(backend.process(), slice_at(3))

    assert backend.process().slices.after("daily", 0, 10) == [slice_at(3)]
    assert backend.process().slices.latest("daily") == day(3)


def test_a_slice_is_written_once(ports: Ports) -> None:
    put(ports, slice_at(3))

    assert ports.slices.put(slice_at(3, close=1.2)) is False
    assert ports.slices.after("daily", 0, 10) == [slice_at(3)]


def test_a_correction_is_written_once_and_waits_once(ports: Ports) -> None:
    put(ports, slice_at(3), slice_at(3, rev=2, close=1.2))
    ports.slices.settle_late(slice_at(3, rev=2, close=1.2))

    assert ports.slices.put(slice_at(3, rev=2, close=1.3)) is False
    assert ports.slices.late("daily") == []


def test_slices_come_by_time_and_then_revision(ports: Ports) -> None:
    put(ports, slice_at(10), slice_at(2, rev=2), slice_at(2), slice_at(1))

    found = ports.slices.after("daily", 0, 10)

    assert [(one.ts_close, one.rev) for one in found] == [(day(1), 1), (day(2), 1), (day(2), 2), (day(10), 1)]
    assert ports.slices.latest("daily") == day(10)


def test_the_newest_slice_is_the_last_revision_of_the_latest(ports: Ports) -> None:
    assert ports.slices.newest("daily") is None

    put(ports, slice_at(2), slice_at(10), slice_at(10, rev=2, close=1.2), slice_at(3), slice_at(11, shard="other"))

    assert ports.slices.newest("daily") == slice_at(10, rev=2, close=1.2)


def test_bars_are_told_by_instrument_and_corrections_apart(ports: Ports) -> None:
    put(ports, slice_at(1), slice_at(2), slice_at(2, rev=2, close=1.2), slice_at(3), slice_at(4))

    found = ports.slices.bars("daily", Timeframe.D1, [ACME, BOLT], day(1), day(3))

    first, corrected = found[ACME].pop(day(2)), slice_at(2, rev=2, close=1.2)
    assert first in {slice_at(2).bars[ACME], corrected.bars[ACME]}
    assert found == {ACME: {day(3): slice_at(3).bars[ACME]}, BOLT: {}}
    assert ports.slices.unpacked("daily") == [corrected]


@pytest.mark.parametrize("last", [3, 99])
def test_of_few_steps_and_of_many_every_bar_is_told(ports: Ports, last: int) -> None:
    minute, ms = Timeframe.M1, Timeframe.M1.ms
    closes = [day(1) + k * ms for k in range(1, 101)]
    slices = [
        Slice("minutes", minute, ts, {ACME: Bar(ts - ms, ts, 1.0, 2.0, 0.5, 1.1, float(ts))}, {}) for ts in closes
    ]
    put(ports, *slices)

    found = ports.slices.bars("minutes", minute, [BOLT, ACME], closes[0], closes[last])

    assert found[BOLT] == {}
    assert sorted(found[ACME].values()) == [one.bars[ACME] for one in slices[1 : last + 1]]


def test_a_watermark_neither_repeats_nor_skips(ports: Ports) -> None:
    put(ports, *map(slice_at, range(1, 6)))

    assert ports.slices.after("daily", day(2), 10) == list(map(slice_at, range(3, 6)))


def test_a_limit_is_kept(ports: Ports) -> None:
    put(ports, *map(slice_at, range(1, 6)))

    assert ports.slices.after("daily", 0, 2) == [slice_at(1), slice_at(2)]


def test_a_limit_does_not_part_the_revisions_of_a_timestep(ports: Ports) -> None:
    put(ports, *(slice_at(1, rev) for rev in (1, 2, 3)), slice_at(2))

    assert ports.slices.after("daily", 0, 1) == [slice_at(1, rev) for rev in (1, 2, 3)]
    assert ports.slices.after("daily", 0, 2) == [slice_at(1, rev) for rev in (1, 2, 3)]


def test_a_span_excludes_its_start_and_includes_its_end(ports: Ports) -> None:
    put(ports, *map(slice_at, range(1, 6)), slice_at(4, rev=2))

    found = ports.slices.between("daily", day(2), day(4))

    assert found == [slice_at(3), slice_at(4), slice_at(4, rev=2)]
    assert ports.slices.between("daily", day(4), day(4)) == []


def test_of_some_times_the_last_revisions_are_told(ports: Ports) -> None:
    for number, last in ((1, 1), (2, 3), (3, 2), (5, 4)):
        for rev in range(1, last + 1):
            put(ports, slice_at(number, rev))

    found = ports.slices.at("daily", [day(number) for number in (5, 4, 2, 1)])

    assert {ts: (one.ts_close, one.rev) for ts, one in found.items()} == {
        day(number): (day(number), rev) for number, rev in ((5, 4), (2, 3), (1, 1))
    }
    assert ports.slices.at("daily", []) == {}


def test_shards_are_apart(ports: Ports) -> None:
    put(ports, slice_at(1), slice_at(2, shard="daily-2"), slice_at(2, 2, shard="daily-2"))

    assert ports.slices.after("daily", 0, 10) == [slice_at(1)]
    assert ports.slices.latest("daily") == day(1)
    assert ports.slices.late("daily") == []


def test_a_first_edition_is_found_by_its_time(ports: Ports) -> None:
    put(ports, slice_at(1), slice_at(2), slice_at(2, rev=2, close=1.2), slice_at(3, rev=2))

    assert ports.slices.first_edition("daily", day(2)) == slice_at(2)
    assert ports.slices.first_edition("daily", day(3)) is None
    assert ports.slices.first_edition("daily", day(2) + 1) is None
    assert ports.slices.first_edition("other", day(2)) is None


def test_corrections_wait_oldest_first_until_they_are_settled(ports: Ports) -> None:
    put(ports, slice_at(1), slice_at(2), slice_at(2, rev=2), slice_at(1, rev=2))
    assert ports.slices.late("daily") == [slice_at(1, rev=2), slice_at(2, rev=2)]

    ports.slices.settle_late(slice_at(1, rev=2))
    ports.slices.settle_late(slice_at(1, rev=2))

    assert ports.slices.late("daily") == [slice_at(2, rev=2)]
    assert ports.slices.after("daily", 0, 10)[1] == slice_at(1, rev=2)


def test_a_first_edition_waits_only_where_it_is_marked(ports: Ports) -> None:
    put(ports, slice_at(1), slice_at(2))

    ports.slices.mark_late(slice_at(1))
    ports.slices.mark_late(slice_at(1))

    assert ports.slices.late("daily") == [slice_at(1)]


def test_a_correction_is_unpacked_until_it_is_released(backend: Backend) -> None:
    put(backend.process(), slice_at(1), slice_at(2), slice_at(2, rev=2), slice_at(1, rev=2), slice_at(1, 2, "daily-2"))
    assert backend.process().slices.unpacked("daily") == [slice_at(1, rev=2), slice_at(2, rev=2)]

    for _ in range(2):
        backend.process().slices.release([slice_at(1), slice_at(1, rev=2)])

    assert backend.process().slices.unpacked("daily") == [slice_at(2, rev=2)]
    assert backend.process().slices.after("daily", 0, 1) == [slice_at(1), slice_at(1, rev=2)]


def test_releasing_what_has_expired_writes_nothing(ports: Ports) -> None:
    ports.slices.release([slice_at(1), slice_at(1, rev=2)])

    assert ports.slices.latest("daily") == 0


def test_a_slice_of_another_timeframe_keeps_it(ports: Ports) -> None:
    minute = Slice("minutes", Timeframe.M1, day(1), {}, {ACME: "MISSING"})
    put(ports, minute)

    assert ports.slices.after("minutes", 0, 10) == [replace(minute)]
