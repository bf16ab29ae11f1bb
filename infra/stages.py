"""One stage an environment: its stacks and what they hand to each other."""

from aws_cdk import Stage, Tags
from constructs import Construct

from infra.configuration import DeployedConfiguration
from infra.settings import Environment, Profile
from infra.stacks.api import ApiStack
from infra.stacks.backfill import BackfillStack
from infra.stacks.compute import ComputeStack
from infra.stacks.data import DataStack
from infra.stacks.identity import IdentityStack
from infra.stacks.messaging import MessagingStack
from infra.stacks.observability import ObservabilityStack
from infra.stacks.stream import StreamStack
from infra.stacks.web import WebStack


class TradewindStage(Stage):
    """Everything one environment consists of."""

    def __init__(
        self, scope: Construct, environment: Environment, profile: Profile, configuration: DeployedConfiguration
    ) -> None:
        super().__init__(scope, f"tradewind-{environment.name}")
        self.data = DataStack(self, environment, profile)
        self.messaging = MessagingStack(self, environment, profile, configuration)
        self.identity = IdentityStack(self, environment)
        self.compute = ComputeStack(self, environment, configuration, self.data, self.messaging, self.identity)
        self.api = ApiStack(self, environment, self.identity, self.compute.functions["http_api"])
        if not environment.local:  # on this machine a small server does it: `tradewind local up`
            self.web = WebStack(self, environment, self.api)
        self.observability = ObservabilityStack(
            self, environment, profile, configuration, self.data, self.messaging, self.compute
        )
        if profile.observed:
            worker = self.compute.functions["backfill_bars"]
            self.backfill = BackfillStack(self, environment, worker, self.messaging.alarms)
        if str(self.node.try_get_context("stream")).lower() == "true":
            self.stream = StreamStack(self, environment, self.data.market)
        Tags.of(self).add("application", "tradewind")
        Tags.of(self).add("environment", environment.name)
        Tags.of(self).add("profile", profile.value)
