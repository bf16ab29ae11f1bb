"""Profit and drawdown: pure calculations over fills and marks, all in Decimal."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradewind.application.round_trips import Record, RoundTrip, record, round_trips
from tradewind.domain.fill import Fill
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import NOTHING, Leg, Side

__all__ = [
    "Drawdown",
    "EquityPoint",
    "Record",
    "RoundTrip",
    "deepest",
    "equity_curve",
    "exposure_share",
    "record",
    "round_trips",
    "step_of",
]


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """Everything an account (or several) was worth after one step."""

    ts: int
    cash: Decimal
    held: Decimal

    @property
    def equity(self) -> Decimal:
        """Cash and what is held at its mark."""
        return self.cash + self.held


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of equity from a peak.

    Attributes
    ----------
    amount, fraction : Decimal
        In currency, and of the peak; the deepest by fraction.
    """

    amount: Decimal = NOTHING
    fraction: Decimal = NOTHING
    peak_ts: int = 0
    trough_ts: int = 0


def equity_curve(
    opening: Decimal,
    fills_by_step: Mapping[int, Sequence[Fill]],
    marks_by_step: Iterable[tuple[int, Mapping[InstrumentId, Decimal]]],
) -> list[EquityPoint]:
    """Return what everything was worth after each step.

    Parameters
    ----------
    fills_by_step : mapping
        Fills by the `ts_close` of the bar that they happened in.
    marks_by_step : iterable of (ts_close, marks)
        Ascending; a step without an instrument's mark leaves its last one standing.
    """
    cash, held, marks = opening, dict[InstrumentId, Decimal](), dict[InstrumentId, Decimal]()
    curve: list[EquityPoint] = []
    for ts, fresh in marks_by_step:
        marks.update(fresh)
        for fill in fills_by_step.get(ts, ()):
            sign = 1 if fill.side is Side.BUY else -1
            cash -= sign * fill.quantity * fill.price + fill.fee
            held[fill.instrument] = held.get(fill.instrument, NOTHING) + sign * fill.quantity
        worth = sum((quantity * marks[name] for name, quantity in held.items() if quantity), NOTHING)
        curve.append(EquityPoint(ts, cash, worth))
    return curve


def step_of(fill: Fill, steps: Sequence[int], *, rested: bool) -> int:
    """Return the step in which a fill first counts: the next that closes; the last one for what came after all of them.

    Parameters
    ----------
    steps : sequence of int
        Every `ts_close`, ascending; not empty.
    rested : bool
        Whether its order waited for a price. What did, and a stop or target, fills by the close of a bar and counts
        in it; every other order fills at an open, which is the close of the bar before.
    """
    at_open = fill.leg in {Leg.ENTRY, Leg.EXIT} and not rested
    after = bisect_right(steps, fill.ts) if at_open else bisect_left(steps, fill.ts)
    return steps[min(after, len(steps) - 1)]


def deepest(curve: Sequence[EquityPoint]) -> Drawdown:
    """Return the deepest drawdown of a curve."""
    worst, peak = Drawdown(), None
    for point in curve:
        if peak is None or point.equity > peak.equity:
            peak = point
        fraction = (peak.equity - point.equity) / peak.equity if peak.equity > 0 else NOTHING
        if fraction > worst.fraction:
            worst = Drawdown(peak.equity - point.equity, fraction, peak.ts, point.ts)
    return worst


def exposure_share(curve: Sequence[EquityPoint]) -> Decimal:
    """Return in which share of the steps anything was held."""
    return Decimal(sum(point.held != 0 for point in curve)) / len(curve) if curve else NOTHING
