"""A schedule calls this function every minute; it proves that every position has its stop, or has it put there."""

import os
from dataclasses import asdict
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.application.guard_stops import GuardStops
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _guard() -> GuardStops:
    return bootstrap.guard_stops(RuntimeSettings.from_environ(os.environ))


@edge.metered(logger, bootstrap.meter)
def handler(_: edge.LambdaEvent, __: Any) -> dict[str, Any]:
    """Look at every position once."""
    report = _guard()()
    answer = asdict(report)
    logger.info("guarded", extra=answer)
    return answer
