"""Every channel that wants an alert gets it once; what is held back is told of, and what fails comes again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.fakes.alerts import FakeAlerts, FakeChannel
from tests.fakes.world import FakeClock, FakePause
from tradewind.application.send_alert import SendAlert
from tradewind.domain.alerting import HOUR, ChannelRules, Topic, channels_of, topic_of
from tradewind.domain.errors import PermanentError, TransientError
from tradewind.domain.events import Event, Severity
from tradewind.domain.timeframe import MINUTE

FILLED = Event("ORDER_FILLED", Severity.INFO, "ENTRY BUY 1 ACME.TEST filled at 100", "ACME.TEST")
STALE = Event("HEALTH_FAILING", Severity.CRITICAL, "freshness a: 7 minutes late", "", {"check": "freshness a"})
WARNING = Event("ORDER_DENIED", Severity.WARNING, "ENTRY BUY 1 DENIED: MAX_EXPOSURE: 5 exceeds 4", "ACME.TEST")
NOON = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp() * 1000)
PLAIN = ChannelRules("a", "webhook")


@dataclass
class World:
    rules: Sequence[ChannelRules] = (PLAIN,)
    store: FakeAlerts = field(default_factory=FakeAlerts)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))

    def __post_init__(self) -> None:
        self.channels = {one.name: FakeChannel() for one in self.rules}
        self.send = SendAlert(self.rules, self.channels, self.store, self.clock, FakePause())

    def sent(self, name: str = "a") -> list[str]:
        return [alert_id for alert_id, _, _ in self.channels[name].sent]

    def texts(self, name: str = "a") -> list[str]:
        return [event.text for _, event, _ in self.channels[name].sent]


def test_every_channel_gets_the_alert() -> None:
    world = World([PLAIN, replace(PLAIN, name="b")])

    world.send("paper-1-0", FILLED, 5)

    assert [channel.sent for channel in world.channels.values()] == [[("paper-1-0", FILLED, 5)]] * 2


def test_a_channel_that_fails_keeps_no_other_from_being_tried_and_alone_is_tried_again() -> None:
    world = World([replace(PLAIN, name=name) for name in "abc"])
    first, second = TransientError("later"), PermanentError("never")
    world.channels["a"].fails, world.channels["c"].fails = [first], [second]

    with pytest.raises(ExceptionGroup, match="alert paper-1-0 failed on 2 of 3 channels") as failed:
        world.send("paper-1-0", FILLED, 5)
    world.send("paper-1-0", FILLED, 5)
    world.send("paper-1-0", FILLED, 5)

    assert failed.value.exceptions == (first, second)
    assert [world.sent(name) for name in "abc"] == [["paper-1-0"]] * 3


def test_what_became_of_an_alert_can_be_read() -> None:
    world = World([PLAIN, replace(PLAIN, name="b", severity=Severity.CRITICAL)])
    world.channels["a"].fails = [TransientError("the webhook at x failed")]

    with pytest.raises(ExceptionGroup):
        world.send("paper-1-0", FILLED, 5)

    (delivery,) = world.store.latest(10, before=6)
    assert delivery.outcomes == {"a": "failed: the webhook at x failed", "b": "not wanted"}


def test_an_error_that_is_not_ours_is_told_by_its_kind_since_its_text_may_hold_an_address() -> None:
    world = World()
    world.channels["a"].fails = [RuntimeError("https://hooks.example/s3cr3t")]

    with pytest.raises(ExceptionGroup):
        world.send("paper-1-0", FILLED, 5)

    assert world.store.deliveries[5, "paper-1-0"].outcomes == {"a": "failed: RuntimeError"}


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ({}, [FILLED, WARNING, STALE]),
        ({"severity": Severity.WARNING}, [WARNING, STALE]),
        ({"topics": frozenset({Topic.TRADE, Topic.DATA})}, [FILLED, STALE]),
        ({"severity": Severity.CRITICAL, "topics": frozenset({Topic.TRADE})}, []),
    ],
)
def test_a_channel_hears_only_what_it_asked_for(rules: dict[str, object], wanted: list[Event]) -> None:
    world = World([replace(PLAIN, **rules)])  # type: ignore[arg-type]

    for i, event in enumerate((FILLED, WARNING, STALE)):
        world.send(f"paper-{i}", event, i)

    assert [event for _, event, _ in world.channels["a"].sent] == wanted


def test_a_test_reaches_the_channel_that_it_names_whatever_that_wants() -> None:
    world = World([replace(PLAIN, severity=Severity.CRITICAL, quiet=(0, 1439)), replace(PLAIN, name="b")])

    world.send("test-1", Event("ALERT_TEST", Severity.INFO, "test", "", {"channel": "a"}), 5)

    assert (world.sent("a"), world.sent("b")) == (["test-1"], [])


QUIET = replace(PLAIN, quiet=(22 * 60, 7 * 60), zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        ("2026-03-28 21:59", False),
        ("2026-03-28 22:00", True),
        ("2026-03-29 06:59", True),  # the clocks have gone forward in this night
        ("2026-03-29 07:00", False),
        ("2026-10-25 06:59", True),  # and back in this one
        ("2026-10-25 07:00", False),
    ],
)
def test_quiet_hours_follow_the_clock_on_the_wall_over_both_changes(moment: str, quiet: bool) -> None:
    there = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Berlin"))

    assert QUIET.is_quiet(int(there.timestamp() * 1000)) is quiet


def test_in_quiet_hours_only_what_is_critical_is_sent_and_the_rest_is_told_of_afterwards() -> None:
    world = World([QUIET], clock=FakeClock(NOON + 11 * HOUR))

    for i, event in enumerate((FILLED, STALE, WARNING)):
        world.send(f"paper-{i}", event, i)
    before = world.send.flush(NOON + 11 * HOUR)
    after = world.send.flush(NOON + 20 * HOUR)

    assert (before, after, world.send.flush(NOON + 20 * HOUR)) == (0, 1, 0)
    assert world.sent() == ["paper-1", f"held-a-{NOON + 11 * HOUR}"]
    assert "2 alerts were held back since 2026-03-03 00:00" in world.texts()[1]
    assert "1 × quiet hours: ORDER_DENIED" in world.texts()[1]
    assert FILLED.text in world.texts()[1]


def test_no_more_than_the_hourly_limit_is_sent_and_a_summary_counts_the_rest() -> None:
    world = World([replace(PLAIN, hourly=3)])

    for i in range(10):
        world.clock.time = NOON + i * MINUTE
        world.send(f"paper-{i}", replace(FILLED, text=f"fill {i}"), i)
    assert world.send.flush(NOON + 10 * MINUTE) == 0
    assert world.send.flush(NOON + HOUR) == 1

    assert world.sent() == ["paper-0", "paper-1", "paper-2", f"held-a-{NOON + 3 * MINUTE}"]
    assert "7 × hourly limit: ORDER_FILLED" in world.texts()[-1]
    assert "fill 3" in world.texts()[-1]


def test_the_same_alert_is_sent_once_in_the_window_and_its_repeats_are_counted() -> None:
    world = World([replace(PLAIN, repeat=10 * MINUTE)])

    for i in range(5):
        world.clock.time = NOON + i * 3 * MINUTE
        world.send(f"paper-{i}", replace(WARNING, text=f"ENTRY BUY 1 DENIED: MAX_EXPOSURE: {5 + i} exceeds 4"), i)

    assert world.sent() == ["paper-0", "paper-4"]
    assert world.send.flush(NOON + 2 * HOUR) == 1
    assert "3 × repeated: ORDER_DENIED" in world.texts()[-1]


HALTED = Event("TRADING_STATE_CHANGED", Severity.CRITICAL, "trading of one is HALTED", "", {"account": "one"})


@pytest.mark.parametrize(
    "again",
    [
        STALE,  # it was well in between, of which who hears only what is critical knows nothing
        replace(STALE, text="freshness b: 7 minutes late", data={"check": "freshness b"}),
        replace(STALE, text="freshness a: 8 minutes late"),
    ],
)
def test_what_is_critical_is_sent_each_time_that_it_happens_and_once_each_time(again: Event) -> None:
    world = World([replace(PLAIN, repeat=HOUR, hourly=1, quiet=(0, 1439))])

    world.send("system-1-0", STALE, 1)
    world.clock.time = NOON + MINUTE
    for _ in range(2):
        world.send("system-3-0", again, 2)

    assert world.sent() == ["system-1-0", "system-3-0"]


def test_phones_hear_of_every_halt() -> None:
    (sms,) = channels_of({"phones": ["+15555550100"]})
    world = World([sms])

    for number in range(30):
        world.send(f"system-{number}-0", HALTED, number)

    assert len(world.sent("sms")) == 30


@pytest.mark.parametrize("name", ["account", "strategy", "part", "check", "position"])
def test_the_same_said_of_two_that_differ_in_a_digit_alone_is_no_repeat(name: str) -> None:
    world = World([replace(PLAIN, repeat=10 * MINUTE)])

    for number in (1, 2):
        told = Event("HEALTH_RECOVERED", Severity.INFO, f"paper-{number} is well again", "", {name: f"paper-{number}"})
        world.send(f"system-{number}", told, number)

    assert world.sent() == ["system-1", "system-2"]


def test_two_trades_that_differ_in_a_number_are_two() -> None:
    world = World([replace(PLAIN, repeat=10 * MINUTE)])

    world.send("paper-1", FILLED, 1)
    world.send("paper-2", replace(FILLED, text="ENTRY BUY 1 ACME.TEST filled at 101"), 2)

    assert world.sent() == ["paper-1", "paper-2"]


def test_two_fills_alike_in_every_number_are_two() -> None:
    world = World([replace(PLAIN, repeat=10 * MINUTE)])

    for number in (1, 2):
        world.send(f"paper-{number}", replace(FILLED, data={"trade_id": f"trade-{number}"}), number)

    assert world.sent() == ["paper-1", "paper-2"]


def test_an_alert_whose_sending_crashed_is_not_taken_for_its_own_repeat() -> None:
    world = World([replace(PLAIN, repeat=10 * MINUTE, hourly=1)])
    world.channels["a"].fails = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        world.send("paper-1", STALE, 1)

    world.send("paper-1", STALE, 1)

    assert world.sent() == ["paper-1"]


def test_what_comes_while_a_summary_is_sent_is_held_for_the_next() -> None:
    world = World([replace(PLAIN, hourly=1)])
    for i in range(3):
        world.send(f"paper-{i}", replace(FILLED, text=f"fill {i}"), i)
    world.clock.time = NOON + 59 * MINUTE

    class Interrupted(FakeChannel):
        def send(self, alert_id: str, event: Event, ts: int) -> None:
            world.send("paper-9", replace(FILLED, text="fill 9"), 9)
            self.sent.append((alert_id, event, ts))

    channel = Interrupted()
    SendAlert(world.rules, {"a": channel}, world.store, FakeClock(NOON), FakePause()).flush(NOON + HOUR)

    assert "2 alerts were held back" in channel.sent[0][1].text
    assert dict(world.store.state("a").held.counts) == {"hourly limit: ORDER_FILLED": 1}


@pytest.mark.parametrize(
    ("event", "topic"),
    [
        (FILLED, "trade"),
        (replace(FILLED, text="STOP SELL 1 ACME.TEST filled at 90"), "stop"),
        (Event("STOP_MISSING", Severity.CRITICAL, "x"), "stop"),
        (WARNING, "denied"),
        (Event("BREAKOUT_SEEN", Severity.INFO, "x"), "breakout"),
        (Event("ICT_SETUP_SEEN", Severity.INFO, "x"), "ict"),
        (Event("TRADING_STATE_CHANGED", Severity.CRITICAL, "x"), "risk"),
        (STALE, "data"),
        (Event("HEALTH_FAILING", Severity.CRITICAL, "x", "", {"check": "dead letters orders"}), "system"),
        (Event("DEPLOYED", Severity.INFO, "x"), "deploy"),
    ],
)
def test_each_event_has_a_topic(event: Event, topic: str) -> None:
    assert topic_of(event) == topic


def test_emails_phones_and_webhooks_are_channels_without_being_named() -> None:
    rules = channels_of({"emails": ["a@b.c"], "phones": ["+15555550100"], "webhooks": ["https://x.example/"]})

    assert [(one.name, one.kind, one.severity) for one in rules] == [
        ("email", "email", "INFO"),
        ("sms", "sms", "CRITICAL"),
        ("webhook-1", "webhook", "INFO"),
    ]


def test_without_channels_an_alert_is_remembered_and_nothing_else() -> None:
    world = World([])

    world.send("paper-1-0", FILLED, 5)

    assert world.store.deliveries[5, "paper-1-0"].event == FILLED
