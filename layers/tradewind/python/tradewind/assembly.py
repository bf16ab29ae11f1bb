"""How sources of bars are put together: providers in order, each with its breaker and its share of the rate."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from tradewind.domain.calendar import Calendar, CalendarName
from tradewind.domain.configuration import Configuration, Shard
from tradewind.domain.rate import FETCH_SECONDS, turns
from tradewind.settings import RuntimeSettings

if TYPE_CHECKING:
    from tradewind.adapters.dynamodb.table import Table
    from tradewind.application.apply_bars import History
    from tradewind.application.failover import Provider
    from tradewind.application.packed_slices import PackedSlices
    from tradewind.application.ports_market import BarSource, MarketDataProvider
    from tradewind.application.rate_limiter import RateLimiter
    from tradewind.application.repair_bars import RepairBars, RepairReport
    from tradewind.domain.slice import Slice

CONCURRENCY = 32
"""Requests that one function has under way at a provider."""

UNIVERSE_SECONDS = 200.0
"""How long one question of a universe's refresh may take: a slow provider is asked for a month of each of a hundred."""

UNIVERSE_SHARE = 0.5
"""How much of a rate the refresh of a universe takes: live fetches go on beside it."""

type Clients = Callable[[str], Any]
"""Returns the client of a service."""


def bar_source(shard: Shard, settings: RuntimeSettings, market: "Table", clients: Clients) -> "BarSource":
    """Build a shard's source: the recorded bars, or its providers in their order."""
    if shard.provider == "replay":
        from tradewind.adapters.market.replay import ReplayProvider
        from tradewind.adapters.s3.objects import S3Objects

        return ReplayProvider(S3Objects(clients("s3"), settings.data_bucket))
    from tradewind.adapters.dynamodb.providers import DynamoBreakers
    from tradewind.application.failover import FailoverSource

    names = (shard.provider, *shard.fallbacks)
    parts = zip(names, turns(len(names)), strict=True)
    providers = [_patient(name, settings, market, seconds) for name, seconds in parts]
    return FailoverSource(providers, DynamoBreakers(market), Calendar(CalendarName(shard.calendar)), _now)


def _patient(name: str, settings: RuntimeSettings, market: "Table", budget: float) -> "Provider":
    """Build a provider; one that needs credentials waits for them, so that their absence stops no other."""
    from tradewind.adapters.market import registry

    known = name.partition("@")[0]
    build = partial(live_provider, name, settings, market, budget)
    if not registry.facts(known).keys:
        return build()
    from tradewind.adapters.market.keyed import KeyedSource
    from tradewind.application.failover import Provider

    source = KeyedSource(build, time.monotonic)
    return Provider(known, source, source.expect)


