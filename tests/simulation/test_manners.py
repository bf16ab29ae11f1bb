"""The simulated services have the manners of the real ones."""

from contextlib import suppress
from functools import partial
from random import Random

import pytest

from tests.simulation.chaos import ALL_POINTS, POINTS, Chaos
from tests.simulation.fifo import DEDUPLICATION, Fifo
from tests.simulation.scheduler import Crash, Scheduler
from tests.simulation.streams import Iterator, Stream
from tradewind.application import dead_letters, ports, ports_market, ports_repair

RNG = Random(1)  # noqa: S311 - chance that repeats


def queue(receives: int = 3) -> Fifo:
    return Fifo(Scheduler(RNG), visibility=1000, receives=receives)


def test_a_group_is_closed_while_one_of_its_messages_is_in_flight() -> None:
    fifo = queue()
    for group, name in (("a", "1"), ("a", "2"), ("b", "3")):
        fifo.send(group, name, name)

    first = fifo.receive(RNG, 1)[0]
    others = fifo.receive(RNG, 10)

    assert {one.group for one in others} == {"a", "b"} - {first.group}


def test_within_a_group_messages_come_in_order() -> None:
    fifo = queue()
    for name in ("1", "2", "3"):
        fifo.send("a", name, name)

    assert [one.body for one in fifo.receive(RNG, 10)] == ["1", "2", "3"]


def test_what_is_not_deleted_comes_again_and_in_the_end_is_a_dead_letter() -> None:
    fifo = queue(receives=2)
    fifo.send("a", "1", "1")
    for _ in range(2):
        assert fifo.receive(RNG, 1)
        fifo.scheduler.now += 1000

    assert fifo.receive(RNG, 1) == []
    assert [one.body for one in fifo.dead] == ["1"]


def test_a_second_copy_is_swallowed_for_five_minutes_and_no_longer() -> None:
    fifo = queue()
    fifo.send("a", "1", "1")

    within = fifo.send("a", "1", "1")
    fifo.scheduler.now += DEDUPLICATION
    beyond = fifo.send("a", "1", "1")

    assert (within, beyond) == (False, True)


def test_a_partition_stays_in_one_stream_shard_and_in_order() -> None:
    stream = Stream.of(Scheduler(RNG), 3)
    for i in range(10):
        stream.append("SLICE#north", str(i))
        stream.append("DECISIONS#north", str(i))

    places = [Iterator(shard, ("SLICE#",)).next_batch(100)[0] for shard in stream.shards]

    assert sorted(places, key=len)[:2] == [[], []]
    assert [sk for _, sk in max(places, key=len)] == [str(i) for i in range(10)]


def test_a_crash_comes_before_the_call_or_after_it() -> None:
    calls: list[str] = []
    chaos = Chaos(RNG, crash=0.5, budget=50)

    for i in range(50):
        with suppress(Crash):
            chaos.around("Ledger.commit", partial(calls.append, str(i)))

    after = chaos.befallen["Ledger.commit", "after"]
    assert len(calls) == 50 - chaos.befallen["Ledger.commit", "before"]
    assert 0 < after < len(calls)


_UNUSED = {
    "Journal": {"append", "after"},  # nothing in the pipeline appends without a transaction, or reads from a number on
    "ExecutionVenue": {"facts", "may_trade", "positions", "rules"},  # of shares; for a person who asks
    "SliceStore": {"newest", "at"},  # for people who look at the market, and where an instrument lacks bars
    "SeriesStore": {"put", "merge_all", "span"},  # for who fetches the past, archives or purges
}


@pytest.mark.parametrize("port", POINTS)
def test_every_method_of_a_port_that_the_pipeline_uses_can_be_crashed(port: str) -> None:
    declared = next(
        getattr(one, port) for one in (ports, ports_market, ports_repair, dead_letters) if hasattr(one, port)
    )
    methods = {name for name in vars(declared) if not name.startswith("_")}

    assert methods - _UNUSED.get(port, set()) - {"between"} <= {
        point.split(".")[1] for point in ALL_POINTS if point.startswith(port)
    }
