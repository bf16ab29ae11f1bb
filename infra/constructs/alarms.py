"""Alarms: one way to make them, one topic that hears them."""

from aws_cdk import (
    Duration,
)
from aws_cdk import (
    aws_cloudwatch as cloudwatch,
)
from aws_cdk import (
    aws_cloudwatch_actions as actions,
)
from aws_cdk import (
    aws_sns as sns,
)
from constructs import Construct

from infra.constructs.function import TradewindFunction

FIVE_MINUTES = Duration.minutes(5)


_FUNCTION, _LAG, _TABLE = "function-failures", "lag", "tables"
# The page of docs/runbooks for each alarm: by its whole name where it stands alone, else by its last word.
RUNBOOKS = {
    "errors": _FUNCTION,
    "throttles": _FUNCTION,
    "failures": _FUNCTION,
    "slow": _FUNCTION,
    "lag": _LAG,
    "orders-age": _LAG,
    "orders-dlq": "dead-letters",
    "heartbeat": "schedules",
    "schedules-silent": "schedules",
    "schedules-dropped": "schedules",
    "stops-unguarded": "stops",
    "unreconciled": "reconciliation",
    "freshness": "no-bars",
    "throttled": _TABLE,
    "broken": _TABLE,
    "alerts-undelivered": "alerts",
    "backfill-failed": "backfill",
}


def _described(name: str, meaning: str) -> str:
    page = RUNBOOKS.get(name) or RUNBOOKS[name.rsplit("-", 1)[-1]]
    return f"{meaning} Runbook: docs/runbooks/{page}.md"


class Alarms(Construct):
    """Every alarm of one environment ($0.10 a month each)."""

    def __init__(self, scope: Construct, prefix: str, topic: sns.ITopic) -> None:
        super().__init__(scope, "Alarms")
        self._prefix, self._action = prefix, actions.SnsAction(topic)
        self.made: list[cloudwatch.Alarm] = []

    def above(
        self, name: str, metric: cloudwatch.Metric, threshold: float, meaning: str, periods: int = 1
    ) -> cloudwatch.Alarm:
        """Alarm when a metric reaches a threshold; no data is good news."""
        return self._alarm(
            metric.create_alarm(
                self,
                name,
                alarm_name=f"{self._prefix}-{name}",
                alarm_description=_described(name, meaning),
                threshold=threshold,
                evaluation_periods=periods,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            ),
        )

    def silent(self, name: str, metric: cloudwatch.Metric, meaning: str) -> cloudwatch.Alarm:
        """Alarm when something that should happen did not for a quarter of an hour; no data is bad news."""
        return self._alarm(
            metric.create_alarm(
                self,
                name,
                alarm_name=f"{self._prefix}-{name}",
                alarm_description=_described(name, meaning),
                threshold=1,
                evaluation_periods=3,
                comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
            ),
        )

    def _alarm(self, alarm: cloudwatch.Alarm) -> cloudwatch.Alarm:
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        self.made.append(alarm)
        return alarm

    def watch_failures(self, made: TradewindFunction) -> None:
        """Alarm on a function's errors, its throttles and what its failure queue keeps."""
        self.above(
            f"{made.name}-errors",
            made.function.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
            1,
            f"{made.name} raised an error; its event comes again.",
        )
        self.above(
            f"{made.name}-throttles",
            made.function.metric_throttles(period=FIVE_MINUTES, statistic="Sum"),
            1,
            f"{made.name} was refused for want of concurrency.",
        )
        self.above(
            f"{made.name}-failures",
            made.failures.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Maximum"),
            1,
            f"An event of {made.name} failed for good and is kept in its failure queue.",
        )

    def watch_duration(self, made: TradewindFunction, timeout: int) -> None:
        """Alarm when a function's slowest calls come near its timeout."""
        self.above(
            f"{made.name}-slow",
            made.function.metric_duration(period=FIVE_MINUTES, statistic="p99"),
            0.8 * timeout * 1000,
            f"The slowest one in a hundred calls of {made.name} takes four fifths of its timeout.",
            periods=3,
        )

    def watch_iterator(self, made: TradewindFunction) -> None:
        """Alarm when a stream's reader falls behind."""
        age = made.function.metric("IteratorAge", period=Duration.minutes(1), statistic="Maximum")
        self.above(f"{made.name}-lag", age, 60_000, f"{made.name} is a minute behind its table's stream.", periods=3)
