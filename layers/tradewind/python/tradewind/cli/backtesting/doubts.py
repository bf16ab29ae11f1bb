"""What to know before believing a backtest: bars that lack, do not move or were refused, and rules that failed."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tradewind.backtest.bars import Column
from tradewind.backtest.result import Result

_OFTEN = 0.003
"""Share of all bars from which on gaps of a length are a market's own."""


def doubts(result: Result) -> list[str]:
    """Return sentences, each with its place and what to do."""
    return [*_of_bars(result), *_of_engine(result), *_of_entries(result)]


def _of_bars(result: Result) -> Iterator[str]:
    setup = result.setup
    needed = max(one.strategy.warmup for one in setup.at_work)
    end = max((int(one.ts[-1]) for one in setup.bars.columns if len(one.ts)), default=0)
    for column in setup.bars.columns:
        name = column.instrument.id
        if column.refused:
            yield f"{name}: {column.refused:,} rows are no possible bars and were left out; see `tradewind data verify`"
        if len(column.ts) < needed:
            yield f"{name}: {len(column.ts):,} bars, and {needed:,} are needed to warm up: it was traded less, or not"
        if len(column.ts):
            yield from _of_column(column, setup.bars.timeframe.ms, end)


def _of_column(column: Column, frame_ms: int, end: int) -> Iterator[str]:
    name, closes, volumes = column.instrument.id, column.values[3], column.values[4]
    if len(closes) > 1 and (closes == closes[0]).all():
        yield f"{name}: its price never moves from {closes[0]:g}; check the file"
    if not volumes.any():
        yield f"{name}: it has no volume at all; gates that read volume say nothing"
    yield from _of_gaps(name, np.diff(column.ts) // frame_ms)
    if end - int(column.ts[-1]) > 30 * frame_ms:
        yield f"{name}: its bars end early; what is held then stays at its last price"


def _of_gaps(name: str, steps: Any) -> Iterator[str]:
    """Tell of gaps that are no nights, weekends or holidays: those come back."""
    lengths, counts = np.unique(steps[steps > 1], return_counts=True)
    irregular = lengths[counts < _OFTEN * len(steps)]
    if len(irregular):
        times = int(np.isin(steps, irregular).sum())
        yield f"{name}: {times:,} gaps, the longest of {int(irregular.max()) - 1:,} bars; nothing is decided in a gap"


def _of_engine(result: Result) -> Iterator[str]:
    run = result.run
    if run.note:
        yield run.note
    failed = sum(
        count for reasons in result.reasons().values() for reason, count in reasons.items() if reason[:4] == "FAIL"
    )
    for kind, words in run.faults.items():
        yield f"a strategy raised {kind}: {words} ({failed:,} decisions failed); nothing was traded on those bars"


def _of_entries(result: Result) -> Iterator[str]:
    for name, reasons in result.reasons().items():
        small = reasons.get("DENY SIZE_TOO_SMALL", 0)
        if small and not reasons.get("ENTER ENTRY"):
            cash = result.setup.account.cash
            yield f"{name}: all {small:,} entries were too small for one lot: raise --cash above {cash}"
    held = result.unclosed()
    if held:
        names = ", ".join(sorted({order.instrument for order in held})[:6])
        yield f"{len(held)} positions are still held at the end, at their last prices: {names}"
