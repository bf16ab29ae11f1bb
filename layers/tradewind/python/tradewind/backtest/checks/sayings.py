"""What a strategy says after each bar, as numbers that can be compared bit by bit."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tradewind.domain.bar import Bar
from tradewind.domain.signal import FLAT, PositionView, Signal
from tradewind.strategies.base import Strategy

HELD_BARS = 3.0
"""The position that a strategy is asked about has been held for so long, bought at the bar's open."""

_SIGNAL = ("strength", "stop", "target", "exit_reason", "confidence")
_GATE = ("value", "threshold", "passed")


class Saying(NamedTuple):
    """What was said after one bar.

    Attributes
    ----------
    numbers : tuple of float
        In the order of the decider's names; empty where it raised.
    fault : str
        What it raised.
    """

    numbers: tuple[float, ...]
    fault: str = ""


type Decider = Callable[[Sequence[Bar]], Sequence[Saying]]
"""Says one thing a bar. It is handed the whole series, as a backtest is: whether it looks ahead is the question."""


def names(strategy: Strategy) -> tuple[str, ...]:
    """Return what each of a strategy's numbers is, first of a flat position, then of a held one."""
    gates = tuple(f"gate {gate.name} {what}" for gate in strategy.gates for what in _GATE)
    return tuple(f"{what}{when}" for when in ("", " while held") for what in (*_SIGNAL, *gates))


def interpreted(strategy: Strategy) -> Decider:
    """Return the decider that a function in the cloud is: one closed bar after the other, nothing kept but the state.

    A bar at which the strategy raises leaves its state as it was, as the pipeline does.
    """

    def decide(bars: Sequence[Bar]) -> list[Saying]:
        state, said = strategy.new_state(), []
        for bar in bars:
            fresh = [part.copy() for part in state]
            try:
                strategy.advance(fresh, bar)
                held = PositionView(1.0, bar.open, HELD_BARS, 0.9 * bar.open, 1.2 * bar.open, 1.0)
                said.append(Saying((*flat(strategy.signal(fresh, FLAT)), *flat(strategy.signal(fresh, held)))))
                state = fresh
            except Exception as error:  # noqa: BLE001 - a user's rule may raise anything: it is told with its bar
                said.append(Saying((), f"{type(error).__name__}: {error}"))
        return said

    return decide


def flat(signal: Signal) -> tuple[float, ...]:
    """Return a signal's numbers in the order of `names`."""
    gates = (float(number) for gate in signal.gates for number in gate)
    return (*signal[:3], float(signal.exit_reason), signal.confidence, *gates)


def first_difference(one: Saying, other: Saying) -> int | None:
    """Return the place of the first number that differs, −1 where a fault does, None where nothing does.

    Not a number equals not a number; 0 and −0 differ.
    """
    if one.fault != other.fault or len(one.numbers) != len(other.numbers):
        return -1
    for place, (a, b) in enumerate(zip(one.numbers, other.numbers, strict=True)):
        if not same(a, b):
            return place
    return None


def same(one: float, other: float) -> bool:
    """Tell whether two floats have the same bits, all NaN being one."""
    if one == other:
        return one != 0.0 or math.copysign(1.0, one) == math.copysign(1.0, other)
    return math.isnan(one) and math.isnan(other)
