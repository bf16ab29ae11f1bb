"""Two dashboards for two readers: what is traded and why not; whether the machinery is well.

The trader's rows are queries over structured logs, so they cost nothing while nobody looks; a custom metric an
instrument would cost more than the trading.
"""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.function import TradewindFunction

WIDTH = 24
MINUTE = Duration.minutes(1)

_TRADES = "filter message = 'sent' and kind = 'ORDER_FILLED'"


def _logs(
    title: str, source: TradewindFunction, lines: Sequence[str], width: int, *, chart: str = "table"
) -> cloudwatch.LogQueryWidget:
    views = {
        "table": cloudwatch.LogQueryVisualizationType.TABLE,
        "bar": cloudwatch.LogQueryVisualizationType.BAR,
        "line": cloudwatch.LogQueryVisualizationType.LINE,
    }
    return cloudwatch.LogQueryWidget(
        title=title,
        log_group_names=[f"/aws/lambda/{source.function_name}"],
        query_lines=list(lines),
        view=views[chart],
        width=width,
        height=6,
    )


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric], width: int = 8) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=width, height=6)


def _heading(text: str) -> cloudwatch.TextWidget:
    return cloudwatch.TextWidget(markdown=text, width=WIDTH, height=1)


class TraderDashboard(Construct):
    """What is traded, and why not."""

    def __init__(self, scope: Construct, name: str, functions: Mapping[str, TradewindFunction]) -> None:
        super().__init__(scope, "Trader")
        self._functions = functions
        board = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=name, default_interval=Duration.days(1))
        board.add_widgets(_heading("## Trading"))
        board.add_widgets(*self._trades())
        board.add_widgets(*self._why())

    def _trades(self) -> list[cloudwatch.IWidget]:
        source = self._functions["send_alerts"]
        latest = [_TRADES, "fields @timestamp, instrument, text", "sort @timestamp desc", "limit 50"]
        realised = [_TRADES, "stats sum(data.realised) as realised by bin(1d)"]
        by_instrument = [
            _TRADES,
            "stats count(*) as fills, sum(data.realised) as realised by instrument",
            "sort realised desc",
        ]
        return [
            _logs("Fills", source, latest, 12),
            _logs("Realised profit a day", source, realised, 6, chart="bar"),
            _logs("By instrument", source, by_instrument, 6),
        ]

    def _why(self) -> list[cloudwatch.IWidget]:
        alerts, evaluator = self._functions["send_alerts"], self._functions["evaluate_bars"]
        kinds = ["filter message = 'sent'", "stats count(*) as events by kind", "sort events desc"]
        warnings = [
            "filter message = 'sent' and severity in ['WARNING', 'CRITICAL']",
            "fields @timestamp, severity, kind, instrument, text",
            "sort @timestamp desc",
            "limit 50",
        ]
        activity = [
            "filter message = 'evaluated'",
            "stats sum(slices) as bars, sum(decisions) as decided, sum(intents) as wished by bin(1h)",
        ]
        return [
            _logs("Warnings: denied orders, stops, stale data", alerts, warnings, 12),
            _logs("What happened", alerts, kinds, 4),
            _logs("Slices, decisions and intents an hour", evaluator, activity, 8, chart="line"),
        ]


class OperatorDashboard(Construct):
    """Whether the machinery is well."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        functions: Mapping[str, TradewindFunction],
        queues: Mapping[str, sqs.IQueue],
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, "Operator")
        self._functions, self._queues = functions, queues
        board = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=name, default_interval=Duration.hours(3))
        board.add_widgets(_heading("## Operation"))
        board.add_widgets(cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=WIDTH, height=4))
        board.add_widgets(*self._flow())
        board.add_widgets(*self._health())

    def _flow(self) -> list[cloudwatch.IWidget]:
        functions = self._functions.values()
        calls = [made.function.metric_invocations(period=MINUTE, label=made.name) for made in functions]
        errors = [made.function.metric_errors(period=MINUTE, label=made.name) for made in functions]
        slow = [made.function.metric_duration(period=MINUTE, statistic="p99", label=made.name) for made in functions]
        return [_graph("Calls", calls), _graph("Errors", errors), _graph("Duration, p99 (ms)", slow)]

    def _health(self) -> list[cloudwatch.IWidget]:
        waiting = [
            queue.metric_approximate_number_of_messages_visible(period=MINUTE, label=name)
            for name, queue in self._queues.items()
        ]
        age = [self._queues["orders"].metric_approximate_age_of_oldest_message(period=MINUTE, label="orders")]
        behind = [
            self._functions[name].function.metric("IteratorAge", period=MINUTE, statistic="Maximum", label=name)
            for name in ("evaluate_bars", "publish_events")
        ]
        return [
            _graph("Waiting messages", waiting),
            _graph("Oldest order message (s)", age),
            _graph("Behind the streams (ms)", behind),
        ]
