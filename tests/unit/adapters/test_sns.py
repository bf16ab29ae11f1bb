import json
from typing import Any

from tradewind.adapters.sns import SnsAlertTopic
from tradewind.domain.events import Event, Severity


class Client:
    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []

    def publish(self, **request: Any) -> None:
        self.published.append(request)


def published(event: Event) -> dict[str, Any]:
    client = Client()
    SnsAlertTopic(client, "arn:topic", "local").publish("paper-3-0", event, 86_400_000)
    (request,) = client.published
    return request


EVENT = Event("ORDER_FILLED", Severity.INFO, "filled at 100 €", "ACME.TEST", {"fee": "0.10"})


def test_the_body_says_everything_as_json() -> None:
    assert json.loads(published(EVENT)["Message"]) == {
        "alert_id": "paper-3-0",
        "environment": "local",
        "ts": 86_400_000,
        "kind": "ORDER_FILLED",
        "severity": "INFO",
        "text": "filled at 100 €",
        "instrument": "ACME.TEST",
        "data": {"fee": "0.10"},
    }


def test_subscribers_can_filter_by_attributes() -> None:
    attributes = published(EVENT)["MessageAttributes"]

    assert {name: one["StringValue"] for name, one in attributes.items()} == {
        "kind": "ORDER_FILLED",
        "severity": "INFO",
        "alert_id": "paper-3-0",
    }
    assert {one["DataType"] for one in attributes.values()} == {"String"}


def test_a_subject_is_one_short_line() -> None:
    subject = published(Event("K" * 200, Severity.CRITICAL, "x"))["Subject"]

    assert subject.startswith("Tradewind local: CRITICAL K")
    assert len(subject) <= 100
