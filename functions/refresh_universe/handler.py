"""A schedule calls this function once a day; it stores who belongs to each universe on that day."""

import os
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _refresh() -> bootstrap.Compactor:
    return bootstrap.refresh_universe(RuntimeSettings.from_environ(os.environ))


@edge.metered(logger, bootstrap.meter)
def handler(_: edge.LambdaEvent, __: Any) -> dict[str, Any]:
    """Refresh every universe of the configuration."""
    report = _refresh()()
    logger.info("refreshed", extra=report)
    return report
