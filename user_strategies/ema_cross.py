"""EMA Cross: an example. Copy it, rename the file, make it yours; see docs/strategies.md."""

from typing import Any

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.averages import ema
from tradewind.indicators.base import Indicator
from tradewind.indicators.volatility import atr
from tradewind.strategies.base import Gate, GateKind, Parameter
from tradewind.strategies.rule import Rule, below, conclude


class EmaCross(Rule):
    """Hold while the fast average is above the slow one.

    A cross says that the latest bars are dearer than the many before them. Leave at the cross back, or at the stop.
    """

    parameters = (
        Parameter("fast", 20, 2, 200, "bars", whole=True),
        Parameter("slow", 60, 3, 240, "bars", whole=True),
        Parameter("stop_atr", 3, 0.5, 10, "ATR"),
    )
    gates = (
        Gate("crossed", ">", GateKind.REQUIRED, "quote currency"),
        Gate("was_below", "<=", GateKind.REQUIRED, "quote currency"),
        Gate("slow_rising", ">", GateKind.CONFIRMING, "quote currency a bar"),
        Gate("above_fast", ">", GateKind.CONFIRMING, "quote currency"),
        Gate("crossed_back", "<", GateKind.EXIT, "quote currency"),
    )
    exits = ("SIGNAL",)

    @staticmethod
    def indicators(p: Any) -> tuple[Indicator, ...]:
        return ema(p.fast, "fast"), ema(p.slow, "slow"), atr(14)

    @staticmethod
    def contradiction(p: Any) -> str:
        return "" if p.fast < p.slow else f"fast = {p.fast} must be below slow = {p.slow}"

    @staticmethod
    def decide(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        required = (
            GateReading(now.fast, now.slow, now.fast > now.slow),
            GateReading(before.fast, before.slow, before.fast <= before.slow),
        )
        slope = now.slow - before.slow
        confirming = (
            GateReading(slope, 0.0, slope > 0.0),
            GateReading(now.close, now.fast, now.close > now.fast),
        )
        exits = (GateReading(now.fast, now.slow, position.quantity > 0.0 and now.fast < now.slow),)
        return conclude(required, confirming, exits, 0.0, below(now.close, p.stop_atr * now.atr), 0.0)
