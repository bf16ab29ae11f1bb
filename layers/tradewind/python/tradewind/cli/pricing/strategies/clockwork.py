"""RSI Pullback Pro that trades by the clock: every indicator, gate and number is its own, but a bar tells it when.

So a sample has exactly the trades that are asked for and records what the real strategy would. A bar whose volume is
`ENTER` is entered, one whose volume is `LEAVE` ends the position; on every other bar it holds what it has.
"""

from collections.abc import Mapping
from dataclasses import replace

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.strategies import rsi_pullback_pro as original
from tradewind.strategies.base import GateKind, Strategy

ENTER = 1_000_001.0
LEAVE = 1_000_002.0
_FAR = 0.5
_SIGNAL = 1


def decide(now: original.Values, before: original.Values, position: PositionView, p: original.Parameters) -> Signal:
    """Ask the original, and put the clock's word in the place of its own."""
    signal = original.decide(now, before, position, p)
    signal = signal._replace(stop=now.close * _FAR, target=now.close / _FAR, strength=0.0, exit_reason=0)
    if now.volume == LEAVE:
        return signal._replace(strength=-1.0, exit_reason=_SIGNAL)
    return signal._replace(strength=0.9, gates=_open(signal.gates)) if now.volume == ENTER else signal


def _open(gates: tuple[GateReading, ...]) -> tuple[GateReading, ...]:
    """Let every gate of an entry pass."""
    return tuple(
        gate if declared.kind is GateKind.EXIT else gate._replace(passed=True)
        for gate, declared in zip(gates, original.GATES, strict=True)
    )


def build(given: Mapping[str, float]) -> Strategy:
    """Build it with the original's parameters."""
    return replace(original.build(given), name="clockwork", decide=decide)


STRATEGY = build
