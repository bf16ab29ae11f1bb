"""Channel: buy at the lower edge of a rising channel, sell at its middle or upper edge.

Sources: Raff, "Trading the Regression Channel", *Technical Analysis of Stocks & Commodities* 9 (1991), for the channel
around a least-squares line; Lo & MacKinlay, "Stock Market Prices Do Not Follow Random Walks", *Review of Financial
Studies* 1 (1988), and Poterba & Summers (1988) for returns that partly go back; Wilder 1978 for average true ranges
and the relative strength index.
"""

from typing import Any

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.averages import volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.channels import regression
from tradewind.indicators.higher import higher
from tradewind.indicators.momentum import rsi
from tradewind.indicators.volatility import atr
from tradewind.strategies.base import Gate, GateKind, Parameter
from tradewind.strategies.common import (
    CLOSE_LOCATION,
    HELD_TOO_LONG,
    ROI,
    VOLUME,
    closed_high,
    on_volume,
    roi_contradiction,
    roi_of,
    roi_parameters,
)
from tradewind.strategies.rule import Rule, below, conclude, held_for, part

RAFF = "Raff 1991"


class ChannelRider(Rule):
    """Around a steady trend a price swings within bounds that can be measured.

    In a rising regression channel it is bought where it has touched the lower edge and turned, and sold at the
    upper one. What closes below the channel was no swing but the channel's end, and the stop lies there.
    """

    parameters = (
        Parameter("period", 60, 10, 250, "bars", RAFF, whole=True),
        Parameter("width", 1.8, 0.5, 4, "deviations", f"{RAFF} (2)"),
        Parameter("touch", 0.25, 0, 2, "ATR"),
        Parameter("steepness", 0.02, 0, 1, "ATR a bar"),
        Parameter("room", 1, 0, 10, "ATR"),
        Parameter("atr_period", 14, 2, 100, "bars", "Wilder 1978", whole=True),
        Parameter("stop_atr", 1.5, 0.25, 8, "ATR"),
        Parameter("target_share", 0.9, 0.3, 1.2, "of the way to the upper edge"),
        Parameter("rsi_level", 50, 10, 90, "RSI points"),
        Parameter("volume_bars", 20, 2, 200, "bars", whole=True),
        Parameter("close_location", 0.6, 0, 1, "of the bar's range"),
        *roi_parameters(0.10, 20, 0.05, 40, 0.02),
        Parameter("maximum_bars", 60, 1, 500, "bars", whole=True),
    )
    gates = (
        Gate("rising", ">=", GateKind.REQUIRED, "ATR a bar"),
        Gate("touched", "<=", GateKind.REQUIRED, "quote currency"),
        Gate("inside", ">", GateKind.REQUIRED, "quote currency"),
        Gate("turned", ">", GateKind.REQUIRED, "quote currency"),
        Gate("room", ">=", GateKind.REQUIRED, "ATR"),
        Gate("momentum", ">", GateKind.CONFIRMING, "RSI points"),
        Gate("not_dear", "<=", GateKind.CONFIRMING, "RSI points"),
        VOLUME,
        CLOSE_LOCATION,
        Gate("higher_rising", ">", GateKind.CONFIRMING, "quote currency a higher bar"),
        Gate("channel_lost", "<", GateKind.EXIT, "quote currency a bar"),
        ROI,
        HELD_TOO_LONG,
    )
    exits = ("SIGNAL", "ROI", "TIME")

    @staticmethod
    def indicators(p: Any) -> tuple[Indicator, ...]:
        return (
            regression(p.period, p.width),
            rsi(14),
            atr(p.atr_period),
            volume_sma(p.volume_bars),
            higher(4, regression(20, 2, ("higher_upper", "higher_line", "higher_lower", "higher_slope"))),
        )

    @staticmethod
    def contradiction(p: Any) -> str:
        return roi_contradiction(p)

    @staticmethod
    def decide(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        """Judge one closed bar; quality is how steep the channel is."""
        slope = part(now.line_slope, now.atr, 0.0)
        edge = before.line_lower + p.touch * before.atr
        room = part(now.line_upper - now.close, now.atr, 0.0)
        required = (
            GateReading(slope, p.steepness, slope >= p.steepness),
            GateReading(before.low, edge, before.low <= edge),
            GateReading(now.close, now.line_lower, now.close > now.line_lower),
            GateReading(now.close, before.close, now.close > before.close),
            GateReading(room, p.room, room >= p.room),
        )
        confirming = (
            GateReading(now.rsi, before.rsi, now.rsi > before.rsi),
            GateReading(now.rsi, p.rsi_level, now.rsi <= p.rsi_level),
            on_volume(now, 1.0),
            closed_high(now, p.close_location),
            GateReading(now.higher_slope, 0.0, now.higher_slope > 0.0),
        )
        falling = position.quantity > 0.0 and now.line_slope < 0.0
        exits = (
            GateReading(now.line_slope, 0.0, falling),
            roi_of(now.close, position, p),
            held_for(position, p.maximum_bars),
        )
        stop = below(now.line_lower, p.stop_atr * now.atr)
        target = now.close + p.target_share * (now.line_upper - now.close)
        return conclude(required, confirming, exits, slope / (4.0 * p.steepness + 0.01), stop, target)
