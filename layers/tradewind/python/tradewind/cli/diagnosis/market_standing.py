"""How an environment's market data stands: shards, what is overdue and why, providers, holes and packing."""

import time
from typing import Any

from tradewind.adapters.dynamodb.holes import DynamoHoles
from tradewind.adapters.dynamodb.providers import DynamoBreakers
from tradewind.adapters.dynamodb.series import DynamoSeries
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.application.market_health import Freshness, MarketHealth
from tradewind.cli.deployed import Deployed
from tradewind.cli.times import iso
from tradewind.domain.configuration import Shard

_HOLES = 1_000

type Json = dict[str, Any]


def market_standing(deployed: Deployed, now: int) -> Json:
    """Return shards, overdue instruments, providers and failing checks as JSON values.

    Parameters
    ----------
    now : int
        UTC ms.
    """
    configuration, table = deployed.configuration, deployed.market
    slices, series = DynamoSlices(table, time.time), DynamoSeries(table)
    health = MarketHealth(configuration, slices, series, DynamoBreakers(table))
    latest = {shard.name: slices.latest(shard.name) for shard in configuration.shards}
    fresh = health.freshness(now)
    by_shard = {one.shard: one for one in fresh}
    return {
        "environment": deployed.environment,
        "clock": configuration.clock,
        "shards": [
            _shard(deployed, shard, latest[shard.name], by_shard.get(shard.name)) for shard in configuration.shards
        ],
        "overdue": [
            {
                "instrument": name,
                "shard": one.shard,
                "due": iso(one.due),
                "late_seconds": late // 1000,
                "reason": one.reasons.get(name, "no slice"),
            }
            for one in fresh
            for name, late in sorted(one.overdue.items())
        ],
        "providers": [_provider(deployed, name) for name in _asked(deployed)],
        "failing": health.failing(latest, fresh),
    }


def _shard(deployed: Deployed, shard: Shard, latest: int, fresh: Freshness | None) -> Json:
    compacted = DynamoSeries(deployed.market).compacted(shard.name)
    return {
        "shard": shard.name,
        "bars": str(shard.timeframe),
        "calendar": shard.calendar,
        "instruments": len(shard.instruments),
        "latest": iso(latest) if latest else "–",
        "due": iso(fresh.due) if fresh else "–",
        "overdue": len(fresh.overdue) if fresh else 0,
        "packed": iso(compacted) if compacted else "–",
        "holes": len(DynamoHoles(deployed.market, time.time).open(shard.name, _HOLES)),
    }


def _asked(deployed: Deployed) -> list[str]:
    names = {name for shard in deployed.configuration.shards for name in (shard.provider, *shard.fallbacks)}
    return sorted({name.partition("@")[0] for name in names} - {"replay"})


def _provider(deployed: Deployed, name: str) -> Json:
    breaker = DynamoBreakers(deployed.market).get(name)
    return {
        "provider": name,
        "breaker": str(breaker.state),
        "failures": breaker.failures,
        "since": iso(breaker.opened) if breaker.opened else "–",
        "asked_again": iso(breaker.until) if breaker.until else "–",
        "reason": breaker.reason or "–",
    }
