"""What many rules have: gates that mean the same in each of them, and how they are read."""

from typing import Any

from tradewind.domain.signal import GateReading, PositionView
from tradewind.strategies.base import Gate, GateKind, Parameter
from tradewind.strategies.rule import part, roi

__all__ = [
    "CLOSE_LOCATION",
    "HELD_TOO_LONG",
    "ROI",
    "VOLUME",
    "closed_high",
    "on_volume",
    "roi_contradiction",
    "roi_of",
    "roi_parameters",
]

VOLUME = Gate("volume", ">=", GateKind.CONFIRMING, "of its average")
"""More was traded than is usual: `on_volume` reads it."""

CLOSE_LOCATION = Gate("close_location", ">=", GateKind.CONFIRMING, "of the bar's range")
"""The bar closed near its high: `closed_high` reads it."""

HELD_TOO_LONG = Gate("held_too_long", ">=", GateKind.EXIT, "bars")
"""Time is up: `rule.held_for` reads it."""

ROI = Gate("enough", ">=", GateKind.EXIT, "of what was paid")
"""The table of returns says that it is enough: `roi_of` reads it."""


def on_volume(now: Any, least: float) -> GateReading:
    """Read a bar's volume as a share of its average, against the least that confirms."""
    share = part(now.volume, now.volume_sma, 0.0)
    return GateReading(share, least, share >= least)


def closed_high(now: Any, least: float) -> GateReading:
    """Read where in its range a bar closed, 0 at the low and 1 at the high, against the least that confirms."""
    location = part(now.close - now.low, now.high - now.low, 0.5)
    return GateReading(location, least, location >= least)


# ── a table of returns that are enough: it falls in two steps while a position is held ───────────────────────────


def roi_parameters(
    first: float, second_bars: float, second: float, last_bars: float, last: float
) -> tuple[Parameter, ...]:
    """Declare the table's parameters with these defaults; returns are fractions of what was paid."""
    return (
        Parameter("roi_first", first, 0.002, 1, "of what was paid"),
        Parameter("roi_second_bars", second_bars, 1, 400, "bars", whole=True),
        Parameter("roi_second", second, 0.001, 1, "of what was paid"),
        Parameter("roi_last_bars", last_bars, 1, 500, "bars", whole=True),
        Parameter("roi_last", last, 0, 1, "of what was paid"),
    )


def roi_contradiction(p: Any) -> str:
    """Return what is wrong with a table whose steps are in the wrong order, or an empty string."""
    if p.roi_second_bars < p.roi_last_bars:
        return ""
    return f"roi_second_bars = {p.roi_second_bars} must be below roi_last_bars = {p.roi_last_bars}"


def roi_of(close: float, position: PositionView, p: Any) -> GateReading:
    """Read the table of these parameters."""
    return roi(close, position, p.roi_first, p.roi_second_bars, p.roi_second, p.roi_last_bars, p.roi_last)
