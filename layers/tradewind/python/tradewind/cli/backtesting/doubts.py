"""What to know before believing a backtest: bars that lack, do not move or were refused, and rules that failed."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tradewind.backtest.bars import Column
from tradewind.backtest.result import Result
from tradewind.cli.backtesting import universe
from tradewind.cli.times import bar_text
from tradewind.domain.moments import iso

_OFTEN = 0.003
"""Share of all bars from which on gaps of a length are a market's own."""


def doubts(result: Result) -> list[str]:
    """Return sentences, each with its place and what to do."""
    return [*universe.doubts(result), *_of_bars(result), *_of_engine(result), *_of_entries(result)]


def _of_bars(result: Result) -> Iterator[str]:
    setup = result.setup
    needed = max(one.strategy.warmup for one in setup.at_work)
    end = max((int(one.ts[-1]) for one in setup.bars.columns if len(one.ts)), default=0)
    for column in setup.bars.columns:
        name = column.instrument.id
        if column.refused:
            yield (
                f"{name}: {column.refused:,} rows of {column.source or 'its bars'} are no possible bars (no "
                "numbers, no prices, high below low) and were left out; `tradewind data verify` names their lines"
            )
        if len(column.ts) < needed:
            yield (
                f"{name}: {len(column.ts):,} bars, and {needed:,} are needed to warm up: it was traded less, or not; "
                "give more bars"
            )
        if len(column.ts):
            told = setup.universe is not None and name in setup.universe.turns  # by its universe, if its bars end early
            yield from _of_column(column, setup.bars.timeframe.ms, 0 if told else end)


def _of_column(column: Column, frame_ms: int, end: int) -> Iterator[str]:
    name, closes, volumes = column.instrument.id, column.values[3], column.values[4]
    if len(closes) > 1 and (closes == closes[0]).all():
        yield f"{name}: its price never moves from {closes[0]:g}; check {column.source or 'the file'}"
    if not volumes.any():
        yield f"{name}: it has no volume at all; gates that read volume say nothing"
    yield from _of_gaps(name, column.ts, frame_ms)
    if end - (last := int(column.ts[-1])) > 30 * frame_ms:
        yield (
            f"{name}: its bars end early, at {iso(last)}; what is held then stays at its last price, unless "
            "--close-delisted sells it"
        )


def _of_gaps(name: str, times: Any, frame_ms: int) -> Iterator[str]:
    """Tell of gaps that are no nights, weekends or holidays: those come back."""
    steps = np.diff(times) // frame_ms
    lengths, counts = np.unique(steps[steps > 1], return_counts=True)
    irregular = lengths[counts < _OFTEN * len(steps)]
    if len(irregular):
        longest = int(irregular.max())
        since = int(times[np.argmax(steps == longest)])
        yield (
            f"{name}: {int(np.isin(steps, irregular).sum()):,} gaps, the longest of {longest - 1:,} bars from "
            f"{iso(since)}; nothing is decided in a gap, and orders wait; `tradewind data verify` lists them"
        )


def _of_engine(result: Result) -> Iterator[str]:
    run = result.run
    if run.note:
        yield run.note
    failed = sum(
        count for reasons in result.reasons().values() for reason, count in reasons.items() if reason[:4] == "FAIL"
    )
    for kind, fault in run.faults.items():
        whose = f"{fault.strategy} on {fault.instrument}" if fault.strategy else f"an indicator on {fault.instrument}"
        bar = bar_text(fault.ts, result.setup.bars.timeframe.ms)
        yield (
            f"{whose} raised {kind}: {fault.words}, at the bar of {bar}; {failed:,} decisions failed in all, and "
            "nothing was traded on those bars: guard what the rule divides by or looks up"
        )


def _of_entries(result: Result) -> Iterator[str]:
    for name, reasons in result.reasons().items():
        small = reasons.get("DENY SIZE_TOO_SMALL", 0)
        if small and not reasons.get("ENTER ENTRY"):
            cash = result.setup.account.cash
            yield f"{name}: all {small:,} entries were too small for one lot: raise --cash above {cash}"
    held = result.unclosed()
    if held:
        names = ", ".join(sorted({order.instrument for order in held})[:6])
        count = "1 position is" if len(held) == 1 else f"{len(held)} positions are"
        yield f"{count} still held at the end, at the last prices: {names}"
