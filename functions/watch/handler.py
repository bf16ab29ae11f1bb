"""A schedule calls this function every minute; it pokes what lags and tells what is wrong."""

import os
import sys
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.application.watch import Watch
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _watch() -> Watch:
    return bootstrap.watch(RuntimeSettings.from_environ(os.environ))


@cache
def _announced() -> bool:
    """Ask once in each process whether something else is at work now: a deployment makes new ones."""
    settings = RuntimeSettings.from_environ(os.environ)
    bootstrap.remember_configuration(settings)
    bootstrap.remember_code(settings)
    return bootstrap.announce_deployment(settings)(_watch().clock.now(0))


@edge.metered(logger, bootstrap.meter)
def handler(_: edge.LambdaEvent, __: Any) -> dict[str, Any]:
    """Run every check once."""
    _announced()
    report = _watch()()
    answer = {"failing": dict(report.failing), "poked": list(report.poked), "resolving": report.resolving}
    logger.info("watched", extra=answer)
    fresh = {"StaleInstruments": report.stale, "OverdueSeconds": report.overdue / 1000}
    sys.stdout.write(edge.metrics(RuntimeSettings.from_environ(os.environ).environment, fresh) + "\n")
    return answer
