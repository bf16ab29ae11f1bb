"""How the parts meet: the order queue, its dead letters, and the topics that reach people."""

from collections.abc import Sequence
from functools import cached_property

from aws_cdk import (
    CfnOutput,
    Duration,
    RemovalPolicy,
    Stack,
)
from aws_cdk import (
    aws_kms as kms,
)
from aws_cdk import (
    aws_sns as sns,
)
from aws_cdk import (
    aws_sns_subscriptions as subscriptions,
)
from aws_cdk import (
    aws_sqs as sqs,
)
from constructs import Construct

from infra.configuration import DeployedConfiguration
from infra.constructs.acknowledgements import acknowledge
from infra.constructs.keys import CustomerKey
from infra.constructs.queues import KeptQueue, OrderQueue
from infra.constructs.topics import SecureTopic
from infra.settings import Environment, Profile


class MessagingStack(Stack):
    """Orders (FIFO) with dead letters; `alerts` for what the ledger says, `alarms` for what CloudWatch says."""

    def __init__(
        self, scope: Construct, environment: Environment, profile: Profile, configuration: DeployedConfiguration
    ) -> None:
        super().__init__(
            scope,
            "messaging",
            stack_name=f"tradewind-{environment.name}-messaging",
            description="Tradewind: order queue, dead letters, alerts",
        )
        self._prefix = prefix = f"tradewind-{environment.name}"
        self.key = self._customer_key(environment) if profile.guarded else None
        self.order_dlq = KeptQueue(self, "OrderDeadLetters", f"{prefix}-orders-dlq", self.key, fifo=True)
        timeout = environment.functions["execute_orders"].timeout
        self.orders = OrderQueue(self, f"{prefix}-orders", self.order_dlq, self.key, timeout)
        # What CloudWatch says is no secret, and it can use only a customer's key: so none below the profile full.
        self.alarms = SecureTopic(self, "Alarms", f"{prefix}-alarms", self.key)
        self.alarms.admit_alarms()
        self.alerts = SecureTopic(self, "Alerts", f"{prefix}-alerts", self.key or self._sns_key)
        self.people: dict[str, SecureTopic] = {}
        self._subscribe_people(configuration)
        self._outputs()
        if environment.local:
            self._inbox(f"{prefix}-alerts-inbox")

    def _customer_key(self, environment: Environment) -> CustomerKey:
        key = CustomerKey(self, "Key", f"Tradewind {environment.name}: messages", retain=False)
        key.admit_service("cloudwatch.amazonaws.com", "sns.amazonaws.com", "lambda.amazonaws.com")
        return key

    @cached_property
    def _sns_key(self) -> kms.IKey:
        return kms.Alias.from_alias_name(self, "SnsKey", "alias/aws/sns")

    def _subscribe_people(self, configuration: DeployedConfiguration) -> None:
        """Let people hear alarms directly, and alerts as `send_alerts` passes them on: SNS knows no quiet hours."""
        emails = [subscriptions.EmailSubscription(email) for email in configuration.emails]
        phones = [subscriptions.SmsSubscription(phone) for phone in configuration.phones]
        for kind, addresses in (("email", emails), ("sms", phones)):
            if addresses:
                key = self.key or self._sns_key
                self.people[kind] = SecureTopic(self, kind.title(), f"{self._prefix}-{kind}", key)
                self._subscribe(self.people[kind], addresses)
                self._subscribe(self.alarms, addresses)

    def _subscribe(self, topic: SecureTopic, people: Sequence[sns.ITopicSubscription]) -> None:
        for subscription in people:
            acknowledge(
                topic.add_subscription(subscription),
                "Serverless-SNSRedrivePolicy",
                "Email and SMS are tried for as long as SNS tries; the journal keeps every event for good.",
            )

    def _inbox(self, name: str) -> None:
        """Give tests and the summary a place to read what people would have received."""
        inbox = sqs.Queue(
            self,
            "AlertsInbox",
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(1),
            removal_policy=RemovalPolicy.DESTROY,
        )
        for rule in ("AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"):
            acknowledge(inbox, rule, "Local only; a test reads it and nothing depends on it.")
        for scope in (
            inbox,
            self.alerts.add_subscription(subscriptions.SqsSubscription(inbox, raw_message_delivery=True)),
        ):
            acknowledge(scope, "Serverless-SNSRedrivePolicy", "Local only; a test reads it and nothing depends on it.")
        CfnOutput(self, "AlertsInboxUrl", value=inbox.queue_url)

    def _outputs(self) -> None:
        CfnOutput(self, "OrderQueueUrl", value=self.orders.queue_url)
        CfnOutput(self, "OrderDlqUrl", value=self.order_dlq.queue_url)
        CfnOutput(self, "AlertTopicArn", value=self.alerts.topic_arn)
        CfnOutput(self, "AlarmTopicArn", value=self.alarms.topic_arn)
