"""A deployed environment in good health, on moto: everything that the doctor looks at is as the stack makes it."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.unit.cli.desk import FUNCTIONS, OPTIONS, ROOT, _fill, planned, tables
from tradewind.cli.configuration.building import write
from tradewind.cli.deployed import Deployed

DEV, FORTNIGHT = "dev", str(14 * 86_400)
SECRET = "/tradewind/telegram"  # noqa: S105 - a place, no secret
CHANNEL = {"name": "chat", "kind": "telegram", "secret": f"ssm:{SECRET}"}
_TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}


@contextmanager
def healthy(root: Path) -> Iterator[Deployed]:
    """Give an environment in which nothing is wrong."""
    from moto import mock_aws  # noqa: PLC0415 - it takes seconds

    run = planned(steps=60)
    configuration = {**run.configuration, "environment": DEV, "alerts": {"channels": [CHANNEL]}}
    with mock_aws(config={"lambda": {"use_docker": False}}):
        environment = Deployed(DEV, {}, OPTIONS)
        environment.outputs = {**tables(environment), **_topics(environment)}
        environment.outputs |= {f"{name}Function": f"tradewind-dev-{name}" for name in FUNCTIONS}
        write(configuration, root / "build" / "config" / DEV / "environment.json")
        _fill(environment, run)
        _stack(environment)
        yield environment


def _topics(environment: Deployed) -> dict[str, str]:
    sns = environment.client("sns")
    made = {name: sns.create_topic(Name=name.lower())["TopicArn"] for name in ("Alert", "Alarm")}
    return {f"{name}TopicArn": arn for name, arn in made.items()}


def _stack(environment: Deployed) -> None:
    dynamodb, ssm = environment.client("dynamodb"), environment.client("ssm")
    dynamodb.update_time_to_live(
        TableName="market", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
    for table in ("market", "ledger"):
        recovery = {"PointInTimeRecoveryEnabled": True}
        dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)
    ssm.put_parameter(Name=SECRET, Value="{}", Type="SecureString")
    _queues(environment)
    # What moto does not answer: the account's quota of functions at once.
    answer = SimpleNamespace(status_code=200), {"AccountLimit": {"UnreservedConcurrentExecutions": 1000}}
    environment.client("lambda").meta.events.register("before-call.lambda.GetAccountSettings", lambda **_: answer)
    arns = {name: _function(environment, name) for name in FUNCTIONS}
    _mappings(environment, arns)
    topic = environment.output("AlertTopicArn")
    environment.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arns["send_alerts"])
    _schedules(environment, arns)
    for name in FUNCTIONS:
        alarm(environment, f"{name}-errors")


def _queues(environment: Deployed) -> None:
    sqs = environment.client("sqs")
    urls = {name: url for name, url in environment.outputs.items() if name.endswith("Url") and "Inbox" not in name}
    dead = sqs.get_queue_attributes(QueueUrl=urls["OrderDlqUrl"], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for url in urls.values():
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": FORTNIGHT})
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3})
    attributes = {"RedrivePolicy": redrive, "VisibilityTimeout": "36"}
    sqs.set_queue_attributes(QueueUrl=urls["OrderQueueUrl"], Attributes=attributes)


def _function(environment: Deployed, name: str) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", "")
    role = environment.client("iam").create_role(RoleName=f"role-{name}", AssumeRolePolicyDocument=json.dumps(_TRUST))
    group, told = f"/aws/lambda/tradewind-dev-{name}", {"TRADEWIND_ENVIRONMENT": DEV, "TRADEWIND_VERSION": "abc"}
    environment.client("logs").create_log_group(logGroupName=group)
    environment.client("logs").put_retention_policy(logGroupName=group, retentionInDays=14)
    arn: str = environment.client("lambda").create_function(
        FunctionName=f"tradewind-dev-{name}",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="handler.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=6,
        Environment={"Variables": {**told, "MARKET_TABLE": "market", "LEDGER_TABLE": "ledger"}},
    )["FunctionArn"]
    return arn


def _mappings(environment: Deployed, arns: Mapping[str, str]) -> None:
    client, dynamodb = environment.client("lambda"), environment.client("dynamodb")
    for table, name in (("market", "evaluate_bars"), ("ledger", "publish_events")):
        stream = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
        client.create_event_source_mapping(EventSourceArn=stream, FunctionName=arns[name], StartingPosition="LATEST")
    url = environment.output("OrderQueueUrl")
    queue = environment.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    client.create_event_source_mapping(EventSourceArn=queue["QueueArn"], FunctionName=arns["execute_orders"])


def _schedules(environment: Deployed, arns: Mapping[str, str]) -> None:
    client = environment.client("scheduler")
    client.create_schedule_group(Name="tradewind-dev")
    shards = [f"fetch-{shard.name}" for shard in environment.configuration.shards]
    for name in (*shards, "watch", "report-0900", "report-1700"):
        schedule(environment, name, "DISABLED", arns["watch"])


def schedule(environment: Deployed, name: str, state: str, arn: str = "") -> None:
    client = environment.client("scheduler")
    known: dict[str, Any] = {} if arn else client.get_schedule(GroupName="tradewind-dev", Name=name)
    change = client.update_schedule if known else client.create_schedule
    change(
        Name=name,
        GroupName="tradewind-dev",
        State=state,
        ScheduleExpression="rate(1 minute)",
        ScheduleExpressionTimezone="UTC",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=known.get("Target") or {"Arn": arn, "RoleArn": "arn:aws:iam::123456789012:role/schedules"},
    )


def alarm(environment: Deployed, name: str) -> None:
    environment.client("cloudwatch").put_metric_alarm(
        AlarmName=f"tradewind-dev-{name}",
        AlarmDescription="x Runbook: docs/runbooks/function-failures.md",
        AlarmActions=[environment.output("AlarmTopicArn")],
        MetricName="Errors",
        Namespace="AWS/Lambda",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )


__all__ = ["ROOT", "alarm", "healthy", "schedule"]
