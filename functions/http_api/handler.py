"""API Gateway hands every request of the HTTP API to this function."""

import os
from functools import cache
from typing import Any

from tradewind import edge
from tradewind.api import surface
from tradewind.api.gateway import Gateway
from tradewind.settings import RuntimeSettings


@cache
def _gateway() -> Gateway:
    return surface.build(RuntimeSettings.from_environ(os.environ))


def handler(event: edge.LambdaEvent, context: Any) -> dict[str, Any]:
    """Answer one request."""
    return _gateway()(event, context)
