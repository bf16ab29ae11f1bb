"""Whether everything is well."""

from dataclasses import dataclass

from tradewind.api.access import Role
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.models.standing import Health, QueueDepth, ShardHealth, SimpleHealth
from tradewind.application.standing import ShardStanding


def register(gateway: Gateway, desk: Desk) -> None:
    """Declare the paths."""
    view = HealthView(desk)
    gateway.reads("/api/health/simple", view.simple, Role.NOBODY, tag="Health")
    gateway.reads("/api/health", view.health, tag="Health")


@dataclass(frozen=True, slots=True)
class HealthView:
    """How an environment stands."""

    desk: Desk

    def simple(self) -> SimpleHealth:
        """Say that somebody answers, to anybody."""
        return SimpleHealth(status="ok")

    def health(self) -> Health:
        """Show failing checks, how far shards have come, and what waits in queues."""
        desk, board = self.desk, self.desk.board()
        return Health(
            status="failing" if board.failing else "ok",
            failing=dict(board.failing),
            environment=desk.configuration.environment,
            clock=desk.configuration.clock,
            now=desk.now(),
            shards=[shard_health(one) for one in desk.standing.shards()],
            queues=[QueueDepth(queue=name, messages=count) for name, count in desk.depths().items()],
        )


def shard_health(one: ShardStanding) -> ShardHealth:
    """Return a shard's standing as a document."""
    shard = one.shard
    return ShardHealth(
        shard=shard.name,
        timeframe=shard.timeframe,
        instruments=len(shard.instruments),
        latest=one.latest,
        evaluated=one.evaluated,
        lag_bars=one.lag_bars,
    )
