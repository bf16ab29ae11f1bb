"""A day's membership is written once, and the latest one before a day is what held on it."""

from dataclasses import replace

from tests.contract.backends import Backend, Ports
from tests.unit.domain.test_universe import candidate
from tradewind.application.refresh_universe import Membership

AAA, BBB = candidate("AAA", volatility=0.1, trend=-0.25, days=30), candidate("BBB", tick=None, lot=None)
FIRST = Membership("bybit-90", 20_000, (AAA.id,), (AAA, BBB))


def test_a_membership_comes_back_as_it_was_put(backend: Backend) -> None:
    whole = replace(FIRST, listed=(AAA, replace(BBB, volatility=0.0, trend=0.0)))

    assert backend.process().universes.put(whole) is True
    assert backend.process().universes.on("bybit-90", 20_000) == whole


def test_a_day_is_written_once(ports: Ports) -> None:
    ports.universes.put(FIRST)

    assert ports.universes.put(replace(FIRST, members=())) is False
    found = ports.universes.on("bybit-90", 20_000)
    assert found
    assert found.members == (AAA.id,)


def test_what_held_on_a_day_is_the_latest_up_to_it(ports: Ports) -> None:
    ports.universes.put(FIRST)
    ports.universes.put(replace(FIRST, day=20_010, members=()))
    ports.universes.put(replace(FIRST, universe="other", day=19_000))

    found = {day: ports.universes.on("bybit-90", day) for day in (19_999, 20_000, 20_009, 20_010, 20_400)}

    assert [one.day if one else 0 for one in found.values()] == [0, 20_000, 20_000, 20_010, 20_010]


def test_who_knows_one_day_is_told_of_the_next_as_well(backend: Backend) -> None:
    mine, other = backend.process().universes, backend.process().universes
    first = replace(FIRST, listed=(AAA,))
    later = replace(first, day=20_010, members=())
    other.put(first)
    assert mine.on("bybit-90", 20_010) == mine.on("bybit-90", 20_010) == first

    other.put(later)

    assert [mine.on("bybit-90", day) for day in (20_010, 20_010, 20_009, 19_999)] == [later, later, first, None]
    assert mine.on("other", 20_010) is None


def test_who_belonged_day_by_day_begins_with_what_held_on_the_first_day(ports: Ports) -> None:
    for day, members in ((20_000, [AAA]), (20_010, [AAA, BBB]), (20_020, [BBB]), (20_030, [])):
        ports.universes.put(replace(FIRST, day=day, members=tuple(one.id for one in members)))
    ports.universes.put(replace(FIRST, universe="other", day=20_011))

    found = ports.universes.between("bybit-90", 20_005, 20_020)

    assert (found.name, found.days) == ("bybit-90", (20_000, 20_010, 20_020))
    assert found.members == (frozenset({AAA.id}), frozenset({AAA.id, BBB.id}), frozenset({BBB.id}))
    assert ports.universes.between("bybit-90", 20_010, 20_012).days == (20_010,)
    assert ports.universes.between("bybit-90", 19_000, 20_000).days == (20_000,)
    assert ports.universes.between("bybit-90", 19_000, 19_999).days == ()


def test_a_large_universe_fits_into_an_item(ports: Ports) -> None:
    everything = tuple(candidate(f"COIN{number}", volatility=number / 7, trend=1 / 3) for number in range(611))

    assert ports.universes.put(replace(FIRST, members=tuple(one.id for one in everything), listed=everything))
