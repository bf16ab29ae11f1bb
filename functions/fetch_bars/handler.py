"""A schedule per shard calls this function; it stores every bar that has closed since the last call."""

import os
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _fetch() -> bootstrap.Fetcher:
    return bootstrap.fetch_bars(RuntimeSettings.from_environ(os.environ))


@edge.metered(logger, bootstrap.meter)
def handler(event: edge.LambdaEvent, _: Any) -> dict[str, Any]:
    """Fetch `event["shard"]`; a replay says the time in `event["now"]`, UTC ms."""
    report = _fetch()(event["shard"], event.get("now"))
    logger.info("fetched", extra=report)
    return report