def live_provider(
    name: str, settings: RuntimeSettings, market: "Table", budget: float, share: float = 1.0
) -> "Provider":
    """Build one provider over HTTP with its part of the function's time, and no more than a share of the rate."""
    from tradewind.application.failover import Provider

    source, limiter, batch = _within_the_rate(name, settings, market, budget, share)
    return Provider(name.partition("@")[0], source, lambda instruments: limiter.expect(-(-instruments // batch)))


def _within_the_rate(
    name: str, settings: RuntimeSettings, market: "Table", budget: float, share: float
) -> "tuple[MarketDataProvider, RateLimiter, int]":
    """Build a provider that takes part in the rate that all share; return it with its limiter and its batch."""
    from tradewind.adapters.dynamodb.providers import DynamoRateBudget
    from tradewind.adapters.market import registry
    from tradewind.application.rate_limiter import ConsiderateLimiter, RateLimiter
    from tradewind.domain.rate import RateLimit

    known, _, address = name.partition("@")  # an address stands there only where a simulated venue is asked
    facts = registry.facts(known)
    shared = DynamoRateBudget(market), known, RateLimit(facts.requests, facts.seconds), _microseconds, budget
    limiter = RateLimiter(*shared) if share == 1.0 else ConsiderateLimiter(*shared, share=share, sleep=time.sleep)
    options: dict[str, Any] = {"limiter": limiter, "budget": budget, "concurrency": CONCURRENCY}
    source = registry.build(known, settings.variables, **options, **({"base_url": address} if address else {}))
    return source, limiter, facts.batch


def repairers(
    configuration: Configuration, settings: RuntimeSettings, market: "Table", clients: Clients
) -> Mapping[str, "Callable[[int], RepairReport]"]:
    """Build what repairs each live shard, by its name."""
    return {
        shard.name: partial(_repairer(shard, settings, market, clients), shard)
        for shard in configuration.shards
        if shard.provider != "replay"
    }


def _repairer(shard: Shard, settings: RuntimeSettings, market: "Table", clients: Clients) -> "RepairBars":
    from tradewind.adapters.dynamodb.holes import DynamoHoles
    from tradewind.adapters.dynamodb.refusals import DynamoRefusals
    from tradewind.adapters.dynamodb.slices import DynamoSlices
    from tradewind.adapters.dynamodb.splits import DynamoSplits
    from tradewind.application.repair_bars import RepairBars

    source = bar_source(shard, settings, market, clients)
    second = _patient(shard.fallbacks[0], settings, market, FETCH_SECONDS / 4).source if shard.fallbacks else None
    slices, refusals = DynamoSlices(market, time.time), DynamoRefusals(market, time.time)
    return RepairBars(source, slices, DynamoHoles(market, time.time), refusals, second, DynamoSplits(market))


def universe_refresher(settings: RuntimeSettings, market: "Table") -> Callable[[], dict[str, Any]]:
    """Build what stores each configured universe's members of the day."""
    from tradewind.adapters.dynamodb.notices import DynamoNotices
    from tradewind.adapters.dynamodb.universes import DynamoUniverses
    from tradewind.application.each import told_by_each
    from tradewind.application.refresh_universe import RefreshUniverse
    from tradewind.domain.universe import Filter

    rows = json.loads(settings.configuration_path.read_bytes()).get("universes", [])
    store, notices = DynamoUniverses(market), DynamoNotices(market, time.time)

    def refresh(row: Mapping[str, Any]) -> str:
        provider = _within_the_rate(row["provider"], settings, market, UNIVERSE_SECONDS, UNIVERSE_SHARE)[0]
        said: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in row["rules"].items()}
        rules = Filter(**said)
        done = RefreshUniverse(provider, store, notices)(row["name"], row["venue"], rules, _now(), row["followed"])
        return f"{len(done.members)} of {len(done.listed)}"

    return lambda: told_by_each({row["name"]: partial(refresh, row) for row in rows})


def history(configuration: Configuration, market: "Callable[[], Table]") -> "History":
    """Return bars by instrument from whichever tier has them; built at the first question, since few are asked."""

    @cache
    def repository() -> Any:
        from tradewind.adapters.dynamodb.archived import DynamoArchivedSeries
        from tradewind.adapters.dynamodb.near_tiers import DynamoNearTiers
        from tradewind.adapters.dynamodb.slices import DynamoSlices
        from tradewind.adapters.dynamodb.splits import DynamoSplits
        from tradewind.application.bar_repository import Cold, TieredBars
        from tradewind.application.out_of_reach import OutOfReach

        table = market()
        slices, series = DynamoSlices(table, time.time), DynamoArchivedSeries(table)
        cold = Cold(series, OutOfReach(), _now)
        # A book is on the scale after a split, so the bars that it has not met must be too.
        return TieredBars(
            configuration.shards, slices, series, DynamoSplits(table), cold=cold, near=DynamoNearTiers(slices, series)
        )

    return lambda instrument, timeframe, after, until: repository().history(instrument, timeframe, after, until)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _microseconds() -> int:
    return time.time_ns() // 1_000


@dataclass(frozen=True, slots=True)
class LazyArchive:
    """Packed bars as slices; what reads them is imported only where a slice has expired."""

    configuration: Configuration
    table: "Table"

    def _packed(self) -> "PackedSlices":
        from tradewind.adapters.dynamodb.series import DynamoSeries
        from tradewind.adapters.dynamodb.splits import DynamoSplits
        from tradewind.application.packed_slices import PackedSlices

        return PackedSlices(self.configuration.shards, DynamoSeries(self.table), DynamoSplits(self.table))

    def compacted(self, shard: str) -> int:
        """Return `ts_close` up to which the shard's slices are in verified chunks."""
        return self._packed().compacted(shard)

    def before(self, shard_name: str, ts_close: int, steps: int) -> "Sequence[Slice]":
        """Return slices of the packed bars within so many timesteps before `ts_close`."""
        return self._packed().before(shard_name, ts_close, steps)

    def between(self, shard_name: str, start: int, end: int) -> "Sequence[Slice]":
        """Return slices of the packed bars in (start, end]."""
        return self._packed().between(shard_name, start, end)
