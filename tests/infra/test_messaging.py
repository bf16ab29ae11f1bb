"""The order queue and the topics."""

import json

from tests.infra.conftest import Application


def _queue(application: Application, name: str) -> dict[str, object]:
    wanted = f"tradewind-{application.environment}-{name}"
    return dict(next(row for row in application.properties("SQS::Queue") if row["QueueName"] == wanted))


def test_orders_are_serial_by_group_and_deduplicated_by_their_own_ids(application: Application) -> None:
    orders = _queue(application, "orders.fifo")

    assert orders["FifoQueue"] is True
    assert orders["FifoThroughputLimit"] == "perMessageGroupId"
    assert orders["DeduplicationScope"] == "messageGroup"
    assert orders["ContentBasedDeduplication"] is False


def test_an_order_message_is_retried_for_less_than_two_minutes_and_then_kept_a_fortnight(
    application: Application,
) -> None:
    orders = _queue(application, "orders.fifo")
    visibility, redrive = orders["VisibilityTimeout"], orders["RedrivePolicy"]

    assert isinstance(visibility, int)
    assert isinstance(redrive, dict)
    assert visibility == 6 * application.function("execute_orders")["Timeout"]
    assert visibility * redrive["maxReceiveCount"] < 120
    assert redrive["maxReceiveCount"] > 1
    assert _queue(application, "orders-dlq.fifo")["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_every_queue_is_encrypted_and_refuses_plain_http(application: Application) -> None:
    queues = application.of("SQS::Queue")
    for queue in application.properties("SQS::Queue"):
        assert queue.get("SqsManagedSseEnabled") or "KmsMasterKeyId" in queue
    secured = {
        json.dumps(row["Queues"])
        for row in application.properties("SQS::QueuePolicy")
        if any(
            statement["Effect"] == "Deny" and "aws:SecureTransport" in json.dumps(statement["Condition"])
            for statement in row["PolicyDocument"]["Statement"]
        )
    }
    assert len(secured) == len(queues)


def test_alerts_are_encrypted_and_reach_people_by_email_and_sms(application: Application) -> None:
    alerts = next(row for row in application.properties("SNS::Topic") if row["TopicName"].endswith("-alerts"))
    subscriptions = application.properties("SNS::Subscription")

    assert "KmsMasterKeyId" in alerts
    assert [row["Endpoint"] for row in subscriptions if row["Protocol"] == "email"] == ["trader@example.com"] * 2
    assert [row["Endpoint"] for row in subscriptions if row["Protocol"] == "sms"] == ["+15555550100"] * 2


def test_only_the_laptop_has_an_inbox_that_tests_read(application: Application) -> None:
    to_queues = [row for row in application.properties("SNS::Subscription") if row["Protocol"] == "sqs"]

    assert len(to_queues) == (1 if application.environment == "local" else 0)
