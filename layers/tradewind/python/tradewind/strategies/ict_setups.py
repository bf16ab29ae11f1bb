"""ICT setups: a sweep of the lows, a displacement that leaves a gap, and the return into it.

Sources: the "inner circle trader" school (Huddleston, lectures since 2010) for the words; Osler, "Currency Orders and
Exchange Rate Dynamics", *Journal of Finance* 58 (2003), and "Stop-Loss Orders and Price Cascades in Currency Markets"
(2005), for stops that cluster behind visible lows and are run through; Wilder 1978 for average true ranges. That such
setups pay on the whole has not been shown by anybody.
"""

from typing import Any

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.averages import ema, volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.higher import higher
from tradewind.indicators.imbalances import fair_value_gaps, liquidity_sweeps, order_blocks
from tradewind.indicators.momentum import rsi
from tradewind.indicators.swings import swings
from tradewind.indicators.volatility import atr
from tradewind.strategies.base import Gate, GateKind, Parameter
from tradewind.strategies.common import CLOSE_LOCATION, HELD_TOO_LONG, VOLUME, closed_high, on_volume
from tradewind.strategies.rule import Rule, below, conclude, held_for, part

ICT = "Huddleston"


class IctSetups(Rule):
    """Stops rest below visible lows, and a price that runs through them and returns has found its buyers there.

    After such a sweep a fast move upwards leaves a gap in which nobody traded. The first return into that gap is bought
    when it holds, with the stop under the swept low and the target a multiple of the risk.
    """

    parameters = (
        Parameter("swing_bars", 3, 1, 20, "bars", ICT, whole=True),
        Parameter("sweep_within", 30, 2, 200, "bars", whole=True),
        Parameter("gap_within", 20, 2, 200, "bars", whole=True),
        Parameter("gap_size", 0.0005, 0, 0.05, "of the close"),
        Parameter("atr_period", 14, 2, 100, "bars", "Wilder 1978", whole=True),
        Parameter("stop_room", 0.5, 0, 4, "ATR"),
        Parameter("most_risk", 4, 0.5, 20, "ATR"),
        Parameter("target_risk", 2.5, 0.5, 10, "times the risk", ICT),
        Parameter("rsi_level", 60, 20, 90, "RSI points"),
        Parameter("volume_bars", 20, 2, 200, "bars", whole=True),
        Parameter("volume_ratio", 0.8, 0, 10, "of its average"),
        Parameter("close_location", 0.5, 0, 1, "of the bar's range"),
        Parameter("maximum_bars", 40, 1, 500, "bars", whole=True),
    )
    gates = (
        Gate("swept", "<=", GateKind.REQUIRED, "bars"),
        Gate("gap", "<=", GateKind.REQUIRED, "bars"),
        Gate("returned", "<=", GateKind.REQUIRED, "quote currency"),
        Gate("held_the_gap", ">", GateKind.REQUIRED, "quote currency"),
        Gate("above_the_sweep", ">", GateKind.REQUIRED, "quote currency"),
        Gate("risk", "<=", GateKind.REQUIRED, "ATR"),
        Gate("discount", "<=", GateKind.CONFIRMING, "quote currency"),
        Gate("order_block", ">", GateKind.CONFIRMING, "quote currency"),
        VOLUME,
        CLOSE_LOCATION,
        Gate("not_dear", "<=", GateKind.CONFIRMING, "RSI points"),
        Gate("higher_trend", ">", GateKind.CONFIRMING, "quote currency"),
        Gate("gap_lost", "<", GateKind.EXIT, "quote currency"),
        HELD_TOO_LONG,
    )
    exits = ("SIGNAL", "TIME")

    @staticmethod
    def indicators(p: Any) -> tuple[Indicator, ...]:
        return (
            fair_value_gaps(p.gap_size),
            order_blocks(p.swing_bars, p.swing_bars),
            liquidity_sweeps(p.swing_bars, p.swing_bars),
            swings(p.swing_bars, p.swing_bars),
            rsi(14),
            atr(p.atr_period),
            volume_sma(p.volume_bars),
            higher(4, ema(30, "higher_average")),
        )

    @staticmethod
    def decide(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        """Judge one closed bar against the gap that was open before it; quality is how little is risked."""
        risk = now.close - now.swept_low + p.stop_room * now.atr
        in_ranges = part(risk, now.atr, 0.0)
        required = (
            GateReading(now.swept_low_age, p.sweep_within, now.swept_low_age <= p.sweep_within),
            GateReading(before.gap_below_age, p.gap_within, before.gap_below_age <= p.gap_within),
            GateReading(now.low, before.gap_below_top, now.low <= before.gap_below_top),
            GateReading(now.close, before.gap_below_bottom, now.close > before.gap_below_bottom),
            GateReading(now.low, now.swept_low, now.low > now.swept_low),
            GateReading(in_ranges, p.most_risk, 0.0 < in_ranges <= p.most_risk),
        )
        middle = 0.5 * (now.swing_high + now.swing_low)
        confirming = (
            GateReading(now.close, middle, now.close <= middle),
            GateReading(now.close, now.block_below_bottom, now.close > now.block_below_bottom),
            on_volume(now, p.volume_ratio),
            closed_high(now, p.close_location),
            GateReading(now.rsi, p.rsi_level, now.rsi <= p.rsi_level),
            GateReading(now.close, now.higher_average, now.close > now.higher_average),
        )
        lost = position.quantity > 0.0 and position.bars_held >= 1.0 and now.close < now.swept_low
        exits = (GateReading(now.close, now.swept_low, lost), held_for(position, p.maximum_bars))
        quality = 1.0 - part(in_ranges, p.most_risk, 1.0)
        return conclude(required, confirming, exits, quality, below(now.close, risk), now.close + p.target_risk * risk)
