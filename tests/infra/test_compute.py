"""The functions: what wakes them, what they know, what they may do, and where their failures go."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from infra.settings import ENVIRONMENTS, FUNCTIONS
from tests.infra.conftest import Application

COMMON = {
    "TRADEWIND_ENVIRONMENT", "CONFIGURATION_PATH", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE",
    "LOG_LEVEL", "TRADEWIND_VERSION",
}  # fmt: skip
OWN_VARIABLES = {
    "fetch_bars": {"MARKET_TABLE", "DATA_BUCKET"},
    "evaluate_bars": {"MARKET_TABLE", "LEDGER_TABLE", "ORDER_QUEUE_URL", "USER_STRATEGIES_PATH"},
    "execute_orders": {"MARKET_TABLE", "LEDGER_TABLE", "ORDER_DLQ_URL"},
    "publish_events": {"LEDGER_TABLE", "ALERT_TOPIC_ARN"},
    "send_alerts": {"MARKET_TABLE", "EMAIL_TOPIC_ARN", "SMS_TOPIC_ARN"},
    "report": {"MARKET_TABLE", "LEDGER_TABLE", "DATA_BUCKET", "ALERT_TOPIC_ARN", "METERED"},
    "compact_bars": {"MARKET_TABLE"},
    "archive_bars": {"MARKET_TABLE", "DATA_BUCKET"},
    "repair_bars": {"MARKET_TABLE"},
    "refresh_universe": {"MARKET_TABLE"},
    "backfill_bars": {"MARKET_TABLE", "DATA_BUCKET"},
    "watch": {"MARKET_TABLE", "LEDGER_TABLE", "ORDER_QUEUE_URL", "WATCHED_QUEUES", "USER_STRATEGIES_PATH"},
    "guard_stops": {"LEDGER_TABLE", "ORDER_QUEUE_URL"},
    "http_api": {
        "MARKET_TABLE",
        "LEDGER_TABLE",
        "ORDER_QUEUE_URL",
        "WATCHED_QUEUES",
        "USER_POOL_CLIENT_ID",
        "USER_STRATEGIES_PATH",
        "ALERT_TOPIC_ARN",
        "DATA_BUCKET",
        "FUNCTION_SIZES",
    },
}
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}


def _actions(statements: Iterable[Any], table: str | None = None) -> set[str]:
    found: set[str] = set()
    for statement in statements:
        if table is None or f"{table}" in json.dumps(statement["Resource"]):
            actions = statement["Action"]
            found |= {actions} if isinstance(actions, str) else set(actions)
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_knows_only_what_it_needs(application: Application, name: str) -> None:
    variables = set(application.function(name)["Environment"]["Variables"])

    assert variables == COMMON | OWN_VARIABLES[name]


def test_functions_run_on_arm_in_the_cloud_and_on_the_locked_python(application: Application) -> None:
    for function in application.properties("Lambda::Function"):
        assert function["Runtime"] == "python3.13"
        if application.environment != "local":
            assert function["Architectures"] == ["arm64"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_only_functions_that_call_the_outside_carry_the_http_layer(application: Application, name: str) -> None:
    carried = json.dumps(application.function(name)["Layers"])

    calling = {"backfill_bars", "fetch_bars", "refresh_universe", "repair_bars", "send_alerts", "http_api"}
    assert ("Http" in carried) == (name in calling)
    assert "Runtime" in carried
    assert "Tradewind" in carried


def test_each_function_has_a_role_a_log_and_a_failure_queue_of_its_own(application: Application) -> None:
    functions = application.properties("Lambda::Function")

    assert len(functions) == len(FUNCTIONS)
    assert len({json.dumps(row["Role"]) for row in functions}) == len(functions)
    assert len({json.dumps(row["LoggingConfig"]) for row in functions}) == len(functions)
    destinations = application.properties("Lambda::EventInvokeConfig")
    failing = {json.dumps(row["DestinationConfig"]["OnFailure"]["Destination"]) for row in destinations}
    assert len(failing) == len(functions)


def test_lambda_itself_logs_only_what_failed(application: Application) -> None:
    levels = {
        (one["LoggingConfig"]["LogFormat"], one["LoggingConfig"]["SystemLogLevel"])
        for one in application.properties("Lambda::Function")
    }

    assert levels == {("JSON", "WARN")}


def test_logs_end_after_the_days_the_environment_says(application: Application) -> None:
    days = ENVIRONMENTS[application.environment].log_retention_days
    groups = [row for row in application.properties("Logs::LogGroup") if row["LogGroupName"].startswith("/aws/lambda/")]

    assert len(groups) == len(FUNCTIONS)
    assert {group["RetentionInDays"] for group in groups} == {days}


def _mapping(application: Application, name: str) -> dict[str, Any]:
    stack = next(key for key in application.resources if "compute" in key).partition(":")[0]
    for row in application.properties("Lambda::EventSourceMapping"):
        function = application.resources[f"{stack}:{row['FunctionName']['Ref']}"]
        if function["Properties"]["FunctionName"].endswith(name):
            return dict(row)
    raise AssertionError(name)


@pytest.mark.parametrize(
    ("name", "prefixes"), [("evaluate_bars", ["SLICE#", "POKE#"]), ("publish_events", ["JOURNAL#"])]
)
def test_a_stream_wakes_its_reader_only_by_what_concerns_it(
    application: Application, name: str, prefixes: list[str]
) -> None:
    mapping = _mapping(application, name)
    patterns = [json.loads(row["Pattern"]) for row in mapping["FilterCriteria"]["Filters"]]

    assert [row["dynamodb"]["Keys"]["pk"]["S"] for row in patterns] == [[{"prefix": prefix}] for prefix in prefixes]
    # Compaction gives slices a time to live: that change wakes nobody. Only a poke is written over.
    events = {prefix: row["eventName"] for prefix, row in zip(prefixes, patterns, strict=True)}
    assert events == {prefix: ["INSERT", "MODIFY"] if prefix == "POKE#" else ["INSERT"] for prefix in prefixes}
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["BatchSize"] == 100
    assert mapping["BisectBatchOnFunctionError"] is False
    assert 0 < mapping["MaximumRecordAgeInSeconds"] <= 3600
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"]
    assert "FunctionResponseTypes" not in mapping  # a reported record is lost on the emulator; readers raise


def test_order_messages_fail_one_by_one_and_concurrency_is_bounded_not_reserved(application: Application) -> None:
    mapping = _mapping(application, "execute_orders")

    assert mapping["BatchSize"] == 10
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
    assert "ReservedConcurrentExecutions" not in application.function("execute_orders")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_may_act_on_every_resource(application: Application, name: str) -> None:
    every = _actions(row for row in application.statements(name) if row["Resource"] == "*")
    wide = {one for one in every if not one.startswith("xray:")}  # sampled in the profile full

    # These know no narrower resource, and only a stream's reader and who shows metrics have them.
    streams = dict.fromkeys(("evaluate_bars", "publish_events"), "dynamodb:ListStreams")
    assert wide == {one for one in [{**streams, "http_api": "cloudwatch:GetMetricData"}.get(name)] if one}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_has_a_whole_service(application: Application, name: str) -> None:
    actions = _actions(application.statements(name))

    assert not {action for action in actions if action.endswith(":*") or action == "*"}


def test_only_the_executor_and_the_announcers_write_the_ledger(application: Application) -> None:
    writers = {name for name in FUNCTIONS if WRITES & _actions(application.statements(name), "LedgerB7379752")}

    assert writers == {"execute_orders", "publish_events", "report", "watch", "guard_stops", "http_api"}


def test_only_the_executor_can_write_orders_fills_and_an_account_s_journal(application: Application) -> None:
    others = {
        "publish_events": {"PUBLISHED#*"},
        "report": {"ACCOUNT#*", "JOURNAL#system"},
        "watch": {"HEALTH", "ACCOUNT#*", "JOURNAL#system"},
        "guard_stops": {"HEALTH", "JOURNAL#system"},
    }

    for name, partitions in others.items():
        (one,) = [row for row in application.statements(name) if WRITES & _actions([row], "LedgerB7379752")]
        assert set(one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]) == partitions


def test_the_api_writes_requests_and_switches_and_neither_orders_nor_fills(application: Application) -> None:
    writing = [one for one in application.statements("http_api") if WRITES & _actions([one])]

    keys = [set(one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]) for one in writing]
    assert sorted(keys, key=len) == [
        {"NOTICE", "ORDERBOOK#*"},
        {"REQUEST#*", "JOURNAL#audit", "JOURNAL#system", "ACCOUNT#*", "VIEW#*"},
    ]


def test_the_executor_reads_bars_and_never_writes_them(application: Application) -> None:
    actions = _actions(application.statements("execute_orders"), "Market283E334F")

    assert "dynamodb:Query" in actions
    assert not WRITES & actions


def test_a_transaction_has_the_rights_of_its_parts(application: Application) -> None:
    actions = _actions(application.statements("execute_orders"), "LedgerB7379752")

    assert actions >= WRITES | {"dynamodb:ConditionCheckItem", "dynamodb:GetItem"}


def test_only_who_asks_a_venue_and_may_refuse_by_the_dozen_writes_many_at_once(application: Application) -> None:
    writers = {name for name in FUNCTIONS if "dynamodb:BatchWriteItem" in _actions(application.statements(name))}

    assert writers == {"backfill_bars", "fetch_bars", "repair_bars"}


def test_nothing_fires_by_itself_in_a_replay_and_everything_does_live(application: Application) -> None:
    schedules = application.properties("Scheduler::Schedule")

    assert {row["State"] for row in schedules} == {"DISABLED" if application.environment == "local" else "ENABLED"}
    assert {row["Name"] for row in schedules} == {
        "archive",
        "stops",
        "fetch-stocks-1d", "watch", "repair", "universe", "compact", "alerts", "look", "report-0900", "report-1700",
    }  # fmt: skip


def test_reports_are_due_by_the_clock_of_the_persons_zone_and_all_else_by_utc(application: Application) -> None:
    zones = {row["Name"]: row["ScheduleExpressionTimezone"] for row in application.properties("Scheduler::Schedule")}
    due = {row["Name"]: row["ScheduleExpression"] for row in application.properties("Scheduler::Schedule")}

    assert {name for name, zone in zones.items() if zone == "Europe/Berlin"} == {"report-0900", "report-1700"}
    assert {zone for name, zone in zones.items() if not name.startswith("report")} == {"UTC"}
    assert (due["report-0900"], due["report-1700"]) == ("cron(0 9 * * ? *)", "cron(0 17 * * ? *)")


def test_a_function_reads_the_secrets_that_its_channels_name_and_no_other(application: Application) -> None:
    granted = {
        name: [json.dumps(one["Resource"]) for one in application.statements(name) if "ssm:" in str(one["Action"])]
        for name in FUNCTIONS
    }

    assert [name for name, resources in granted.items() if resources] == ["send_alerts"]
    assert all(resource.endswith(':parameter/tradewind/telegram"]]}') for resource in granted["send_alerts"])


def test_a_shard_is_fetched_as_its_bars_close(application: Application) -> None:
    fetch = next(row for row in application.properties("Scheduler::Schedule") if row["Name"] == "fetch-stocks-1d")

    assert fetch["ScheduleExpression"] == "cron(0 0 * * ? *)"
    assert json.loads(fetch["Target"]["Input"]) == {"shard": "stocks-1d"}


def test_the_watch_reads_the_dead_letters_of_orders_and_can_neither_remove_nor_read_others(
    application: Application,
) -> None:
    found = [one for one in application.statements("watch") if "sqs:ReceiveMessage" in str(one["Action"])]

    assert [set(one["Action"]) for one in found] == [{"sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"}]
    assert "OrderDeadLetters" in json.dumps(found[0]["Resource"])
    assert "sqs:DeleteMessage" not in _actions(application.statements("watch"))


def test_the_watch_looks_at_every_queue_where_something_can_be_stuck(application: Application) -> None:
    watched = json.dumps(application.function("watch")["Environment"]["Variables"]["WATCHED_QUEUES"])

    for name in ("orders", "orders-dlq", *(f"{function}-failures" for function in FUNCTIONS if function != "watch")):
        assert f'\\"name\\": \\"{name}\\"' in watched.replace('\\\\"', '\\"')
