"""When each function runs that no table, queue or topic wakes."""

from collections.abc import Mapping

from constructs import Construct

from infra.configuration import DeployedConfiguration
from infra.constructs.function import TradewindFunction
from infra.constructs.sources import Schedules


def schedule(
    scope: Construct, environment: str, configuration: DeployedConfiguration, functions: Mapping[str, TradewindFunction]
) -> None:
    """Wake functions by the clock; where bars are replayed nothing is enabled."""
    schedules = Schedules(scope, environment, enabled=configuration.live)
    for shard in configuration.shards:
        schedules.add(f"fetch-{shard.name}", shard.expression, functions["fetch_bars"], {"shard": shard.name})
    schedules.add("watch", configuration.watch, functions["watch"], {})
    schedules.add("stops", "rate(1 minute)", functions["guard_stops"], {})
    if "reconcile" in functions:
        schedules.add("reconcile", "rate(5 minutes)", functions["reconcile"], {})
    schedules.add("repair", "rate(1 minute)", functions["repair_bars"], {})
    # After midnight: daily bars, of which scores are made, have closed.
    schedules.add("universe", "cron(20 0 * * ? *)", functions["refresh_universe"], {})
    schedules.add("alerts", "rate(5 minutes)", functions["send_alerts"], {})
    report, zone = functions["report"], configuration.zone
    schedules.add("look", "rate(5 minutes)", report, {"what": "look"})
    for text in configuration.reports:
        hours, _, minutes = text.partition(":")
        due = f"cron({int(minutes)} {int(hours)} * * ? *)"
        schedules.add(f"report-{hours}{minutes}", due, report, {"what": "report"}, zone)
    schedules.add("compact", configuration.compact, functions["compact_bars"], {})
    schedules.add("archive", "cron(40 2 * * ? *)", functions["archive_bars"], {})
