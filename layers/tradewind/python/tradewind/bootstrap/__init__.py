"""The composition root: with the modules that it leans on, the only importer of adapters. One builder a function.

Imports stand inside the builders on purpose: a function's cold start pays for what it uses and for nothing else.
"""

from tradewind.bootstrap.process import client, forget_clients, load_configuration, meter
from tradewind.bootstrap.telling import announce_deployment, report, send_alerts, spending_meter
from tradewind.bootstrap.trading import (
    Executor,
    Fetcher,
    evaluate_bars,
    execute_orders,
    fetch_bars,
    publish_events,
    source_of,
    strategies_at_work,
)
from tradewind.bootstrap.upkeep import (
    ArchiveRun,
    Backfiller,
    Compactor,
    archive_bars,
    backfill_bars,
    compact_bars,
    refresh_universe,
    remember_code,
    remember_configuration,
    repair_bars,
)
from tradewind.bootstrap.watching import guard_stops, probe_venue, reconcile, venue_probes, watch

__all__ = [
    "ArchiveRun",
    "Backfiller",
    "Compactor",
    "Executor",
    "Fetcher",
    "announce_deployment",
    "archive_bars",
    "backfill_bars",
    "client",
    "compact_bars",
    "evaluate_bars",
    "execute_orders",
    "fetch_bars",
    "forget_clients",
    "guard_stops",
    "load_configuration",
    "meter",
    "probe_venue",
    "publish_events",
    "reconcile",
    "refresh_universe",
    "remember_code",
    "remember_configuration",
    "repair_bars",
    "report",
    "send_alerts",
    "source_of",
    "spending_meter",
    "strategies_at_work",
    "venue_probes",
    "watch",
]
