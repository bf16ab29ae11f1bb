"""What is watched: failures in every profile, slowness and dashboards in standard, money and backups in full."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_backup as backup
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.configuration import DeployedConfiguration
from infra.constructs.acknowledgements import acknowledge
from infra.constructs.alarms import FIVE_MINUTES, Alarms
from infra.constructs.cost_dashboard import CostDashboard
from infra.constructs.dashboard import OperatorDashboard, TraderDashboard
from infra.settings import Environment, Profile
from infra.stacks.compute import ComputeStack
from infra.stacks.data import DataStack
from infra.stacks.messaging import MessagingStack


class ObservabilityStack(Stack):
    """Alarms, dashboards, budget and backups of one environment."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        profile: Profile,
        configuration: DeployedConfiguration,
        data: DataStack,
        messaging: MessagingStack,
        compute: ComputeStack,
    ) -> None:
        super().__init__(
            scope,
            "observability",
            stack_name=f"tradewind-{environment.name}-observability",
            description="Tradewind: alarms, dashboard, budget, backups",
        )
        self._environment, self._configuration = environment, configuration
        self._data, self._messaging, self._functions = data, messaging, compute.functions
        self._alarms = Alarms(self, f"tradewind-{environment.name}", messaging.alarms)
        self._watch_failures()
        if profile.observed:
            self._watch_slowness()
            self._dashboard()
        if profile.guarded and not environment.local:  # the emulator has neither budgets nor X-Ray
            for made in self._functions.values():
                made.trace_by_sampling()
            self._budget()
            self._backups()

    def _watch_failures(self) -> None:
        for made in self._functions.values():
            self._alarms.watch_failures(made)
        orders, dead = self._messaging.orders, self._messaging.order_dlq
        self._alarms.above(
            "orders-dlq",
            dead.metric_approximate_number_of_messages_visible(period=FIVE_MINUTES, statistic="Maximum"),
            1,
            "An order message failed for good; its instrument takes no new risk until it is redriven.",
        )
        self._alarms.above(
            "orders-age",
            orders.metric_approximate_age_of_oldest_message(period=Duration.minutes(1), statistic="Maximum"),
            120,
            "An order message has waited for two minutes.",
            periods=3,
        )
        if self._configuration.live:
            self._watch_schedules()
            beats = self._functions["watch"].function.metric_invocations(period=FIVE_MINUTES, statistic="Sum")
            self._alarms.silent("heartbeat", beats, "The watch has not run for a quarter of an hour.")
            guards = self._functions["guard_stops"].function.metric_invocations(period=FIVE_MINUTES, statistic="Sum")
            self._alarms.silent("stops-unguarded", guards, "Nobody has looked after stops for a quarter of an hour.")
            if "reconcile" in self._functions:
                compared = self._functions["reconcile"].function.metric_invocations(
                    period=FIVE_MINUTES, statistic="Sum"
                )
                self._alarms.silent(
                    "unreconciled", compared, "Ledger and venue were not compared for a quarter of an hour."
                )
            overdue = cloudwatch.Metric(
                namespace="Tradewind",
                metric_name="OverdueSeconds",
                dimensions_map={"environment": self._environment.name},
                period=Duration.minutes(1),
                statistic="Maximum",
            )
            self._alarms.above("freshness", overdue, 300, "An instrument's bar is five minutes overdue.", periods=3)

    def _watch_schedules(self) -> None:
        """Notice the silence: whoever would tell of anything is itself woken by a schedule."""
        group = {"ScheduleGroup": f"tradewind-{self._environment.name}"}

        def counted(name: str) -> cloudwatch.Metric:
            return cloudwatch.Metric(
                namespace="AWS/Scheduler",
                metric_name=name,
                dimensions_map=group,
                period=FIVE_MINUTES,
                statistic="Sum",
            )

        meaning = "No schedule has fired for a quarter of an hour: nothing is fetched, watched or reported."
        self._alarms.silent("schedules-silent", counted("InvocationAttemptCount"), meaning)
        dropped = "A schedule could not reach its function, and gave up."
        self._alarms.above("schedules-dropped", counted("InvocationDroppedCount"), 1, dropped)

    def _watch_slowness(self) -> None:
        for name, made in self._functions.items():
            self._alarms.watch_duration(made, self._environment.functions[name].timeout)
        for name in ("evaluate_bars", "publish_events"):
            self._alarms.watch_iterator(self._functions[name])
        for name, table in (("market", self._data.market), ("ledger", self._data.ledger)):
            self._watch_table(name, table)
        failed = self._messaging.alerts.metric_number_of_notifications_failed(period=FIVE_MINUTES, statistic="Sum")
        self._alarms.above("alerts-undelivered", failed, 1, "An alert did not reach one of its channels.")

    def _watch_table(self, name: str, table: dynamodb.Table) -> None:
        for kind, metric, meaning in (
            ("throttled", "WriteThrottleEvents", "was refused writes for want of throughput."),
            ("broken", "SystemErrors", "answered with errors of its own."),
        ):
            measured = table.metric(metric, period=FIVE_MINUTES, statistic="Sum")
            self._alarms.above(f"{name}-{kind}", measured, 1, f"The table {name} {meaning}")

    def _dashboard(self) -> None:
        queues = {
            "orders": self._messaging.orders,
            "orders-dlq": self._messaging.order_dlq,
            **{f"{name}-failures": made.failures for name, made in self._functions.items()},
        }
        alarms: list[cloudwatch.IAlarm] = list(self._alarms.made)
        prefix = f"tradewind-{self._environment.name}"
        TraderDashboard(self, f"{prefix}-trader", self._functions)
        OperatorDashboard(self, f"{prefix}-operator", self._functions, queues, alarms)
        tables = {"market": self._data.market, "ledger": self._data.ledger}
        memory = {name: one.memory for name, one in self._environment.functions.items()}
        CostDashboard(self, f"{prefix}-cost", self._functions, memory, tables, self._messaging.orders)

    def _budget(self) -> None:
        """Warn by email at four fifths of the month's budget, and when the forecast exceeds it."""
        people = [
            budgets.CfnBudget.SubscriberProperty(subscription_type="EMAIL", address=email)
            for email in self._configuration.emails[:10]
        ]
        warnings = [
            budgets.CfnBudget.NotificationProperty(
                comparison_operator="GREATER_THAN", notification_type=kind, threshold=threshold
            )
            for kind, threshold in (("ACTUAL", 80), ("FORECASTED", 100))
        ]
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=self._environment.monthly_budget, unit="USD"),
                cost_filters={"TagKeyValue": [f"user:environment${self._environment.name}"]},
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(notification=warning, subscribers=people)
                for warning in warnings
            ]
            if people
            else None,
        )

    def _backups(self) -> None:
        """Keep a copy a day of the tables for five weeks, in a vault that outlives them."""
        vault = backup.BackupVault(self, "Vault", encryption_key=self._data.key)
        plan = backup.BackupPlan(self, "Backups", backup_vault=vault)
        plan.add_rule(backup.BackupPlanRule(delete_after=Duration.days(35)))
        resources = [
            backup.BackupResource.from_dynamo_db_table(table) for table in (self._data.market, self._data.ledger)
        ]
        acknowledge(
            plan.add_selection("Tables", resources=resources),
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]",
            "The role AWS Backup itself assumes; its rights change with the service.",
        )
