"""Journal entries in the ledger table wake this function; it announces them."""

import os
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.application.publish_events import PublishEvents
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _publish() -> PublishEvents:
    return bootstrap.publish_events(RuntimeSettings.from_environ(os.environ))


@edge.metered(logger, bootstrap.meter)
def handler(event: edge.LambdaEvent, _: Any) -> None:
    """Announce the journals that woke us."""
    logger.info("published", extra={"alerts": _publish()(edge.journal_wakes(event))})
