"""What an indicator is: a kernel over flat state, its settings, and what it costs.

A kernel keeps to +, −, ×, ÷, square root and comparisons of floats and guards every division, because interpreted
Python raises where compiled code would go on with infinity. So it gives the same bits in a function and in a
compiled backtest, on x86-64 and on arm64.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass

type State = array[float]
"""Flat float64 state of one instrument under one strategy. A compiled engine passes a NumPy view of it."""

type Kernel = Callable[..., None]
"""`kernel(state, k, open, high, low, close, volume, *settings)` advances its slots `state[k:k+size]` by one bar;
its outputs are the first slots, NaN until warm. All slots are zero before the first bar."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One declared indicator: a kernel, its settings, and how much flat state it keeps.

    Attributes
    ----------
    settings : tuple of float
        What the kernel takes after the bar, in its order.
    size : int
        Slots of state, outputs included.
    outputs : tuple of str
        Names of the first slots.
    warmup : int
        Bars until every output is settled enough to trade on; never fewer than until it is a number.
    """

    kernel: Kernel
    settings: tuple[float, ...]
    size: int
    outputs: tuple[str, ...]
    warmup: int
