"""How an environment's market data stands: shards, what is overdue and why, providers, holes and packing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tradewind.application.market_health import Freshness, MarketHealth, providers_of
from tradewind.application.ports_market import SeriesStore, SliceStore
from tradewind.application.ports_reliability import BreakerStore
from tradewind.domain.breaker import Breaker
from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.instrument import InstrumentId

type HoleCounts = Callable[[Sequence[str]], Mapping[str, int]]
"""Returns how many slices of each shard lack bars."""


@dataclass(frozen=True, slots=True)
class ShardData:
    """How one shard's data stands; times are UTC ms, 0 for none.

    Attributes
    ----------
    packed : int
        Up to when its slices are in series chunks.
    """

    shard: Shard
    latest: int
    due: int
    overdue: int
    packed: int
    holes: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """One instrument whose bar is late by so many ms, and why."""

    instrument: InstrumentId
    shard: str
    due: int
    late: int
    reason: str


@dataclass(frozen=True, slots=True)
class MarketReport:
    """Everything at one moment; `failing` are checks by name, each with its text."""

    shards: Sequence[ShardData]
    overdue: Sequence[Overdue]
    providers: Sequence[Breaker]
    failing: dict[str, str]


@dataclass(frozen=True, slots=True)
class MarketStanding:
    """Looks at the tables; changes nothing."""

    configuration: Configuration
    slices: SliceStore
    series: SeriesStore
    breakers: BreakerStore
    holes: HoleCounts

    def __call__(self, now: int) -> MarketReport:
        """Return how market data stands at a time, UTC ms."""
        health = MarketHealth(self.configuration, self.slices, self.series, self.breakers)
        latest = {shard.name: self.slices.latest(shard.name) for shard in self.configuration.shards}
        fresh = health.freshness(now)
        by_shard = {one.shard: one for one in fresh}
        holes = self.holes(list(latest))
        return MarketReport(
            [
                self._shard(one, latest[one.name], by_shard.get(one.name), holes[one.name])
                for one in self.configuration.shards
            ],
            [
                Overdue(name, one.shard, one.due, late, one.reasons.get(name, "no slice"))
                for one in fresh
                for name, late in sorted(one.overdue.items())
            ],
            [self.breakers.get(name) for name in self._asked()],
            health.failing(latest, fresh),
        )

    def _shard(self, shard: Shard, latest: int, fresh: Freshness | None, holes: int) -> ShardData:
        due, overdue = (fresh.due, len(fresh.overdue)) if fresh else (0, 0)
        return ShardData(shard, latest, due, overdue, self.series.compacted(shard.name), holes)

    def _asked(self) -> list[str]:
        return [name for name in providers_of(self.configuration.shards) if name != "replay"]
