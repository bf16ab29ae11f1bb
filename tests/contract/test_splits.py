"""A jump is kept as it was found, and as it was judged."""

from dataclasses import replace

from tests.builders import ACME, BOLT, day
from tests.contract.backends import Backend, Ports
from tradewind.domain.splits import Split, SplitState
from tradewind.domain.timeframe import MINUTE

JUMP = Split(ACME, day(5), 4.0, SplitState.SUSPECTED, 499.23, 127.58)


def test_a_jump_comes_back_as_it_was_put(backend: Backend) -> None:
    other = Split(BOLT, day(1), 0.1, SplitState.DENIED)
    for one in (other, JUMP):
        backend.process().splits.put(one)

    assert backend.process().splits.every() == [JUMP, other]


def test_what_was_said_of_a_jump_replaces_what_was_suspected(ports: Ports) -> None:
    ports.splits.put(JUMP)
    ports.splits.put(JUMP.becomes(SplitState.CONFIRMED, 5.0))

    assert ports.splits.every() == [Split(ACME, day(5), 5.0, SplitState.CONFIRMED, 499.23, 127.58)]


def test_what_was_said_of_a_jump_was_said_of_the_same_one_in_bars_of_another_length_and_of_no_other(
    ports: Ports,
) -> None:
    later, back = replace(JUMP, ts=JUMP.ts + 915 * MINUTE), replace(JUMP, ts=JUMP.ts + 930 * MINUTE, factor=0.25)
    another, tomorrow = replace(JUMP, instrument=BOLT), replace(JUMP, ts=day(6))
    for one in (JUMP, another, later, back, tomorrow):
        ports.splits.put(one)

    ports.splits.put(later.becomes(SplitState.CONFIRMED, 5.0))

    judged = [one.becomes(SplitState.CONFIRMED, 5.0) for one in (JUMP, later)]
    assert ports.splits.every() == [*judged, back, tomorrow, another]
