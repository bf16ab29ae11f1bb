"""A schedule calls this function every minute; it asks again for the bars that slices lack."""

import os
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _repair() -> bootstrap.Compactor:
    return bootstrap.repair_bars(RuntimeSettings.from_environ(os.environ))


@edge.metered(logger, bootstrap.meter)
def handler(_: edge.LambdaEvent, __: Any) -> dict[str, Any]:
    """Repair every shard."""
    report = _repair()()
    logger.info("repaired", extra=report)
    return report
