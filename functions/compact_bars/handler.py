"""A schedule calls this function; it packs slices into series chunks, one instrument and period each."""

import os
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _compact() -> bootstrap.Compactor:
    return bootstrap.compact_bars(RuntimeSettings.from_environ(os.environ))


@edge.metered(logger, bootstrap.meter)
def handler(_: edge.LambdaEvent, __: Any) -> dict[str, Any]:
    """Compact every shard."""
    report = _compact()()
    logger.info("compacted", extra=report)
    return report
