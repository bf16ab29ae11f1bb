"""API Gateway hands every request of the HTTP API to this function."""

import gc
import os
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.api import surface
from tradewind.api.gateway import Gateway
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _gateway() -> Gateway:
    gateway = surface.build(RuntimeSettings.from_environ(os.environ))
    gc.freeze()  # what stays anyway need not be looked through each time that something is thrown away
    return gateway


@edge.metered(logger, bootstrap.meter)
def handler(event: edge.LambdaEvent, context: Any) -> dict[str, Any]:
    """Answer one request."""
    return _gateway()(event, context)
