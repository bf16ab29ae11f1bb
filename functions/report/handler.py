"""Schedules call this function: at the times of the day for a report, and every five minutes to note how it stands."""

import os
import time
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.application.meter_spending import MeterSpending
from tradewind.application.send_report import SendReport
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _report() -> SendReport:
    return bootstrap.report(RuntimeSettings.from_environ(os.environ))


@cache
def _spending() -> MeterSpending:
    return bootstrap.spending_meter(RuntimeSettings.from_environ(os.environ))


@edge.metered(logger, bootstrap.meter)
def handler(event: edge.LambdaEvent, _: Any) -> dict[str, Any]:
    """Report, or note what every account is worth."""
    report, now = _report(), time.time_ns() // 1_000_000
    if event.get("what") == "report":
        answer: dict[str, Any] = {"report": report(now)}
        logger.info("reported", extra=answer)
    else:
        noted, failing = report.make.note_equity(now), len(report.make.board.get().failing)
        spent = _spending()(now)
        answer = {"accounts": noted, "failing": failing, "dollars": round(spent.dollars, 6), "paused": spent.paused}
        logger.info("looked", extra=answer)
    return answer
