"""A memory of alerts, in memory and on DynamoDB: what was sent, and what a channel remembers."""

import pytest

from tests.contract.backends import AwsBackend, Backend
from tests.fakes.alerts import FakeAlerts
from tradewind.adapters.dynamodb.alerts import DynamoAlerts
from tradewind.application.ports_alerts import AlertStore, Delivery
from tradewind.domain.alerting import ChannelState, Held
from tradewind.domain.errors import ConflictError
from tradewind.domain.events import Event, Severity

FILLED = Event("ORDER_FILLED", Severity.INFO, "filled at 100 €", "ACME.TEST", {"fee": "0.10"})


@pytest.fixture
def store(backend: Backend) -> AlertStore:
    return DynamoAlerts(backend.market, lambda: 1_000.0) if isinstance(backend, AwsBackend) else FakeAlerts()


def test_a_delivery_reads_back_and_a_later_one_takes_its_place(store: AlertStore) -> None:
    first = Delivery("paper-3-0", 5, FILLED, {"a": "failed: x"}, 6)
    store.save(first)
    assert store.find(5, "paper-3-0") == first

    store.save(Delivery("paper-3-0", 5, FILLED, {"a": "sent"}, 7))

    found = store.find(5, "paper-3-0")
    assert found is not None
    assert (found.outcomes, found.at) == ({"a": "sent"}, 7)
    assert store.find(5, "paper-3-1") is None


def test_the_latest_come_first(store: AlertStore) -> None:
    for ts in (1, 2, 3, 10):
        store.save(Delivery(f"paper-{ts}", ts, FILLED))

    assert [one.ts for one in store.latest(2, before=10)] == [3, 2]


def test_alerts_of_one_moment_are_parted_by_their_ids(store: AlertStore) -> None:
    names = [f"paper-{number}" for number in range(5)]
    for name in names:
        store.save(Delivery(name, 7, FILLED))
    store.save(Delivery("paper-9", 6, FILLED))

    told = [one.alert_id for one in store.latest(2, 7, "paper-3")]
    rest = [one.alert_id for one in store.latest(9, 7, told[-1])]

    assert (told, rest) == (["paper-2", "paper-1"], ["paper-0", "paper-9"])


def test_a_channel_remembers_and_two_at_once_are_noticed(store: AlertStore) -> None:
    assert store.state("a") == ChannelState()
    kept = ChannelState((1, 2), {"K||x": (1, "paper-1")}, Held(4, {"quiet hours: K": 2}, ("x",)), 1)
    store.keep("a", kept)

    assert store.state("a") == kept
    with pytest.raises(ConflictError):
        store.keep("a", kept)
    store.keep("a", ChannelState(version=2))
    assert store.state("a") == ChannelState(version=2)
