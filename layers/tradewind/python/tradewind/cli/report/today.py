"""The report of the day from an environment's tables, as its function makes it."""

import time
from dataclasses import replace

from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.cli.deployed import Deployed
from tradewind.cli.report import history
from tradewind.domain.reporting import EquityPoint, Report
from tradewind.domain.timeframe import DAY
from tradewind.outreach import report_maker


def made(deployed: Deployed, span: int | None) -> Report:
    """Return the report of the last `span` milliseconds: 0 for everything, None for what is usual."""
    configuration = deployed.configuration
    make = report_maker(configuration, deployed.market, deployed.ledger, lambda _: None)
    replayed = configuration.clock == "replay"
    now = _reached(deployed) if replayed else time.time_ns() // 1_000_000
    usual = 0 if replayed else DAY
    length = usual if span is None else span
    zone = configuration.reports.get("zone", "UTC")
    report = make("Report", zone, now - length if length else 0, now)
    return _with_recorded_equity(deployed, report) if replayed and len(report.accounts) == 1 else report


def _reached(deployed: Deployed) -> int:
    """Return how far recorded time has come."""
    progress = DynamoProgress(deployed.market, time.time)
    return max((progress.load(shard.name).watermark for shard in deployed.configuration.shards), default=0)


def _with_recorded_equity(deployed: Deployed, report: Report) -> Report:
    """Draw the equity of recorded bars from the bars: nobody notes it while they are replayed."""
    points = [EquityPoint(one.ts, one.equity) for one in history.read(deployed).curve()]
    (account,) = report.accounts
    return replace(report, accounts=[replace(account, curve=[one for one in points if one.ts > report.since])])
