"""The order queue feeds this function, the only writer of orders, fills, positions and accounts."""

import os
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _batch() -> edge.FifoBatch:
    executor = bootstrap.execute_orders(RuntimeSettings.from_environ(os.environ))

    return edge.FifoBatch(executor.execute, executor.execute.halt, executor.queue.refuse, logger, executor.expect)


def handler(event: edge.LambdaEvent, _: Any) -> dict[str, list[dict[str, str]]]:
    """Execute every record; answer with those that should come again."""
    return _batch()(event)
