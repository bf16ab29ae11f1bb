"""One correlation id leads from the bar to the alert, and any name of the way leads to it."""

import json
import time

import pytest

from tests.unit.cli.conftest import Run
from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.alerts import DynamoAlerts
from tradewind.application.ports_alerts import Delivery
from tradewind.cli.deployed import Deployed
from tradewind.domain.order import Leg, Order, OrderStatus


@pytest.fixture
def filled(standing: Deployed) -> Order:
    """An entry that filled, with its alert delivered and a line logged of it."""
    orders = queries.orders(standing.ledger, "paper")
    order = next(one for one in orders if one.leg is Leg.ENTRY and one.status is OrderStatus.FILLED)
    for entry in queries.journal(standing.ledger, "paper"):
        for i, event in enumerate(entry.events):
            if event.kind == "ORDER_FILLED" and (event.data or {})["order_id"] == order.id:
                alert = Delivery(f"{entry.alert_id}-{i}", entry.ts, event, {"phone": "sent"}, 1_790_000_000_000)
                DynamoAlerts(standing.market, time.time).save(alert)
    logs, group = standing.client("logs"), "/aws/lambda/tradewind-local-evaluate_bars"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="1")
        line = json.dumps({"message": "evaluated", "trace": order.trace, "intents": 1})
        now = int(time.time() * 1000)
        logs.put_log_events(logGroupName=group, logStreamName="1", logEvents=[{"timestamp": now, "message": line}])
    return order


def test_the_path_leads_from_the_bar_to_the_alert_with_a_time_at_each_step(filled: Order, command: Run) -> None:
    shown = command("trace", filled.trace, "--json")

    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.stdout)
    steps = [hop["step"] for hop in told["path"]]
    assert list(dict.fromkeys(steps)) == ["bar", "decision", "order", "fill", "journal", "alert", "log"]
    assert all(hop["time"] for hop in told["path"] if hop["step"] != "alert")
    assert any("phone sent" in hop["text"] for hop in told["path"])
    assert any("not been delivered" in hop["text"] for hop in told["path"]) or steps.count("alert") == 1
    assert any(filled.id[:8] in hop["text"] for hop in told["path"] if hop["step"] == "decision")


def test_an_order_the_beginning_of_its_id_and_its_alert_lead_to_the_same_path(
    filled: Order, command: Run, standing: Deployed
) -> None:
    alert = next(
        f"{entry.alert_id}-{i}"
        for entry in queries.journal(standing.ledger, "paper")
        for i, event in enumerate(entry.events)
        if event.kind == "ORDER_FILLED" and (event.data or {})["order_id"] == filled.id
    )

    found = {json.loads(command("trace", one, "--json").stdout)["trace"] for one in (filled.id, filled.id[:12], alert)}

    assert found == {filled.trace}


def test_people_see_a_table(filled: Order, command: Run) -> None:
    shown = command("trace", filled.trace)

    assert f"trace {filled.trace}" in shown.output
    assert "ORDER_FILLED" in shown.output


@pytest.mark.parametrize("name", ["nothing", "us-1d-1@5.1", "paper-999999-0", "", "x@y"])
def test_what_is_unknown_is_said_in_a_sentence(name: str, standing: Deployed, command: Run) -> None:
    shown = command("trace", name)

    assert shown.exit_code != 0
    assert "Traceback" not in shown.output
