"""The order queue feeds this function, the only writer of orders, fills, positions and accounts."""

import os
from collections.abc import Sequence
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.domain.messages import Message
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _batch() -> edge.FifoBatch:
    executor = bootstrap.execute_orders(RuntimeSettings.from_environ(os.environ))

    def expect(messages: Sequence[Message]) -> None:
        bootstrap.meter().share(edge.strategies_of(messages))
        executor.expect(messages)

    return edge.FifoBatch(executor.execute, executor.execute.halt, executor.refuse, logger, expect)


@edge.metered(logger, bootstrap.meter)
def handler(event: edge.LambdaEvent, _: Any) -> dict[str, list[dict[str, str]]]:
    """Execute every record; answer with those that should come again."""
    return _batch()(event)
