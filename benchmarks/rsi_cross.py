"""The rule of the backtest benchmark: buy when RSI(14) crosses 30 from below, leave above 70."""

from typing import NamedTuple

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.momentum import rsi
from tradewind.strategies.base import Gate, GateKind, Strategy


class Parameters(NamedTuple):
    low: float
    high: float


class Values(NamedTuple):
    open: float
    high: float
    low: float
    close: float
    volume: float
    rsi: float


GATES = (
    Gate("was_below", "<", GateKind.REQUIRED, "RSI points"),
    Gate("crossed", ">=", GateKind.REQUIRED, "RSI points"),
    Gate("overbought", ">", GateKind.EXIT, "RSI points"),
)


def decide(now: Values, before: Values, position: PositionView, p: Parameters) -> Signal:
    """Judge one closed bar; the stop lies where no price goes."""
    was, crossed = before.rsi < p.low, now.rsi >= p.low
    out = position.quantity > 0.0 and now.rsi > p.high
    gates = (
        GateReading(before.rsi, p.low, was),
        GateReading(now.rsi, p.low, crossed),
        GateReading(now.rsi, p.high, out),
    )
    return Signal(1.0 if was and crossed else 0.0, now.close * 1e-6, 0.0, 1 if out else 0, gates)


def build() -> Strategy:
    """Return the strategy, without the gates that stand beside every strategy of the registry."""
    return Strategy(
        name="rsi_cross",
        version="1",
        idea="Buy when the index crosses its low level, leave above its high one.",
        parameters=Parameters(30.0, 70.0),
        declared=(),
        indicators=(rsi(14),),
        values=Values,
        gates=GATES,
        exit_reasons=("SIGNAL",),
        decide=decide,
    )
