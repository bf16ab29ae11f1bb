"""Customer-managed encryption keys."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


class CustomerKey(kms.Key):
    """A key of one's own, rotated each year ($1 a month each)."""

    def __init__(self, scope: Construct, identifier: str, description: str, *, retain: bool) -> None:
        super().__init__(
            scope,
            identifier,
            description=description,
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN if retain else RemovalPolicy.DESTROY,
        )

    def admit_service(self, *services: str) -> None:
        """Let AWS services write to what the key encrypts; an alarm cannot reach its topic otherwise."""
        for service in services:
            self.add_to_resource_policy(
                iam.PolicyStatement(
                    actions=["kms:GenerateDataKey*", "kms:Decrypt"],
                    principals=[iam.ServicePrincipal(service)],
                    resources=["*"],
                )
            )
