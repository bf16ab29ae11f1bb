"""Bollinger Breakout Enhanced: buy the close that leaves the bands upwards after they had drawn together.

Sources: Bollinger, *Bollinger on Bollinger Bands* (2001), method I: a breakout from the squeeze, with volume; Carter,
*Mastering the Trade* (2005), for bands inside Keltner's channel as the measure of a squeeze; Wilder, *New Concepts in
Technical Trading Systems* (1978), for the directional index and for stops in average true ranges; Le Beau & Lucas,
*Computer Analysis of the Futures Market* (1992), for the stop that follows the price at a distance of those.
"""

from typing import Any

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.averages import ema, volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.channels import keltner
from tradewind.indicators.higher import higher
from tradewind.indicators.trend import adx
from tradewind.indicators.volatility import atr, bollinger
from tradewind.strategies.base import Gate, GateKind, Parameter, StopPolicy
from tradewind.strategies.common import CLOSE_LOCATION, HELD_TOO_LONG, VOLUME, closed_high, on_volume
from tradewind.strategies.quiet import quiet
from tradewind.strategies.rule import Rule, below, conclude, held_for, part

BOLLINGER = "Bollinger 2001"
CARTER = "Carter 2005"


class BollingerBreakout(Rule):
    """Volatility moves in cycles: what has been quiet becomes loud.

    When a price has been still enough for its bands to draw together and then closes above the upper one on volume,
    the first move is more often gone on with than taken back. The stop follows from below, so that a run is left by
    it and a false start early.
    """

    parameters = (
        Parameter("period", 20, 5, 100, "bars", BOLLINGER, whole=True),
        Parameter("width", 2, 0.5, 4, "deviations", BOLLINGER),
        Parameter("quiet_bars", 100, 20, 250, "bars", whole=True),
        Parameter("quiet_within", 10, 1, 50, "bars", whole=True),
        Parameter("quiet_ratio", 0.7, 0.1, 1.5, "of the usual width"),
        Parameter("trend", 100, 10, 240, "bars", whole=True),
        Parameter("atr_period", 14, 2, 100, "bars", "Wilder 1978", whole=True),
        Parameter("stop_atr", 2.5, 0.25, 8, "ATR", "Le Beau & Lucas 1992 (3)"),
        Parameter("maximum_bars", 60, 1, 500, "bars", whole=True),
        Parameter("volume_bars", 20, 2, 200, "bars", whole=True),
        Parameter("volume_ratio", 1.2, 0, 10, "of its average", BOLLINGER),
        Parameter("adx_level", 18, 0, 60, "ADX points", "Wilder 1978 (25)"),
        Parameter("close_location", 0.7, 0, 1, "of the bar's range"),
    )
    gates = (
        Gate("quiet", "<=", GateKind.REQUIRED, "of the usual width"),
        Gate("breakout", ">", GateKind.REQUIRED, "quote currency"),
        Gate("fresh", "<=", GateKind.REQUIRED, "quote currency"),
        Gate("trend", ">", GateKind.REQUIRED, "quote currency"),
        VOLUME,
        Gate("widening", ">", GateKind.CONFIRMING, "quote currency"),
        Gate("directed", ">=", GateKind.CONFIRMING, "ADX points"),
        CLOSE_LOCATION,
        Gate("higher_trend", ">", GateKind.CONFIRMING, "quote currency"),
        Gate("above_channel", ">", GateKind.CONFIRMING, "quote currency"),
        Gate("back_inside", "<", GateKind.EXIT, "quote currency"),
        HELD_TOO_LONG,
    )
    exits = ("SIGNAL", "TIME")
    stop_policy = StopPolicy.TRAILING

    @staticmethod
    def indicators(p: Any) -> tuple[Indicator, ...]:
        return (
            bollinger(p.period, p.width),
            quiet(p.period, p.quiet_within, p.quiet_bars),
            keltner(p.period, 1.5, p.atr_period),
            ema(p.trend, "trend"),
            atr(p.atr_period),
            adx(p.atr_period),
            volume_sma(p.volume_bars),
            higher(4, ema(20, "higher_average")),
        )

    @staticmethod
    def decide(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        """Judge one closed bar; quality is how narrow the bands have been."""
        required = (
            GateReading(now.narrowest, p.quiet_ratio, now.narrowest <= p.quiet_ratio),
            GateReading(now.close, now.upper, now.close > now.upper),
            GateReading(before.close, before.upper, before.close <= before.upper),
            GateReading(now.close, now.trend, now.close > now.trend),
        )
        spread, spread_before = now.upper - now.lower, before.upper - before.lower
        confirming = (
            on_volume(now, p.volume_ratio),
            GateReading(spread, spread_before, spread > spread_before),
            GateReading(now.adx, p.adx_level, now.adx >= p.adx_level),
            closed_high(now, p.close_location),
            GateReading(now.close, now.higher_average, now.close > now.higher_average),
            GateReading(now.close, now.keltner_upper, now.close > now.keltner_upper),
        )
        exits = (
            GateReading(now.close, now.middle, position.quantity > 0.0 and now.close < now.middle),
            held_for(position, p.maximum_bars),
        )
        quality = 1.0 - part(now.narrowest, p.quiet_ratio, 1.0)
        return conclude(required, confirming, exits, quality, below(now.close, p.stop_atr * now.atr), 0.0)
