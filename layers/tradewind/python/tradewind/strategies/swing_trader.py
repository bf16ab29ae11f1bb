"""Swing: with the larger tide, against the last wave, on the ripple that turns.

Sources: Elder, *Trading for a Living* (1993), for three screens of time and for buying between two averages; Lane's
stochastic (*Technical Analysis of Stocks & Commodities* 2, 1984); Appel, *Technical Analysis: Power Tools* (2005), for
the histogram of MACD; Wilder 1978 for average true ranges.
"""

from typing import Any

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.averages import ema, sma, volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.channels import donchian
from tradewind.indicators.higher import higher
from tradewind.indicators.momentum import stochastic
from tradewind.indicators.trend import macd
from tradewind.indicators.volatility import atr
from tradewind.strategies.base import Gate, GateKind, Parameter, StopPolicy
from tradewind.strategies.common import CLOSE_LOCATION, HELD_TOO_LONG, VOLUME, closed_high, on_volume
from tradewind.strategies.rule import Rule, below, conclude, gain, held_for, part

ELDER = "Elder 1993"


class SwingTrader(Rule):
    """A tide that rises on the higher timeframe carries what falls on the lower one up again.

    Wait for the price to come back to its averages while the higher trend holds, and buy the bar that closes above
    the one before. The stop lies under the swing, moves to what was paid once the trade has earned its risk, and
    then follows the lows.
    """

    parameters = (
        Parameter("higher_bars", 4, 2, 24, "bars", f"{ELDER} (5)", whole=True),
        Parameter("higher_average", 26, 5, 60, "higher bars", ELDER, whole=True),
        Parameter("fast", 13, 3, 100, "bars", ELDER, whole=True),
        Parameter("slow", 34, 5, 240, "bars", ELDER, whole=True),
        Parameter("swing_bars", 8, 2, 50, "bars", whole=True),
        Parameter("oversold", 45, 5, 70, "stochastic points", "Lane 1984 (20)"),
        Parameter("atr_period", 14, 2, 100, "bars", "Wilder 1978", whole=True),
        Parameter("stop_room", 0.5, 0, 4, "ATR"),
        Parameter("target_risk", 3, 0.5, 10, "times the risk", ELDER),
        Parameter("break_even_atr", 2, 0.25, 10, "ATR"),
        Parameter("maximum_bars", 40, 1, 500, "bars", whole=True),
        Parameter("volume_bars", 20, 2, 200, "bars", whole=True),
        Parameter("volume_ratio", 1, 0, 10, "of its average"),
        Parameter("close_location", 0.6, 0, 1, "of the bar's range"),
    )
    gates = (
        Gate("tide", ">", GateKind.REQUIRED, "quote currency"),
        Gate("averages", ">", GateKind.REQUIRED, "quote currency"),
        Gate("pulled_back", "<=", GateKind.REQUIRED, "quote currency"),
        Gate("turned", ">", GateKind.REQUIRED, "quote currency"),
        Gate("oversold", "<=", GateKind.CONFIRMING, "stochastic points"),
        Gate("momentum", ">", GateKind.CONFIRMING, "quote currency"),
        VOLUME,
        CLOSE_LOCATION,
        Gate("slow_rising", ">", GateKind.CONFIRMING, "quote currency a bar"),
        Gate("tide_lost", "<", GateKind.EXIT, "quote currency"),
        HELD_TOO_LONG,
    )
    exits = ("SIGNAL", "TIME")
    stop_policy = StopPolicy.TRAILING

    @staticmethod
    def indicators(p: Any) -> tuple[Indicator, ...]:
        return (
            higher(int(p.higher_bars), sma(1, "higher_close")),
            higher(int(p.higher_bars), ema(p.higher_average, "higher_average")),
            ema(p.fast, "fast"),
            ema(p.slow, "slow"),
            donchian(p.swing_bars, ("swing_top", "swing_middle", "swing_low")),
            stochastic(14, 3, 3),
            macd(12, 26, 9),
            atr(p.atr_period),
            volume_sma(p.volume_bars),
        )

    @staticmethod
    def contradiction(p: Any) -> str:
        return "" if p.fast < p.slow else f"fast = {p.fast} must be below slow = {p.slow}"

    @staticmethod
    def decide(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        """Judge one closed bar; quality is how near the swing's low the close still is."""
        required = (
            GateReading(now.higher_close, now.higher_average, now.higher_close > now.higher_average),
            GateReading(now.fast, now.slow, now.fast > now.slow),
            GateReading(before.low, before.fast, before.low <= before.fast),
            GateReading(now.close, before.high, now.close > before.high),
        )
        slope = now.slow - before.slow
        confirming = (
            GateReading(before.percent_k, p.oversold, before.percent_k <= p.oversold),
            GateReading(now.hist, before.hist, now.hist > before.hist),
            on_volume(now, p.volume_ratio),
            closed_high(now, p.close_location),
            GateReading(slope, 0.0, slope > 0.0),
        )
        held = position.quantity > 0.0
        exits = (
            GateReading(now.close, now.slow, held and now.close < now.slow and now.fast < now.slow),
            held_for(position, p.maximum_bars),
        )
        risk = now.close - now.swing_low + p.stop_room * now.atr
        quality = 1.0 - part(now.close - now.swing_low, now.swing_top - now.swing_low, 1.0)
        if held:
            return conclude(required, confirming, exits, quality, followed(now, position, p), 0.0)
        stop = below(now.close, risk)
        target = now.close + p.target_risk * risk if stop > 0.0 else 0.0
        return conclude(required, confirming, exits, quality, stop, target)


def followed(now: Any, position: PositionView, p: Any) -> float:
    """Return where the stop of a held position belongs: nowhere new, at what was paid, or under the latest lows."""
    if not gain(now.close, position) * position.entry_price >= p.break_even_atr * now.atr:
        return 0.0
    lows = now.swing_low - p.stop_room * now.atr
    return lows if lows > position.entry_price else position.entry_price
