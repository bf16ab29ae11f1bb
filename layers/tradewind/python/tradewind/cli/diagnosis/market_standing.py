"""How an environment's market data stands, as the command line tells it."""

import time
from typing import Any

from tradewind.adapters.dynamodb.holes import DynamoHoles
from tradewind.adapters.dynamodb.providers import DynamoBreakers
from tradewind.adapters.dynamodb.series import DynamoSeries
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.application.market_standing import MarketStanding, Overdue, ShardData
from tradewind.cli.deployed import Deployed
from tradewind.domain.breaker import Breaker
from tradewind.domain.moments import iso

type Json = dict[str, Any]


def market_standing(deployed: Deployed, now: int) -> Json:
    """Return shards, overdue instruments, providers and failing checks as JSON values.

    Parameters
    ----------
    now : int
        UTC ms.
    """
    table = deployed.market
    ask = MarketStanding(
        deployed.configuration,
        DynamoSlices(table, time.time),
        DynamoSeries(table),
        DynamoBreakers(table),
        DynamoHoles(table, time.time).counts,
    )
    report = ask(now)
    return {
        "environment": deployed.environment,
        "clock": deployed.configuration.clock,
        "shards": list(map(_shard, report.shards)),
        "overdue": list(map(_overdue, report.overdue)),
        "providers": list(map(_provider, report.providers)),
        "failing": report.failing,
    }


def _shard(one: ShardData) -> Json:
    return {
        "shard": one.shard.name,
        "bars": str(one.shard.timeframe),
        "calendar": one.shard.calendar,
        "instruments": len(one.shard.instruments),
        "latest": iso(one.latest) if one.latest else "–",
        "due": iso(one.due) if one.due else "–",
        "overdue": one.overdue,
        "packed": iso(one.packed) if one.packed else "–",
        "holes": one.holes,
    }


def _overdue(one: Overdue) -> Json:
    return {
        "instrument": one.instrument,
        "shard": one.shard,
        "due": iso(one.due),
        "late_seconds": one.late // 1000,
        "reason": one.reason,
    }


def _provider(breaker: Breaker) -> Json:
    return {
        "provider": breaker.provider,
        "breaker": str(breaker.state),
        "failures": breaker.failures,
        "since": iso(breaker.opened) if breaker.opened else "–",
        "asked_again": iso(breaker.until) if breaker.until else "–",
        "reason": breaker.reason or "–",
    }
