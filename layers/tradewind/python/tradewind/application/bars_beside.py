"""Bars with indicators beside them, each as it would have been known at that bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from tradewind.application.apply_bars import History
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe
from tradewind.indicators.base import Indicator

_WIDER = 4
_TRIES = 4
"""How often a span is widened: a market that is closed most of the time has fewer bars than its clock says."""

_LONGEST = 1_000
"""Bars that are read to warm an indicator up; one that needs more is told from then on as if it were warm."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Bars, oldest first, and each indicator's output beside them; None where it is no number.

    Attributes
    ----------
    more : bool
        Whether there are bars before these in the span that was asked for.
    """

    bars: list[Bar]
    columns: dict[str, list[float | None]]
    more: bool


def bars_beside(
    history: History,
    built: Sequence[Indicator],
    instrument: InstrumentId,
    timeframe: Timeframe,
    since: int,
    until: int,
    limit: int,
    pace: float = 1.0,
) -> Beside:
    """Return the latest bars with `since < ts_close <= until`, at most `limit`, and the indicators beside them.

    Parameters
    ----------
    since, until : int
        UTC ms.
    pace : float
        How many times a bar's length lies between two bars on the average, nights and weekends included.
    """
    warm = min(max((one.warmup for one in built), default=0), _LONGEST)
    found = _latest(history, instrument, timeframe, until, limit + warm + 1, pace)
    wanted = [bar for bar in found if bar.ts_close > since]
    bars = wanted[-limit:]
    before = found[: len(found) - len(bars)][-warm:] if warm else []
    return Beside(bars, _columns(built, before, bars), more=len(wanted) > len(bars))


def _latest(
    history: History, instrument: InstrumentId, timeframe: Timeframe, until: int, count: int, pace: float
) -> list[Bar]:
    """Return at least so many bars up to a time where there are as many, read in spans that grow."""
    span = int((count + 1) * timeframe.ms * pace)
    found: list[Bar] = []
    for _ in range(_TRIES):
        found = list(history(instrument, timeframe, max(0, until - span), until))
        if len(found) >= count or span >= until:
            break
        span *= _WIDER
    return found[-count:]


def _columns(built: Sequence[Indicator], before: Sequence[Bar], bars: Sequence[Bar]) -> dict[str, list[float | None]]:
    columns: dict[str, list[float | None]] = {}
    for one in built:
        state = one.new_state()
        for bar in before:
            one.kernel(state, float(bar.ts_open), *bar[2:])
        rows = []
        for bar in bars:
            one.kernel(state, float(bar.ts_open), *bar[2:])
            rows.append(state[: len(one.outputs)])
        for place, name in enumerate(one.outputs):
            columns[name] = [_rounded(row[place]) for row in rows]
    return columns


def _rounded(value: float) -> float | None:
    """Return ten significant digits: what a chart shows, in half the bytes."""
    return float(f"{value:.10g}") if isfinite(value) else None
