"""Builders of what keeps bars and evidence in order: compaction, archive, repair, backfill and universes."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from tradewind.bootstrap.process import client, clock_of, load_configuration, market_table, with_keys
from tradewind.domain.errors import BadInputError
from tradewind.domain.identifiers import content_hash
from tradewind.domain.timeframe import MINUTE
from tradewind.settings import RuntimeSettings

if TYPE_CHECKING:
    from tradewind.application.repair_bars import RepairReport

type Compactor = Callable[[], dict[str, Any]]
type ArchiveRun = Callable[[str, str], dict[str, Any]]
type Backfiller = Callable[[Mapping[str, Any]], dict[str, Any]]


def compact_bars(settings: RuntimeSettings) -> Compactor:
    """Build the compaction of every shard."""
    from tradewind.adapters.dynamodb.series import DynamoSeries
    from tradewind.adapters.dynamodb.slices import DynamoSlices
    from tradewind.application.compact_bars import CompactBars
    from tradewind.application.each import told_by_each

    configuration, market = load_configuration(settings.configuration_path), market_table(settings)
    use_case = CompactBars(DynamoSlices(market, time.time), DynamoSeries(market))

    runs = {shard.name: partial(use_case, shard) for shard in configuration.shards}
    return lambda: told_by_each(runs)


def archive_bars(settings: RuntimeSettings) -> ArchiveRun:
    """Build the archive of every shard, or of one, and of what is due, or of one day, written as 2026-11-20."""
    from tradewind.keeping import archiver, day_named

    configuration = load_configuration(settings.configuration_path)
    archive = archiver(configuration, market_table(settings), client("s3"), settings.data_bucket)
    return lambda day, shard: dict(archive(day_named(day) if day else None, shard))


def remember_configuration(settings: RuntimeSettings) -> None:
    """Keep the configuration that is at work, so that whoever asks for the past finds it."""
    from tradewind.adapters.dynamodb.evidence import remember_configuration as remember

    written = settings.configuration_path.read_bytes()
    remember(market_table(settings), content_hash(written), written.decode())


def remember_code(settings: RuntimeSettings) -> None:
    """Keep the sources of the strategies that are at work, so that whoever asks for the past finds what decided.

    One that does not load is not kept: nothing is decided by it, and who runs it tells why.
    """
    from tradewind.adapters.dynamodb.evidence import remember_code as remember
    from tradewind.strategies.registry import build, code_hash, sources

    market = market_table(settings)
    for rules in load_configuration(settings.configuration_path).strategies:
        with suppress(BadInputError):
            strategy = build(rules.name, rules.parameters, settings.user_strategies, rules.gates)
            remember(market, code_hash(strategy), sources(strategy))


def repair_bars(settings: RuntimeSettings) -> Compactor:
    """Build the repair of every shard; recorded bars are never repaired."""
    from tradewind.application.each import told_by_each, turned
    from tradewind.assembly import repairers

    configuration = load_configuration(settings.configuration_path)
    every = repairers(configuration, with_keys(settings), market_table(settings), client)
    clock = clock_of(configuration)

    def at_this_time(repair: "Callable[[int], RepairReport]") -> "RepairReport":
        return repair(clock.now(0))

    runs = {name: partial(at_this_time, repair) for name, repair in every.items()}
    return lambda: told_by_each(turned(runs, clock.now(0) // MINUTE))


def backfill_bars(settings: RuntimeSettings) -> Backfiller:
    """Build the steps of a backfill."""
    from tradewind.keeping import cold_tier
    from tradewind.past import steps

    archive = cold_tier(client("s3"), settings.data_bucket)
    configuration = load_configuration(settings.configuration_path)
    return steps(configuration, with_keys(settings), market_table(settings), archive)


def refresh_universe(settings: RuntimeSettings) -> Compactor:
    """Build the daily refresh of every universe in the configuration."""
    from tradewind.assembly import universe_refresher

    return universe_refresher(with_keys(settings), market_table(settings))
