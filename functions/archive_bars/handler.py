"""A schedule calls this function; it brings bars, decisions and what they were made on into Parquet.

`{"day": "2026-11-20"}` archives one day again, `{"shard": "kraken-1m"}` one shard.
"""

import os
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _archive() -> bootstrap.ArchiveRun:
    return bootstrap.archive_bars(RuntimeSettings.from_environ(os.environ))


@edge.metered(logger, bootstrap.meter)
def handler(event: edge.LambdaEvent, _: Any) -> dict[str, Any]:
    """Archive what is due, or what was asked for."""
    report = _archive()(str(event.get("day") or ""), str(event.get("shard") or ""))
    logger.info("archived", extra=report)
    return report
