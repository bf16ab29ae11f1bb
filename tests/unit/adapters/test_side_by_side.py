"""What is done with several at once: none waits for another, and who never ends has failed for now."""

from collections.abc import Iterator
from threading import Barrier, Event

import pytest

from tests.fakes.alerts import FakeAlerts, FakeChannel
from tests.fakes.world import FakeClock, FakePause
from tradewind.adapters.side_by_side import side_by_side
from tradewind.application.ports import AlertChannel
from tradewind.application.send_alert import SendAlert
from tradewind.domain import events
from tradewind.domain.alerting import ChannelRules
from tradewind.domain.errors import TransientError

SOON = 0.05
"""Seconds that are waited for whoever never ends: the only time that these tests take."""


@pytest.fixture
def end() -> Iterator[Event]:
    """Return what lets everything end that waits for it, at the latest when the test is over."""
    made = Event()
    yield made
    made.set()


def test_everything_is_at_work_at_the_same_time() -> None:
    meeting = Barrier(3, timeout=10)  # each waits until all three are there

    assert side_by_side(10)("abc", lambda _: meeting.wait()) == []


def test_what_fails_is_told_with_its_error_and_nothing_is_done_with_nobody() -> None:
    error = TransientError("later")

    def do(one: str) -> None:
        if one == "b":
            raise error

    assert side_by_side(10)("abc", do) == [("b", error)]
    assert side_by_side(10)("", do) == []


def test_two_channels_that_never_answer_keep_no_third_from_being_told_and_what_was_sent_is_noted(end: Event) -> None:
    class Hangs(AlertChannel):
        def send(self, alert_id: str, event: events.Event, ts: int) -> None:
            end.wait(10)

    third, store, halted = FakeChannel(), FakeAlerts(), events.Event("X", events.Severity.CRITICAL, "halted")
    rules = [ChannelRules(name, "webhook") for name in "abc"]
    channels = {"a": Hangs(), "b": Hangs(), "c": third}
    send = SendAlert(rules, channels, store, FakeClock(5), FakePause(), side_by_side(SOON))

    with pytest.raises(ExceptionGroup, match="failed on 2 of 3"):
        send("system-1-0", halted, 5)

    late = "failed: no answer within 0.05 seconds"
    assert third.sent == [("system-1-0", halted, 5)]
    assert store.deliveries[5, "system-1-0"].outcomes == {"c": "sent", "a": late, "b": late}
