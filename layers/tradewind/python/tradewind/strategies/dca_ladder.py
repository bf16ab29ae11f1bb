"""DCA: buy a fall in several steps, sell the whole at a profit on its average, with one stop for the catastrophe.

Sources: Constantinides, "A Note on the Suboptimality of Dollar-Cost Averaging", *Journal of Financial and Quantitative
Analysis* 14 (1979), and Brennan, Li & Torous, "Dollar Cost Averaging", *Review of Finance* 9 (2005), for what averaging
in does and does not do: it lowers the average, and it adds to what falls. Hence the few steps, each with a share of one
bounded risk, and the stop under all of them. Wilder 1978 for the index and average true ranges.
"""

from typing import Any

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.averages import ema, volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.higher import higher
from tradewind.indicators.momentum import NEUTRAL, rsi
from tradewind.indicators.volatility import atr
from tradewind.strategies.base import Gate, GateKind, Parameter, StopPolicy
from tradewind.strategies.common import CLOSE_LOCATION, HELD_TOO_LONG, VOLUME, closed_high, on_volume
from tradewind.strategies.rule import Rule, below, conclude, held_for, part

WILDER = "Wilder 1978"


class DcaLadder(Rule):
    """Nobody hits the low, but several entries on the way down have an average near it.

    The first is made into weakness, each further one a step below the average, all within one bounded risk. The whole
    is sold at a small profit on the average, or at one stop that says the fall was no dip.
    """

    parameters = (
        Parameter("rungs", 4, 1, 10, "entries", whole=True),
        Parameter("start_level", 40, 5, 70, "RSI points", f"{WILDER} (30)"),
        Parameter("step_atr", 2, 0.1, 10, "ATR"),
        Parameter("profit", 0.04, 0.002, 0.5, "of the average"),
        Parameter("stop_atr", 10, 1, 30, "ATR"),
        Parameter("floor", 0.92, 0.5, 1.2, "of the long average"),
        Parameter("trend", 200, 20, 240, "bars", whole=True),
        Parameter("rsi_period", 14, 2, 50, "bars", WILDER, whole=True),
        Parameter("atr_period", 14, 2, 100, "bars", WILDER, whole=True),
        Parameter("volume_bars", 20, 2, 200, "bars", whole=True),
        Parameter("volume_ratio", 1, 0, 10, "of its average"),
        Parameter("maximum_atr", 0.08, 0.001, 0.5, "of the close"),
        Parameter("close_location", 0.4, 0, 1, "of the bar's range"),
        Parameter("maximum_bars", 120, 1, 500, "bars", whole=True),
    )
    gates = (
        Gate("weak", "<=", GateKind.REQUIRED, "RSI points"),
        Gate("step", "<=", GateKind.REQUIRED, "quote currency"),
        Gate("calm_enough", "<=", GateKind.REQUIRED, "of the close"),
        Gate("above_the_stop", ">", GateKind.REQUIRED, "quote currency"),
        Gate("no_collapse", ">=", GateKind.CONFIRMING, "of the long average"),
        VOLUME,
        CLOSE_LOCATION,
        Gate("momentum", ">", GateKind.CONFIRMING, "RSI points"),
        Gate("trend_rising", ">", GateKind.CONFIRMING, "quote currency a bar"),
        Gate("higher_not_dear", "<=", GateKind.CONFIRMING, "RSI points"),
        HELD_TOO_LONG,
    )
    exits = ("TIME",)
    stop_policy = StopPolicy.LADDER

    @staticmethod
    def entries(p: Any) -> int:
        return int(p.rungs)

    @staticmethod
    def indicators(p: Any) -> tuple[Indicator, ...]:
        return (
            rsi(p.rsi_period),
            atr(p.atr_period),
            ema(p.trend, "trend"),
            volume_sma(p.volume_bars),
            higher(4, rsi(14, "higher_rsi")),
        )

    @staticmethod
    def decide(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        """Judge one closed bar: a start, a further step, or nothing; quality is how weak the index is.

        The step does not apply to a start, nor the stop that is already there.
        """
        held = position.quantity > 0.0
        limit = position.entry_price - p.step_atr * now.atr if held else now.close
        share = part(now.atr, now.close, 1.0)
        required = (
            GateReading(now.rsi, p.start_level, now.rsi <= p.start_level),
            GateReading(now.close, limit, now.close <= limit),
            GateReading(share, p.maximum_atr, share <= p.maximum_atr),
            GateReading(now.close, position.stop, now.close > position.stop),
        )
        height = part(now.close, now.trend, 0.0)
        slope = now.trend - before.trend
        confirming = (
            GateReading(height, p.floor, height >= p.floor),
            on_volume(now, p.volume_ratio),
            closed_high(now, p.close_location),
            GateReading(now.rsi, before.rsi, now.rsi > before.rsi),
            GateReading(slope, 0.0, slope > 0.0),
            GateReading(now.higher_rsi, NEUTRAL, now.higher_rsi <= NEUTRAL),
        )
        exits = (held_for(position, p.maximum_bars),)
        stop = position.stop if held else below(now.close, p.stop_atr * now.atr)
        average = position.entry_price if held else now.close
        quality = 1.0 - part(now.rsi, p.start_level, 1.0)
        return conclude(required, confirming, exits, quality, stop, average * (1.0 + p.profit))
