"""The alert topic calls this function; it delivers alerts to the configured channels, and a schedule what was held."""

import os
import time
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.application.send_alert import SendAlert
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _send() -> SendAlert:
    return bootstrap.send_alerts(RuntimeSettings.from_environ(os.environ))


@edge.metered(logger, bootstrap.meter)
def handler(event: edge.LambdaEvent, _: Any) -> None:
    """Deliver every alert; raise if one failed, so that it comes again and in the end reaches the dead letters."""
    send = _send()
    if "Records" not in event:
        logger.info("summarised", extra={"summaries": send.flush(time.time_ns() // 1_000_000)})
        return
    for alert_id, alert, ts in edge.sns_alerts(event):
        if strategy := (alert.data or {}).get("strategy"):
            bootstrap.meter().share({strategy: 1})
        delivery = send(alert_id, alert, ts)
        logger.info("sent", extra={"alert_id": alert_id, **alert.to_dict(), "outcomes": dict(delivery.outcomes)})
