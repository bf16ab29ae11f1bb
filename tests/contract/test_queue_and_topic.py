"""What is sent arrives in the order of its group; what is published says everything that a person needs."""

from dataclasses import replace

from tests.builders import ACME, BOLT, PAPER, bar, day, intent
from tests.contract.backends import Backend
from tradewind.domain.events import Event, Severity
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.messages import BarMessage, IntentMessage, Message, from_json, to_json
from tradewind.domain.timeframe import Timeframe


def bar_of(name: InstrumentId, number: int) -> BarMessage:
    return BarMessage(PAPER, name, Timeframe.D1, 1, bar(number, 1, 2, 1, 2), 4, "d1ce", "daily@1.1")


def test_messages_arrive_in_the_order_of_their_group(backend: Backend) -> None:
    names = [InstrumentId(f"N{i}.TEST") for i in range(12)]
    messages: list[Message] = [bar_of(name, number) for number in (1, 2) for name in names]

    backend.process().queue.send(messages)

    received = backend.received()
    assert len(received) == 24
    for name in names:
        mine = [from_json(one.body) for one in received if one.group == f"{PAPER}#{name}"]
        assert mine == [bar_of(name, 1), bar_of(name, 2)]


def test_bars_come_before_the_intents_that_follow_them(backend: Backend) -> None:
    messages: list[Message] = [bar_of(ACME, 1), bar_of(BOLT, 1), IntentMessage(intent())]

    backend.process().queue.send(messages)

    acme = [from_json(one.body) for one in backend.received() if one.group == f"{PAPER}#{ACME}"]
    assert acme == [messages[0], messages[2]]


def test_sending_nothing_sends_nothing(backend: Backend) -> None:
    backend.process().queue.send([])

    assert backend.received() == []


def test_a_message_without_a_trace_is_sent_as_well(backend: Backend) -> None:
    message = IntentMessage(replace(intent(), trace=""))

    backend.process().queue.send([message])

    assert [from_json(one.body) for one in backend.received()] == [message]


def test_large_messages_are_sent_in_several_batches(backend: Backend) -> None:
    messages = [
        IntentMessage(intent(reason=str(i) * 60_000, instrument=InstrumentId(f"N{i}.TEST"), ts=day(i + 1)))
        for i in range(9)
    ]

    backend.process().queue.send(messages)

    assert len(backend.received()) == 9


def test_what_is_refused_is_kept_with_its_reason(backend: Backend) -> None:
    queue = backend.process().queue
    body = to_json(bar_of(ACME, 1))

    queue.refuse(body, "schema 7 is unknown")
    queue.refuse("{not json", "message cannot be read")

    assert sorted(backend.refused()) == sorted([(body, "schema 7 is unknown"), ("{not json", "message cannot be read")])


def test_an_alert_carries_its_id_and_its_event(backend: Backend) -> None:
    event = Event("ORDER_FILLED", Severity.INFO, "ENTRY BUY 10 ACME.TEST filled at 100 €", ACME, {"price": "100.00"})

    backend.process().topic.publish("paper-3-0", event, day(2))

    (alert,) = backend.alerts()
    assert alert["alert_id"] == "paper-3-0"
    assert alert["ts"] == day(2)
    assert Event.from_dict(alert) == event
