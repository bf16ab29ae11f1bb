"""What wakes a function: a table's stream, the order queue, a schedule."""

import json
from collections.abc import Mapping, Sequence

from aws_cdk import (
    Duration,
)
from aws_cdk import (
    aws_dynamodb as dynamodb,
)
from aws_cdk import (
    aws_iam as iam,
)
from aws_cdk import (
    aws_lambda as lambda_,
)
from aws_cdk import (
    aws_lambda_event_sources as event_sources,
)
from aws_cdk import (
    aws_scheduler as scheduler,
)
from aws_cdk import (
    aws_sqs as sqs,
)
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.function import TradewindFunction

# A batch that keeps failing is given up, and the reader catches up from its watermark with the next record.
MAX_RECORD_AGE = Duration.minutes(15)
OVERWRITTEN = frozenset({"POKE#"})
_WRITTEN = lambda_.FilterRule.is_equal("INSERT")
_WRITTEN_OVER = lambda_.FilterRule.or_("INSERT", "MODIFY")


def wake_by_stream(target: TradewindFunction, table: dynamodb.Table, prefixes: Sequence[str], batch_size: int) -> None:
    """Wake a function by written items whose partition key starts with one of the prefixes.

    Deletions wake nobody: TTL deletes millions of old slices, and nothing is decided by it. Nor does a change, such as
    the time to live that compaction gives a slice: what is written is written once, and only a poke is written over.
    """
    target.function.add_event_source(
        event_sources.DynamoEventSource(
            table,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=batch_size,
            bisect_batch_on_error=False,
            max_record_age=MAX_RECORD_AGE,
            retry_attempts=-1,
            on_failure=event_sources.SqsDlq(target.failures),
            filters=[
                lambda_.FilterCriteria.filter(
                    {
                        "eventName": _WRITTEN_OVER if prefix in OVERWRITTEN else _WRITTEN,
                        "dynamodb": {"Keys": {"pk": {"S": lambda_.FilterRule.begins_with(prefix)}}},
                    }
                )
                for prefix in prefixes
            ],
        )
    )
    acknowledge(
        target.role,
        "AwsSolutions-IAM5[Resource::*]",
        "dynamodb:ListStreams, which the stream's mapping needs, knows no narrower resource.",
    )


def wake_by_queue(target: TradewindFunction, queue: sqs.IQueue, concurrency: int) -> None:
    """Wake a function by a queue's messages, ten at a time, each failing by itself."""
    target.function.add_event_source(
        event_sources.SqsEventSource(queue, batch_size=10, report_batch_item_failures=True, max_concurrency=concurrency)
    )
    acknowledge(
        target.function,
        "Serverless-LambdaEventSourceMappingDestination",
        "A queue's mapping has no destination; the queue's own redrive keeps what failed.",
    )


class Schedules(Construct):
    """EventBridge schedules with one role, which may invoke only the functions that were scheduled."""

    def __init__(self, scope: Construct, environment: str, *, enabled: bool) -> None:
        super().__init__(scope, "Schedules")
        self._state = "ENABLED" if enabled else "DISABLED"
        self._group = scheduler.CfnScheduleGroup(self, "Group", name=f"tradewind-{environment}")
        self._role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"),
            description="Lets the schedules invoke their functions",
        )

    def add(
        self, name: str, expression: str, target: TradewindFunction, payload: Mapping[str, str], zone: str = "UTC"
    ) -> None:
        """Invoke a function on a schedule, by the clock of a zone, with a constant payload."""
        self._role.add_to_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[target.function.function_arn])
        )
        schedule = scheduler.CfnSchedule(
            self,
            name.title().replace("-", "").replace("_", ""),
            name=name,
            group_name=self._group.name,
            state=self._state,
            schedule_expression=expression,
            schedule_expression_timezone=zone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=target.function.function_arn,
                role_arn=self._role.role_arn,
                input=json.dumps(payload),
                # A late tick is no tick: the next one fetches everything since the watermark.
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=2, maximum_event_age_in_seconds=60
                ),
                dead_letter_config=None,
            ),
        )
        schedule.add_resource_dependency(self._group)
