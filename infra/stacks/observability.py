"""What is watched: alarms for every profile, the dashboard and finer alarms above the minimal one."""

from aws_cdk import Stack
from constructs import Construct

from infra.settings import Environment, Profile
from infra.stacks.compute import ComputeStack
from infra.stacks.data import DataStack
from infra.stacks.messaging import MessagingStack


class ObservabilityStack(Stack):
    """Alarms and dashboard of one environment."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        profile: Profile,
        data: DataStack,
        messaging: MessagingStack,
        compute: ComputeStack,
    ) -> None:
        super().__init__(
            scope,
            "observability",
            stack_name=f"tradewind-{environment.name}-observability",
            description="Tradewind: alarms and dashboard",
        )
