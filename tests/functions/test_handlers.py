"""Each handler with the events that AWS sends, over tables, queues and a topic that behave as AWS does."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import ACME, PAPER, day, flat_bar, intent
from tests.functions.stage import Stage, sns_event, sqs_event
from tradewind import bootstrap
from tradewind.adapters.usage_log import USED
from tradewind.cli.run.lockstep import LISTENERS
from tradewind.domain.errors import PermanentError
from tradewind.domain.messages import BarMessage, IntentMessage, to_json
from tradewind.domain.order import OrderStatus
from tradewind.domain.timeframe import Timeframe

BUY = IntentMessage(intent())
OPEN = BarMessage(PAPER, ACME, Timeframe.D1, 1, flat_bar(2, 100), -1, "", "trace")


def fetched(stage: Stage, until: int) -> Any:
    return stage.call("fetch_bars", {"shard": "daily", "now": day(until)})


def evaluated(stage: Stage) -> None:
    stage.call("evaluate_bars", stage.stream("market", "SLICE#daily"))


def progress_of(stage: Stage) -> Any:
    from tradewind.adapters.dynamodb.progress import DynamoProgress  # noqa: PLC0415 - after moto stands
    from tradewind.adapters.dynamodb.table import Table  # noqa: PLC0415

    return DynamoProgress(Table(stage.client("dynamodb"), "market"), lambda: 0).load("daily")


def view_of(stage: Stage) -> Any:
    from tradewind.adapters.dynamodb.ledger import DynamoLedger  # noqa: PLC0415
    from tradewind.adapters.dynamodb.table import Table  # noqa: PLC0415

    return DynamoLedger(Table(stage.client("dynamodb"), "ledger")).view(PAPER, ACME, BUY.intent.id)


@pytest.mark.parametrize("function", LISTENERS)
def test_an_event_of_no_records_starts_a_function_and_does_nothing(stage: Stage, function: str) -> None:
    answer = stage.call(function, {"Records": []})

    assert answer in (None, {"batchItemFailures": []})
    assert stage.count("ledger", "") == 0


# ── bars ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_fetching_writes_a_slice_for_every_bar_that_has_closed(stage: Stage) -> None:
    report = fetched(stage, 4)

    assert (report["written"], report["watermark"], stage.count("market", "SLICE#daily")) == (4, day(4), 4)
    json.dumps(report)  # it is what the function answers


def test_fetching_again_writes_nothing_new(stage: Stage) -> None:
    fetched(stage, 4)
    stage.restart()

    assert fetched(stage, 4)["written"] == 0
    assert fetched(stage, 5)["written"] == 1


def test_slices_become_decisions_and_a_repeat_of_the_batch_changes_nothing(stage: Stage) -> None:
    fetched(stage, 4)

    for _ in range(2):
        evaluated(stage)
        assert stage.count("market", "DECISIONS#daily") == 4
        assert progress_of(stage).watermark == day(4)
        stage.restart()


def test_one_request_reads_all_that_the_next_slice_asks_for(stage: Stage) -> None:
    fetched(stage, 3)
    evaluated(stage)
    fetched(stage, 4)
    wake = stage.stream("market", "SLICE#daily")["Records"][-1:]

    with stage.requests("dynamodb") as requests:
        stage.call("evaluate_bars", {"Records": wake})

    assert requests == ["BatchGetItem", "PutItem", "PutItem"]
    assert progress_of(stage).watermark == day(4)


def test_a_poke_brings_a_shard_up_to_date(stage: Stage) -> None:
    fetched(stage, 3)
    poke = stage.stream("market", "SLICE#daily")["Records"][0]
    poke["dynamodb"]["Keys"] = {"pk": {"S": "POKE#daily"}, "sk": {"S": "POKE"}}

    stage.call("evaluate_bars", {"Records": [poke]})

    assert progress_of(stage).watermark == day(3)


def test_a_slice_of_a_shard_that_is_no_longer_configured_is_told_and_holds_up_no_other(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    fetched(stage, 3)
    event = stage.stream("market", "SLICE#daily")
    event["Records"][0]["dynamodb"]["Keys"]["pk"]["S"] = "SLICE#gone"

    stage.call("evaluate_bars", event)

    assert progress_of(stage).watermark == day(3)
    assert [vars(one)["shard"] for one in caplog.records if one.levelname == "WARNING"] == ["gone"]


def test_compaction_packs_what_was_evaluated(stage: Stage) -> None:
    fetched(stage, 6)
    evaluated(stage)

    report = stage.call("compact_bars", {})

    assert set(report) == {"daily"}
    json.dumps(report)


def test_the_archive_keeps_what_was_packed_and_decided_and_a_day_of_it_again(stage: Stage) -> None:
    fetched(stage, 6)
    evaluated(stage)
    stage.call("compact_bars", {})

    report = stage.call("archive_bars", {})
    again = stage.call("archive_bars", {"day": "1970-01-03", "shard": "daily"})

    keys = [row["Key"] for row in stage.client("s3").list_objects_v2(Bucket="data")["Contents"]]
    assert "bars/venue=TEST/interval=1d/instrument=ACME/month=1970-01/bars.parquet" in keys
    assert "records/shard=daily/day=1970-01-03/records.parquet" in keys
    assert "decisions/shard=daily/day=1970-01-03/decisions.parquet" in keys
    assert set(report) == set(again) == {"daily bars", "daily evidence"}
    json.dumps(report)


# ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_intent_and_then_its_bar_become_an_order_and_a_fill(stage: Stage) -> None:
    assert stage.call("execute_orders", sqs_event([BUY])) == {"batchItemFailures": []}
    assert view_of(stage).order.status is OrderStatus.ACCEPTED

    assert stage.call("execute_orders", sqs_event([OPEN])) == {"batchItemFailures": []}

    view = view_of(stage)
    assert view.order.status is OrderStatus.FILLED
    assert (view.book.positions[0].quantity, view.account.cash) == (10, 99_000)


def test_a_message_delivered_again_changes_nothing(stage: Stage) -> None:
    for _ in range(2):
        stage.call("execute_orders", sqs_event([BUY, OPEN]))
        stage.restart()

    assert view_of(stage).account.seq == 3  # submitted, accepted, filled


def test_poison_is_acknowledged_and_kept_with_its_reason(stage: Stage) -> None:
    unknown_schema = json.dumps({**json.loads(to_json(BUY)), "schema": 99})
    stranger = IntentMessage(replace(BUY.intent, account="stranger"))

    answer = stage.call("execute_orders", sqs_event(["nonsense", unknown_schema, stranger, BUY]))

    assert answer == {"batchItemFailures": []}
    assert (view_of(stage).order.status, view_of(stage).order.reason[:12]) == (OrderStatus.DENIED, "DEAD_LETTER:")
    letters = {
        one["Body"]: one["MessageAttributes"]["reason"]["StringValue"] for one in stage.queued("orders-dlq.fifo")
    }
    assert letters.keys() == {"nonsense", unknown_schema, to_json(stranger)}
    assert "schema 99 is unknown" in letters[unknown_schema]
    assert "unknown account 'stranger'" in letters[to_json(stranger)]


def test_a_ledger_that_is_away_costs_no_message_of_its_group(stage: Stage) -> None:
    stage.client("dynamodb").delete_table(TableName="ledger")

    answer = stage.call("execute_orders", sqs_event([BUY, OPEN]))

    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["message-0", "message-1"]
    assert stage.queued("orders-dlq.fifo") == []


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def alerts_in_the_mailbox(stage: Stage) -> list[dict[str, Any]]:
    return [json.loads(json.loads(one["Body"])["Message"]) for one in stage.queued("mailbox")]


def test_what_the_ledger_records_is_announced_once_with_a_stable_id(stage: Stage) -> None:
    stage.call("execute_orders", sqs_event([BUY, OPEN]))
    event = stage.stream("ledger", "JOURNAL#paper")
    for _ in range(2):
        stage.call("publish_events", event)
        stage.restart()

    (alert,) = alerts_in_the_mailbox(stage)
    assert (alert["alert_id"], alert["kind"], alert["environment"]) == ("paper-3-2", "ORDER_FILLED", "test")


def test_alerts_of_the_topic_are_delivered_without_a_channel_too(stage: Stage) -> None:
    text = json.dumps({"alert_id": "paper-3-0", "ts": 5, "kind": "K", "severity": "INFO", "text": "t",
                       "instrument": "", "data": {}, "environment": "test"})  # fmt: skip

    stage.call("send_alerts", sns_event([text]))


def test_what_is_no_alert_is_raised(stage: Stage) -> None:
    with pytest.raises(PermanentError, match="alert cannot be read"):
        stage.call("send_alerts", sns_event(["nonsense"]))


# ── what it costs ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_call_says_what_it_used_and_for_which_strategies(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    bootstrap.meter().taken()
    with stage.requests("dynamodb") as asked:
        stage.call("execute_orders", sqs_event([BUY, OPEN]))

    (used,) = [vars(record) for record in caplog.records if record.getMessage() == USED]
    assert used["calls"] == len(asked)
    assert used["shares"] == {BUY.intent.strategy: 1}
    assert used["writes"] >= 2
    assert used["ms"] > 0


# ── the watch ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_watch_pokes_what_lags_and_sees_dead_letters(stage: Stage) -> None:
    fetched(stage, 3)
    stage.call("execute_orders", sqs_event(["nonsense"]))

    report = stage.call("watch", {})

    assert report["poked"] == ["daily"]
    assert set(report["failing"]) == {"shard daily", "dead letters orders-dlq"}
    assert stage.count("market", "POKE#daily") == 1
    json.dumps(report)


def test_what_the_queue_itself_gave_up_blocks_its_instrument_once_the_watch_has_looked(stage: Stage) -> None:
    fetched(stage, 3)
    sqs = stage.client("sqs")
    url = sqs.get_queue_url(QueueName="orders-dlq.fifo")["QueueUrl"]
    sqs.send_message(
        QueueUrl=url, MessageBody=to_json(OPEN), MessageGroupId="paper#ACME.TEST", MessageDeduplicationId="spent"
    )

    stage.call("watch", {})
    stage.call("execute_orders", sqs_event([BUY]))

    assert (view_of(stage).order.status, view_of(stage).order.reason[:12]) == (OrderStatus.DENIED, "DEAD_LETTER:")
    assert [one["Body"] for one in stage.queued("orders-dlq.fifo")] == [to_json(OPEN)]


def test_the_watch_is_content_where_all_is_well(stage: Stage) -> None:
    fetched(stage, 3)
    evaluated(stage)

    assert stage.call("watch", {}) == {"failing": {}, "poked": [], "resolving": 0}
