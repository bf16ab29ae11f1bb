from dataclasses import dataclass, field

import pytest

from tests.fakes.ledger import FakeJournal
from tests.fakes.world import FakeTopic
from tradewind.application.publish_events import QUIET, SYSTEM, PublishEvents
from tradewind.domain.errors import TransientError
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import START


def event(kind: str = "ORDER_FILLED") -> Event:
    return Event(kind, Severity.INFO, f"{kind} happened")


@dataclass
class Failing(FakeTopic):
    """Fails before or after it has taken one alert."""

    fails_at: int = -1
    after: bool = False

    def publish(self, alert_id: str, event: Event, ts: int) -> None:
        failing = len(self.published) == self.fails_at
        if failing:
            self.fails_at = -1
        if not failing or self.after:
            super().publish(alert_id, event, ts)
        if failing:
            raise TransientError("the topic went away")


@dataclass
class World:
    topic: FakeTopic = field(default_factory=FakeTopic)
    journal: FakeJournal = field(default_factory=FakeJournal)

    def __post_init__(self) -> None:
        self.publish = PublishEvents(self.journal, self.topic, ("paper", "second", SYSTEM))

    def write(self, *kinds: str, journal: str = "paper") -> None:
        """Append one entry with these events."""
        seq, head = self.journal.head(journal)
        self.journal.append(JournalEntry(journal, seq + 1, seq + 1000, tuple(map(event, kinds)), head or START))

    def ids(self) -> list[str]:
        return [alert_id for alert_id, _, _ in self.topic.published]


def test_every_event_is_announced_once_with_its_place_in_the_journal_as_id() -> None:
    world = World()
    world.write("ORDER_FILLED", "POSITION_CLOSED")
    world.write("ORDER_DENIED")

    assert world.publish(["paper"]) == 3
    assert world.ids() == ["paper-1-0", "paper-1-1", "paper-2-0"]
    assert world.topic.published[2][1:] == (event("ORDER_DENIED"), 1001)
    assert world.publish(["paper"]) == 0


def test_what_nobody_needs_to_hear_is_passed_over_and_counts_as_announced() -> None:
    world = World()
    world.write(*sorted(QUIET), "ORDER_FILLED")

    assert world.publish(["paper"]) == 1
    assert world.ids() == [f"paper-1-{len(QUIET)}"]
    assert world.journal.published("paper") == 1


@pytest.mark.parametrize("kind", ["ORDER_DENIED", "ORDER_REJECTED", "ORDER_UNKNOWN", "ORDER_EXPIRED", "ORDER_FILLED",
                                  "INSTRUMENT_HALTED", "FORESEEN_OTHERWISE", "TRADING_STATE_CHANGED"])  # fmt: skip
def test_what_matters_is_never_quiet(kind: str) -> None:
    assert kind not in QUIET


def test_a_journal_that_has_fallen_far_behind_is_announced_whole() -> None:
    world = World()
    for _ in range(250):
        world.write("ORDER_FILLED")

    assert world.publish(["paper"]) == 250
    assert world.journal.published("paper") == 250


def test_only_the_journals_that_woke_us_are_read_and_system_reads_them_all() -> None:
    world = World()
    for name in ("paper", "second", SYSTEM):
        world.write("ORDER_FILLED", journal=name)

    assert (world.publish(["second"]), world.ids()) == (1, ["second-1-0"])
    assert world.publish([SYSTEM]) == 2
    assert world.publish(["nobody"]) == 0


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_a_failing_topic_loses_nothing_and_repeats_carry_the_same_id(fails_at: int, after: bool) -> None:
    world = World(Failing(fails_at=fails_at, after=after))
    world.write("A")
    world.write("B", "C")
    with pytest.raises(TransientError):
        world.publish(["paper"])

    world.publish(["paper"])

    assert set(world.ids()) == {"paper-1-0", "paper-2-0", "paper-2-1"}
    assert {alert_id: told for alert_id, told, _ in world.topic.published} == {
        "paper-1-0": event("A"), "paper-2-0": event("B"), "paper-2-1": event("C")
    }  # fmt: skip


def test_nothing_counts_as_announced_before_the_topic_has_it() -> None:
    world = World(Failing(fails_at=0))
    world.write("A")
    with pytest.raises(TransientError):
        world.publish(["paper"])

    assert world.journal.published("paper") == 0
