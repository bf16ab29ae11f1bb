"""Topics: TLS only, encrypted by the key given."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct


class SecureTopic(sns.Topic):
    """A topic that refuses plain HTTP."""

    def __init__(self, scope: Construct, identifier: str, name: str, key: kms.IKey | None) -> None:
        super().__init__(scope, identifier, topic_name=name, display_name="Tradewind", master_key=key, enforce_ssl=True)

    def admit_alarms(self) -> None:
        """Let this account's CloudWatch alarms publish."""
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="CloudWatchAlarms",
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[self.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.stack.account}},
            )
        )
