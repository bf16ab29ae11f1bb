"""Holes wait, the latest first, until they are closed."""

from dataclasses import replace

from tests.builders import day
from tests.contract.backends import Backend, Ports
from tradewind.application.ports_repair import Hole


def hole(number: int, shard: str = "daily") -> Hole:
    return Hole(shard, day(number), due=day(number) + 1)


def test_holes_come_latest_first_up_to_a_limit(backend: Backend) -> None:
    for one in (hole(1), hole(3), hole(2), hole(9, "other")):
        backend.process().holes.note(one)

    assert backend.process().holes.open("daily") == [hole(3), hole(2), hole(1)]
    assert backend.process().holes.open("daily", 9) == [hole(3), hole(2), hole(1)]
    assert backend.process().holes.open("daily", 2) == [hole(3), hole(2)]


def test_a_hole_remembers_how_often_it_was_asked_for_until_it_is_closed(ports: Ports) -> None:
    ports.holes.note(hole(1))
    ports.holes.note(replace(hole(1), tries=4, due=day(2)))
    assert ports.holes.open("daily", 9) == [Hole("daily", day(1), 4, day(2))]

    ports.holes.close(hole(1))
    ports.holes.close(hole(1))

    assert ports.holes.open("daily", 9) == []
