"""A jump is kept as it was found, and as it was judged."""

from tests.builders import ACME, BOLT, day
from tests.contract.backends import Backend, Ports
from tradewind.domain.splits import Split, SplitState

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
