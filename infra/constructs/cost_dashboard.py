"""What it costs, hour by hour, from the metrics that AWS keeps anyway; list prices of us-east-1, arm64."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.function import TradewindFunction

HOUR = Duration.hours(1)
GB_SECOND, CALL, WRITE, READ, LOG, FIFO = 0.0000133334, 0.20e-6, 0.625e-6, 0.125e-6, 0.50e-9, 0.50e-6
"""Dollars: a gigabyte for a second, a call, a write unit, a read unit, a byte of log, a request of the queue."""

type Metrics = dict[str, cloudwatch.IMetric]


def _dollars(expression: str, metrics: Metrics, label: str) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(expression=expression, using_metrics=metrics, label=label, period=HOUR)


def _graph(title: str, lines: list[cloudwatch.MathExpression]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(lines), width=12, height=7, stacked=True)


class CostDashboard(Construct):
    """Dollars an hour, by function, table and queue; by strategy and signal `tradewind cost --metered` tells."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        functions: Mapping[str, TradewindFunction],
        memory: Mapping[str, int],
        tables: Mapping[str, dynamodb.Table],
        orders: sqs.IQueue,
    ) -> None:
        super().__init__(scope, "Cost")
        self._functions, self._memory, self._tables, self._orders = functions, memory, tables, orders
        board = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=name, default_interval=Duration.days(7))
        text = "## Cost an hour, US dollars at list price. By strategy and signal: `tradewind cost --metered`"
        board.add_widgets(cloudwatch.TextWidget(markdown=text, width=24, height=1))
        board.add_widgets(_graph("Functions", self._compute()), _graph("Tables", self._capacity()))
        board.add_widgets(_graph("Logs", self._logs()), _graph("Order queue", self._queue()))

    def _compute(self) -> list[cloudwatch.MathExpression]:
        return [
            _dollars(
                f"d{i} / 1000 * {self._memory[name] / 1024} * {GB_SECOND} + c{i} * {CALL}",
                {
                    f"d{i}": made.function.metric_duration(period=HOUR, statistic="Sum"),
                    f"c{i}": made.function.metric_invocations(period=HOUR, statistic="Sum"),
                },
                name,
            )
            for i, (name, made) in enumerate(self._functions.items())
        ]

    def _capacity(self) -> list[cloudwatch.MathExpression]:
        return [
            _dollars(
                f"u{letter}{i} * {price}",
                {f"u{letter}{i}": table.metric(f"Consumed{kind}CapacityUnits", period=HOUR, statistic="Sum")},
                f"{name}: {kind.lower()}",
            )
            for i, (name, table) in enumerate(self._tables.items())
            for letter, kind, price in (("w", "Write", WRITE), ("r", "Read", READ))
        ]

    def _logs(self) -> list[cloudwatch.MathExpression]:
        return [
            _dollars(
                f"b{i} * {LOG}",
                {
                    f"b{i}": cloudwatch.Metric(
                        namespace="AWS/Logs",
                        metric_name="IncomingBytes",
                        dimensions_map={"LogGroupName": f"/aws/lambda/{made.function_name}"},
                        period=HOUR,
                        statistic="Sum",
                    )
                },
                name,
            )
            for i, (name, made) in enumerate(self._functions.items())
        ]

    def _queue(self) -> list[cloudwatch.MathExpression]:
        sent = self._orders.metric_number_of_messages_sent(period=HOUR, statistic="Sum")
        empty = self._orders.metric_number_of_empty_receives(period=HOUR, statistic="Sum")
        taken = self._orders.metric_number_of_messages_received(period=HOUR, statistic="Sum")
        metrics: Metrics = {"s": sent, "e": empty, "t": taken}
        return [_dollars(f"(s + e + 2 * t) * {FIFO}", metrics, "sends, receives and deletes, at most")]
