"""A state machine calls this function; it plans a backfill, fetches a series of it, or verifies what is stored."""

import os
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _backfill() -> bootstrap.Backfiller:
    return bootstrap.backfill_bars(RuntimeSettings.from_environ(os.environ))


@edge.metered(logger, bootstrap.meter)
def handler(event: edge.LambdaEvent, _: Any) -> dict[str, Any]:
    """Do the step that `event["step"]` names."""
    report = _backfill()(event)
    logger.info("backfilled", extra={"step": event["step"], "report": report})
    return report
