"""Price breakout: buy the close above the highest high of many bars, leave below the lowest low of fewer.

Sources: Donchian's four-week rule (1960); Faith, *Way of the Turtle* (2007), for two channels and stops of two average
true ranges; Moskowitz, Ooi & Pedersen, "Time Series Momentum", *Journal of Financial Economics* 104 (2012).
"""

from typing import Any

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.averages import ema, volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.channels import donchian
from tradewind.indicators.higher import higher
from tradewind.indicators.oscillators import roc
from tradewind.indicators.trend import adx
from tradewind.indicators.volatility import atr
from tradewind.strategies.base import Gate, GateKind, Parameter, StopPolicy
from tradewind.strategies.common import CLOSE_LOCATION, HELD_TOO_LONG, VOLUME, closed_high, on_volume
from tradewind.strategies.rule import Rule, below, conclude, held_for, part

TURTLE = "Faith 2007"


class PriceBreakout(Rule):
    """What makes a new high of many bars has no seller left who waits to get out even.

    Such trends last longer than chance allows, so the first close above the channel is bought and kept while the
    lows of a shorter channel hold. Most breakouts fail and are left cheaply; a few pay for them.
    """

    parameters = (
        Parameter("entry_bars", 40, 5, 250, "bars", f"{TURTLE} (20 or 55)", whole=True),
        Parameter("exit_bars", 20, 2, 200, "bars", f"{TURTLE} (10 or 20)", whole=True),
        Parameter("trend", 150, 10, 240, "bars", whole=True),
        Parameter("atr_period", 20, 2, 100, "bars", TURTLE, whole=True),
        Parameter("stop_atr", 2.5, 0.25, 8, "ATR", f"{TURTLE} (2)"),
        Parameter("momentum_bars", 50, 5, 240, "bars", whole=True),
        Parameter("momentum", 3, 0, 100, "per cent", "Moskowitz, Ooi & Pedersen 2012"),
        Parameter("adx_level", 20, 0, 60, "ADX points", "Wilder 1978 (25)"),
        Parameter("volume_bars", 20, 2, 200, "bars", whole=True),
        Parameter("volume_ratio", 1.2, 0, 10, "of its average"),
        Parameter("close_location", 0.6, 0, 1, "of the bar's range"),
        Parameter("maximum_bars", 250, 1, 500, "bars", whole=True),
    )
    gates = (
        Gate("breakout", ">", GateKind.REQUIRED, "quote currency"),
        Gate("fresh", "<=", GateKind.REQUIRED, "quote currency"),
        Gate("trend", ">", GateKind.REQUIRED, "quote currency"),
        Gate("momentum", ">=", GateKind.CONFIRMING, "per cent"),
        Gate("directed", ">=", GateKind.CONFIRMING, "ADX points"),
        VOLUME,
        CLOSE_LOCATION,
        Gate("higher_trend", ">", GateKind.CONFIRMING, "quote currency"),
        Gate("broke_down", "<", GateKind.EXIT, "quote currency"),
        HELD_TOO_LONG,
    )
    exits = ("SIGNAL", "TIME")
    stop_policy = StopPolicy.TRAILING

    @staticmethod
    def indicators(p: Any) -> tuple[Indicator, ...]:
        return (
            donchian(p.entry_bars, ("entry_top", "entry_middle", "entry_bottom")),
            donchian(p.exit_bars, ("exit_top", "exit_middle", "exit_bottom")),
            ema(p.trend, "trend"),
            atr(p.atr_period),
            roc(p.momentum_bars),
            adx(14),
            volume_sma(p.volume_bars),
            higher(4, ema(30, "higher_average")),
        )

    @staticmethod
    def contradiction(p: Any) -> str:
        if p.exit_bars < p.entry_bars:
            return ""
        return f"exit_bars = {p.exit_bars} must be below entry_bars = {p.entry_bars}"

    @staticmethod
    def decide(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        """Judge one closed bar against the channels of the bar before; quality is how far it closed beyond."""
        required = (
            GateReading(now.close, before.entry_top, now.close > before.entry_top),
            GateReading(before.close, before.exit_top, before.close <= before.exit_top),
            GateReading(now.close, now.trend, now.close > now.trend),
        )
        confirming = (
            GateReading(now.roc, p.momentum, now.roc >= p.momentum),
            GateReading(now.adx, p.adx_level, now.adx >= p.adx_level),
            on_volume(now, p.volume_ratio),
            closed_high(now, p.close_location),
            GateReading(now.close, now.higher_average, now.close > now.higher_average),
        )
        held = position.quantity > 0.0
        exits = (
            GateReading(now.close, before.exit_bottom, held and now.close < before.exit_bottom),
            held_for(position, p.maximum_bars),
        )
        quality = part(now.close - before.entry_top, now.atr, 0.0)
        return conclude(required, confirming, exits, quality, below(now.close, p.stop_atr * now.atr), 0.0)
