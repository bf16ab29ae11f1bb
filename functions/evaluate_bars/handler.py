"""Slices in the market table wake this function; it brings their shards up to date."""

import os
from collections import Counter
from functools import cache
from typing import Any

from tradewind import bootstrap, edge
from tradewind.application.evaluate_bars import EvaluateBars
from tradewind.settings import RuntimeSettings

logger = edge.logger()


@cache
def _evaluate() -> EvaluateBars:
    return bootstrap.evaluate_bars(RuntimeSettings.from_environ(os.environ))


def _shard(name: str, wakes: list[tuple[int, int]]) -> None:
    evaluate = _evaluate()
    if not evaluate.configuration.follows(name):
        # Its slices were written before a deployment: raised, they would come again and again, and others behind them.
        logger.warning("no such shard is configured", extra={"shard": name})
        return
    done = evaluate(name, wakes)
    decided = Counter(one.strategy for record in done.records for one in record.decisions)
    wished = edge.strategies_of([message for record in done.records for message in record.owed])
    bootstrap.meter().share(decided, wished)
    logger.info(
        "evaluated",
        extra={"shard": name, "slices": done.slices, "decisions": done.decisions, "intents": done.intents,
               "watermark": done.watermark, "trace": f"{name}@{done.watermark}.1"},
    )  # fmt: skip


@edge.metered(logger, bootstrap.meter)
def handler(event: edge.LambdaEvent, _: Any) -> None:
    """Evaluate every shard that woke us; raise if one failed, so that the batch comes again."""
    edge.for_each_shard(edge.slice_wakes(event), _shard)
