"""Decisions are written once; progress moves one version at a time, and checkpoints are whole or absent."""

from dataclasses import replace

import pytest

from tests.builders import ACME, PAPER, bar, day, intent, order_id
from tests.contract.backends import Backend, Ports
from tradewind.application.ports import CheckpointRef, Pending, ShardProgress
from tradewind.domain.decision import Action, Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.errors import ConflictError
from tradewind.domain.messages import BarMessage, IntentMessage
from tradewind.domain.signal import GateReading
from tradewind.domain.timeframe import Timeframe

DECISION = Decision(
    PAPER, "dipper", ACME, Action.ENTER, "ENTRY", 0.7, 1.0, 2.0, order_id(), (GateReading(0.1 + 0.2, 35.0, True),)
)
OWED = (BarMessage(PAPER, ACME, Timeframe.D1, 1, bar(2, 1, 2, 1, 2), 4, "d1ce", "t"), IntentMessage(intent()))
PROGRESS = ShardProgress(
    "daily",
    day(2),
    "d16e57",
    (Pending(PAPER, ACME, order_id()),),
    (CheckpointRef(day(1), "a", 2), CheckpointRef(day(2), "b", 1)),
    owed=3,
    version=1,
)


def record(ts: int = day(2), rev: int = 1, state: str = "d16e57", shard: str = "daily") -> DecisionRecord:
    return DecisionRecord(
        shard, ts, rev, False, "c0ffee", {"k": "c"}, {"dipper": [["rsi", "<"]]}, {"paper#ACME.TEST": 4},
        (DECISION,), OWED, state,
    )  # fmt: skip


def test_decisions_come_back_as_they_were_put(backend: Backend) -> None:
    assert backend.process().decisions.put(record()) == record()

    assert backend.process().decisions.get("daily", day(2), 1) == record()


def test_decisions_that_were_never_put_are_absent(ports: Ports) -> None:
    ports.decisions.put(record())

    assert ports.decisions.get("daily", day(2), 2) is None
    assert ports.decisions.get("daily", day(1), 1) is None


def test_the_first_decisions_stand_and_are_told_to_whoever_comes_second(ports: Ports) -> None:
    ports.decisions.put(record())

    assert ports.decisions.put(record(state="another")) == record()
    assert ports.decisions.get("daily", day(2), 1) == record()


def test_what_was_evaluated_is_told_without_its_start_and_with_its_end(ports: Ports) -> None:
    for ts, rev in ((1, 1), (2, 1), (2, 2), (3, 1), (10, 1)):
        ports.decisions.put(record(day(ts), rev))
    ports.decisions.put(record(day(2), 9, shard="other"))

    assert ports.decisions.evaluated("daily", day(1), day(3)) == {(day(2), 1), (day(2), 2), (day(3), 1)}
    assert ports.decisions.evaluated("daily", 0, 2**42) == {
        (day(ts), rev) for ts, rev in ((1, 1), (2, 1), (2, 2), (3, 1), (10, 1))
    }
    assert ports.decisions.evaluated("daily", day(3), day(3)) == frozenset()


def test_a_new_shard_has_come_nowhere(ports: Ports) -> None:
    assert ports.progress.load("daily") == ShardProgress("daily")


def test_progress_comes_back_as_it_was_saved(backend: Backend) -> None:
    backend.process().progress.save(PROGRESS)

    assert backend.process().progress.load("daily") == PROGRESS
    assert backend.process().progress.load("other") == ShardProgress("other")


@pytest.mark.parametrize("version", [1, 3])
def test_progress_moves_one_version_at_a_time(ports: Ports, version: int) -> None:
    ports.progress.save(PROGRESS)

    with pytest.raises(ConflictError):
        ports.progress.save(replace(PROGRESS, version=version, digest="another"))

    assert ports.progress.load("daily") == PROGRESS


def test_progress_does_not_begin_in_the_middle(ports: Ports) -> None:
    with pytest.raises(ConflictError):
        ports.progress.save(replace(PROGRESS, version=2))


def test_progress_goes_on(ports: Ports) -> None:
    ports.progress.save(PROGRESS)
    later = replace(PROGRESS, watermark=day(3), pending=(), checkpoints=PROGRESS.checkpoints[1:], version=2)

    ports.progress.save(later)

    assert ports.progress.load("daily") == later


@pytest.mark.parametrize("size", [0, 10, 350_000, 900_001])
def test_a_checkpoint_comes_back_whole(backend: Backend, size: int) -> None:
    data = bytes(i % 251 for i in range(size))

    ref = backend.process().progress.put_checkpoint("daily", CheckpointRef(day(1), "one", 0), data)

    assert (ref.ts, ref.name) == (day(1), "one")
    assert ref.chunks > 0
    assert backend.process().progress.get_checkpoint("daily", ref) == data


def test_an_absent_checkpoint_is_none(ports: Ports) -> None:
    ref = ports.progress.put_checkpoint("daily", CheckpointRef(day(1), "one", 0), b"state")

    assert ports.progress.get_checkpoint("daily", replace(ref, name="two")) is None
    assert ports.progress.get_checkpoint("other", ref) is None


def test_a_published_checkpoint_stays_when_another_is_dropped(ports: Ports) -> None:
    first = ports.progress.put_checkpoint("daily", CheckpointRef(day(1), "one", 0), b"first")
    ports.progress.save(replace(PROGRESS, checkpoints=(first,)))
    second = ports.progress.put_checkpoint("daily", CheckpointRef(day(2), "two", 0), b"second")

    ports.progress.save(replace(PROGRESS, checkpoints=(second,), version=2))

    assert ports.progress.get_checkpoint("daily", second) == b"second"
