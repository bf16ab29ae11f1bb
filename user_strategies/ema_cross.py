"""EMA Cross: hold while the fast average is above the slow one. An example: copy it, rename it, make it yours."""

from collections.abc import Mapping
from typing import NamedTuple

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.averages import ema
from tradewind.indicators.volatility import atr
from tradewind.strategies.base import Gate, GateKind, Parameter, Strategy, fill_parameters

NAME = "ema_cross"


class Parameters(NamedTuple):
    """What can be set in the configuration, as floats."""

    fast: float
    slow: float
    stop_atr: float


class Values(NamedTuple):
    """The closed bar, then every output of every indicator in the order in which they are declared."""

    open: float
    high: float
    low: float
    close: float
    volume: float
    fast: float
    slow: float
    atr: float


PARAMETERS = (
    Parameter("fast", 20, 2, 200, "bars", whole=True),
    Parameter("slow", 60, 3, 400, "bars", whole=True),
    Parameter("stop_atr", 3, 0.5, 10, "ATR"),
)

GATES = (
    Gate("crossed", ">", GateKind.REQUIRED, "quote currency"),
    Gate("was_below", "<=", GateKind.REQUIRED, "quote currency"),
    Gate("slow_rising", ">", GateKind.CONFIRMING, "quote currency a bar"),
    Gate("above_fast", ">", GateKind.CONFIRMING, "quote currency"),
    Gate("crossed_back", "<", GateKind.EXIT, "quote currency"),
)


def decide(now: Values, before: Values, position: PositionView, p: Parameters) -> Signal:
    """Enter at the cross; leave at the cross back, or at the stop."""
    slope = now.slow - before.slow
    crossed_back = position.quantity > 0.0 and now.fast < now.slow
    gates = (
        GateReading(now.fast, now.slow, now.fast > now.slow),
        GateReading(before.fast, before.slow, before.fast <= before.slow),
        GateReading(slope, 0.0, slope > 0.0),
        GateReading(now.close, now.fast, now.close > now.fast),
        GateReading(now.fast, now.slow, crossed_back),
    )
    strength = 0.8 if gates[0].passed and gates[1].passed else 0.0
    stop, level = 0.0, now.close - p.stop_atr * now.atr
    if level > 0.0:  # neither below zero nor NaN, as it is before the ATR is warm
        stop = level
    return Signal(-1.0 if crossed_back else strength, stop, 0.0, int(crossed_back), gates)


def build(given: Mapping[str, float]) -> Strategy:
    """Build the strategy; the registry calls this."""
    p = Parameters(**fill_parameters(PARAMETERS, given, NAME))
    return Strategy(
        name=NAME,
        version="1",
        idea="Hold while the fast average is above the slow one.",
        parameters=p,
        declared=PARAMETERS,
        indicators=(ema(p.fast, "fast"), ema(p.slow, "slow"), atr(14)),
        values=Values,
        gates=GATES,
        exit_reasons=("SIGNAL",),
        decide=decide,
    )


STRATEGY = build
