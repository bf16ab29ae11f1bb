"""What was found lately is told again for some seconds and not longer, and all of it is never due at once."""

from collections import Counter
from dataclasses import dataclass, field

import pytest

from tradewind.adapters.lately import Lately
from tradewind.domain.errors import TransientError

PLACES = [f"queue-{number}" for number in range(20)]


@dataclass
class World:
    """Places whose counts are the time itself, and how often each was looked up."""

    now: float = 1_000.0
    looks: Counter[str] = field(default_factory=Counter)
    gone: bool = False

    def look(self, place: str) -> float:
        if self.gone:
            raise TransientError("not now")
        self.looks[place] += 1
        return self.now

    def clock(self) -> float:
        return self.now


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def lately(world: World) -> Lately[float]:
    return Lately(world.look, world.clock, seconds=10)


def test_nothing_is_told_that_is_as_old_as_said(world: World, lately: Lately[float]) -> None:
    steps = (0.0, 0.1, 4.9, 5.0, 3.3, 9.99, 10.0, 0.01, 1e6, 2.5)
    for step in (*steps, *steps):
        world.now += step
        found = lately.at(PLACES)
        assert list(found) == PLACES
        assert all(0 <= world.now - at < 10 for at in found.values())


def test_each_place_is_looked_up_once_in_that_time_and_few_at_a_time(world: World, lately: Lately[float]) -> None:
    lately.at(PLACES)  # knows nothing, and asks for all
    before, most = world.looks.total(), 0
    for _ in range(20):  # a hundred seconds
        world.now += 5
        sofar = world.looks.total()
        lately.at(PLACES)
        most = max(most, world.looks.total() - sofar)

    assert world.looks.total() - before == 10 * len(PLACES)
    assert most <= 11  # half of them at a time


def test_some_of_the_places_are_told_as_with_all(world: World, lately: Lately[float]) -> None:
    lately.at(PLACES)
    world.now += 0.001
    looked = world.looks.total()

    assert list(lately.at(PLACES[7:9])) == PLACES[7:9]
    assert lately.at([]) == {}
    assert world.looks.total() - looked <= 1


def test_a_place_that_cannot_be_looked_up_is_not_told_from_memory(world: World, lately: Lately[float]) -> None:
    lately.at(PLACES)
    world.now, world.gone = world.now + 10, True
    with pytest.raises(TransientError):
        lately.at(PLACES)

    world.gone = False
    assert set(lately.at(PLACES).values()) == {world.now}
