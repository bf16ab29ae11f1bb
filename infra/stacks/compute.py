"""The functions: what each is woken by, what each knows, and what each may do."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.configuration import DeployedConfiguration
from infra.constructs.function import CONFIGURATION, ROOT, TradewindFunction
from infra.constructs.layers import Layers
from infra.constructs.observe import observe
from infra.constructs.rights import (
    PUBLISH,
    READ,
    SEND,
    WRITE,
    WRITE_MANY,
    acknowledge_batches,
    acknowledge_objects,
)
from infra.constructs.sources import wake_by_queue, wake_by_stream
from infra.settings import FUNCTIONS, VENUE_TIMEOUT, Environment
from infra.stacks.data import DataStack
from infra.stacks.identity import IdentityStack
from infra.stacks.messaging import MessagingStack
from infra.stacks.timetable import schedule
from infra.stacks.upkeep import tell_of_keys, upkeep

USER_STRATEGIES = ROOT / "user_strategies"

AT_VENUES = frozenset({"execute_orders", "guard_stops", "reconcile"})
"""Who asks the venues of accounts that trade elsewhere than on paper."""


class ComputeStack(Stack):
    """The functions, which meet only in a table, a queue or a topic; a person's one question is handed on at once."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        configuration: DeployedConfiguration,
        data: DataStack,
        messaging: MessagingStack,
        identity: IdentityStack,
    ) -> None:
        super().__init__(
            scope,
            "compute",
            stack_name=f"tradewind-{environment.name}-compute",
            description="Tradewind: functions, their triggers and rights",
        )
        self._environment, self._configuration = environment, configuration
        self._data, self._messaging, self._identity = data, messaging, identity
        self._layers = Layers(self, environment, ccxt=configuration.ccxt, ccxt_venue=configuration.ccxt_venue)
        self.functions: dict[str, TradewindFunction] = {}
        self._fetch_bars()
        self._evaluate_bars()
        self._execute_orders()
        self._publish_events()
        self._send_alerts()
        self._report()
        upkeep(self._function, self._data)
        self._guard_stops()
        if configuration.credentials:  # on paper the ledger is its own venue
            self._reconcile()
        self._http_api()
        self._watch()
        schedule(self, environment.name, configuration, self.functions)

    def _function(self, name: str, variables: Mapping[str, str]) -> TradewindFunction:
        made = TradewindFunction(
            self,
            name,
            self._environment,
            self._layers_of(name),
            variables,
            self._files(name),
            self._messaging.key,
        )
        for key in filter(None, (self._data.key, self._messaging.key)):
            made.may(("kms:Decrypt", "kms:GenerateDataKey"), key.key_arn)
        tell_of_keys(made, self._configuration)
        self.functions[name] = made
        CfnOutput(self, f"{made.node.id}Function", value=made.function.function_name)
        CfnOutput(self, f"{made.node.id}FailuresUrl", value=made.failures.queue_url)
        return made

    def _layers_of(self, name: str) -> Sequence[lambda_.ILayerVersion]:
        if name == "fetch_bars":
            return self._layers.fetching
        if name == "http_api":
            return self._layers.api
        if name in AT_VENUES and self._configuration.credentials:
            return self._layers.venues
        if name == "archive_bars":
            return self._layers.archiving
        if name == "backfill_bars":
            return self._layers.backfilling
        return self._layers.http if self._environment.functions[name].http else self._layers.base

    def _reach_venues(self, made: TradewindFunction) -> None:
        """Let a function trade where accounts have venues: with their keys, and with time to wait for an answer."""
        if not self._configuration.credentials:
            return
        made.may_read_secrets(self._configuration.credentials)
        function = made.function.node.default_child
        assert isinstance(function, lambda_.CfnFunction)  # noqa: S101  the one resource that a function is made of
        function.timeout = max(VENUE_TIMEOUT, self._environment.functions[made.name].timeout)

    def _files(self, name: str) -> dict[str, Path]:
        """Return what ships beside a handler: the configuration, and a user's strategies where they are run or kept."""
        shipped = {CONFIGURATION: self._configuration.path}
        if name in {"evaluate_bars", "http_api", "watch"}:
            shipped |= {f"{USER_STRATEGIES.name}/{path.name}": path for path in sorted(USER_STRATEGIES.glob("*.py"))}
        return shipped

    @property
    def _market(self) -> dynamodb.Table:
        return self._data.market

    @property
    def _ledger(self) -> dynamodb.Table:
        return self._data.ledger

    def _fetch_bars(self) -> None:
        bucket = self._data.bucket
        made = self._function(
            "fetch_bars", {"MARKET_TABLE": self._market.table_name, "DATA_BUCKET": bucket.bucket_name}
        )
        made.may((*READ, *WRITE_MANY), self._market.table_arn)
        made.may(("s3:GetObject",), bucket.arn_for_objects("replay/*"))
        acknowledge_objects(made, self._data, "replay", "The recorded bars are many objects under one prefix.")

    def _evaluate_bars(self) -> None:
        orders = self._messaging.orders
        made = self._function(
            "evaluate_bars",
            {**self._tables(), "ORDER_QUEUE_URL": orders.queue_url, "USER_STRATEGIES_PATH": USER_STRATEGIES.name},
        )
        made.may((*READ, *WRITE), self._market.table_arn)
        made.may(READ, self._ledger.table_arn)
        made.may(SEND, orders.queue_arn)
        acknowledge_batches(made, "sqs:SendMessage*")
        wake_by_stream(made, self._market, ("SLICE#", "POKE#"), batch_size=100)

    def _execute_orders(self) -> None:
        dead_letters = self._messaging.order_dlq
        made = self._function("execute_orders", {**self._tables(), "ORDER_DLQ_URL": dead_letters.queue_url})
        made.may((*READ, *WRITE), self._ledger.table_arn)
        made.may(READ, self._market.table_arn)
        made.may(SEND, dead_letters.queue_arn)
        acknowledge_batches(made, "sqs:SendMessage*")
        self._reach_venues(made)
        wake_by_queue(made, self._messaging.orders, self._environment.order_concurrency)

    def _publish_events(self) -> None:
        topic = self._messaging.alerts
        made = self._function(
            "publish_events", {"LEDGER_TABLE": self._ledger.table_name, "ALERT_TOPIC_ARN": topic.topic_arn}
        )
        made.may(READ, self._ledger.table_arn)
        made.may_write_keys(self._ledger.table_arn, "PUBLISHED#*")
        made.may(PUBLISH, topic.topic_arn)
        acknowledge_batches(made, "sns:Publish*")
        wake_by_stream(made, self._ledger, ("JOURNAL#",), batch_size=100)

    def _send_alerts(self) -> None:
        people = self._messaging.people
        arns = {f"{kind.upper()}_TOPIC_ARN": topic.topic_arn for kind, topic in people.items()}
        made = self._function("send_alerts", {"MARKET_TABLE": self._market.table_name, **arns})
        made.may((*READ, "dynamodb:PutItem"), self._market.table_arn)
        if people:
            made.may(("sns:Publish",), *(topic.topic_arn for topic in people.values()))
        made.may_read_secrets(self._configuration.secrets)
        self._messaging.alerts.add_subscription(
            subscriptions.LambdaSubscription(made.function, dead_letter_queue=made.failures)
        )

    def _report(self) -> None:
        bucket, topic = self._data.bucket, self._messaging.alerts
        made = self._function(
            "report",
            {
                **self._tables(),
                "DATA_BUCKET": bucket.bucket_name,
                "ALERT_TOPIC_ARN": topic.topic_arn,
                "METERED": ",".join(f"tradewind-{self._environment.name}-{name}" for name in FUNCTIONS),
            },
        )
        made.may((*READ, "dynamodb:PutItem"), self._market.table_arn)
        # A budget that is spent is written as the kill switch is: the control, and what the system's journal says.
        made.may(READ, self._ledger.table_arn)
        made.may_write_keys(self._ledger.table_arn, "ACCOUNT#*", "JOURNAL#system")
        made.may_read_logs_of_functions(self._environment.name)
        made.may(("s3:PutObject",), bucket.arn_for_objects("reports/*"))
        made.may(("sns:Publish",), topic.topic_arn)
        acknowledge_objects(made, self._data, "reports", "Each report is an object of its own under one prefix.")

    def _watched(self) -> tuple[dict[str, sqs.IQueue], str]:
        """Return every queue where something can be stuck, and the list of them as functions read it."""
        watched: dict[str, sqs.IQueue] = {
            "orders-dlq": self._messaging.order_dlq,  # the first is looked at most often
            "orders": self._messaging.orders,
            **{f"{name}-failures": made.failures for name, made in self.functions.items()},
        }
        return watched, json.dumps([{"name": name, "url": queue.queue_url} for name, queue in watched.items()])

    def _http_api(self) -> None:
        watched, listing = self._watched()
        made = self._function(
            "http_api",
            {
                **self._tables(),
                "ORDER_QUEUE_URL": self._messaging.orders.queue_url,
                "WATCHED_QUEUES": listing,
                "USER_POOL_CLIENT_ID": self._identity.client.user_pool_client_id,
                "USER_STRATEGIES_PATH": USER_STRATEGIES.name,
                "ALERT_TOPIC_ARN": self._messaging.alerts.topic_arn,
                "DATA_BUCKET": self._data.bucket.bucket_name,
                "FUNCTION_SIZES": json.dumps({name: one.memory for name, one in self._environment.functions.items()}),
            },
        )
        made.may((*READ, "dynamodb:DescribeTable"), self._market.table_arn)
        made.may((*READ, "dynamodb:DescribeTable"), self._ledger.table_arn)
        observe(made, self._environment.name, self._data.bucket)
        made.may(PUBLISH, self._messaging.alerts.topic_arn)
        acknowledge_batches(made, "sns:Publish*")
        # Orders go through the queue. What it writes itself: who asked, the kill switch, and what it has added up.
        asked = ("REQUEST#*", "JOURNAL#audit", "JOURNAL#system", "ACCOUNT#*", "VIEW#*")
        made.may_write_keys(self._ledger.table_arn, *asked)
        made.may_write_keys(self._market.table_arn, "ORDERBOOK#*", "NOTICE")
        made.may_read_secrets(self._configuration.door_secrets)
        made.may(SEND, self._messaging.orders.queue_arn)
        acknowledge_batches(made, "sqs:SendMessage*")
        made.may_call("RECONCILE_FUNCTION", self.functions.get("reconcile"))  # which has the keys of accounts
        made.may(("sqs:GetQueueAttributes",), *(queue.queue_arn for queue in watched.values()))

    def _watch(self) -> None:
        watched, listing = self._watched()
        orders = self._messaging.orders
        made = self._function(
            "watch",
            {
                **self._tables(),
                "ORDER_QUEUE_URL": orders.queue_url,
                "WATCHED_QUEUES": listing,
                "USER_STRATEGIES_PATH": USER_STRATEGIES.name,
            },
        )
        made.may(SEND, orders.queue_arn)
        acknowledge_batches(made, "sqs:SendMessage*")
        made.may(("sqs:GetQueueAttributes",), *(queue.queue_arn for queue in watched.values()))
        # It reads whose letters are dead and puts them back: their instruments take no new risk.
        made.may(("sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"), self._messaging.order_dlq.queue_arn)
        made.may((*READ, "dynamodb:PutItem", "dynamodb:DeleteItem"), self._market.table_arn)
        made.may(READ, self._ledger.table_arn)
        made.may_write_keys(self._ledger.table_arn, "HEALTH", "ACCOUNT#*", "JOURNAL#system")

    def _guard_stops(self) -> None:
        orders = self._messaging.orders
        made = self._function(
            "guard_stops", {"LEDGER_TABLE": self._ledger.table_name, "ORDER_QUEUE_URL": orders.queue_url}
        )
        made.may(SEND, orders.queue_arn)
        self._reach_venues(made)
        acknowledge_batches(made, "sqs:SendMessage*")
        made.may(READ, self._ledger.table_arn)
        made.may_write_keys(self._ledger.table_arn, "HEALTH", "JOURNAL#system")

    def _reconcile(self) -> None:
        orders = self._messaging.orders
        made = self._function(
            "reconcile", {"LEDGER_TABLE": self._ledger.table_name, "ORDER_QUEUE_URL": orders.queue_url}
        )
        made.may(SEND, orders.queue_arn)
        acknowledge_batches(made, "sqs:SendMessage*")
        made.may(READ, self._ledger.table_arn)
        # Whatever it finds it asks the executor for; its own are the board, the kill switch and how far it has come.
        made.may_write_keys(self._ledger.table_arn, "HEALTH", "ACCOUNT#*", "JOURNAL#system", "RECONCILED#*")
        self._reach_venues(made)
        at_once = sns.SubscriptionFilter.string_filter(allowlist=["ORDER_UNKNOWN", "DEPLOYED"])
        self._messaging.alerts.add_subscription(
            subscriptions.LambdaSubscription(
                made.function, dead_letter_queue=made.failures, filter_policy={"kind": at_once}
            )
        )

    def _tables(self) -> dict[str, str]:
        return {"MARKET_TABLE": self._market.table_name, "LEDGER_TABLE": self._ledger.table_name}
