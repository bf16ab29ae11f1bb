"""What an indicator is: a kernel, and the flat state that it begins with.

A kernel is one plain function a bar::

    def kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None

`s` is the indicator's own state, a flat row of floats: its outputs first (NaN until they are warm), then its settings,
then what it remembers. Interpreted, `s` is a plain list, whose constant indices CPython reads fastest; compiled, it is
a view of a NumPy array. `ts` is when the bar opened, in UTC ms, for what begins anew with a session. The kernel
changes `s` in place and nothing else::

    indicator = ema(20)
    s = indicator.new_state()
    for bar in bars:
        indicator.kernel(s, float(bar.ts_open), *bar[2:])
        s[0]  # the average: outputs are s[: len(indicator.outputs)]

Settings lie in the state because handing them over again at every call would cost a third of eight indicators' time,
and so that every kernel has one signature. Nobody but the kernel reads past the outputs.

What several kernels are made of are functions `roll_…(s, k, value…)` that keep their own slots from `s[k]` on and
return their value; the builder lays these slots out by the companion function that returns how they begin. Where such
a call would cost as much as the work, a kernel writes the work out.

A kernel keeps to +, −, ×, ÷, square root and comparisons of floats and guards every division, because interpreted
Python raises where compiled code would go on with infinity. So it gives the same bits in a function and in a
compiled backtest, on x86-64 and on arm64. Of NaN, only +, −, × and ÷ are asked, which hand it on; a comparison with it
is false on either side, so `not a <= b` and `a > b` differ where a kernel says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

type State = list[float]
"""Flat state of one indicator on one instrument. A compiled engine passes a view of a NumPy array."""

type Kernel = Callable[[State, float, float, float, float, float, float], None]
"""`kernel(s, ts, open, high, low, close, volume)` advances `s` by one closed bar."""

type Slots = tuple[float, ...]
"""A stretch of state as it begins."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One declared indicator.

    Attributes
    ----------
    outputs : tuple of str
        Names of the first slots.
    memory : tuple of float
        The slots after the outputs as they are before the first bar: settings, and what is remembered.
    warmup : int
        Bars until every output is settled enough to trade on; never fewer than until it is a number, but for a level,
        which there may not be at any time.
    """

    kernel: Kernel
    outputs: tuple[str, ...]
    memory: Slots
    warmup: int

    @property
    def size(self) -> int:
        """Return the slots of state, outputs included."""
        return len(self.outputs) + len(self.memory)

    def new_state(self) -> State:
        """Return the state before the first bar."""
        return [nan] * len(self.outputs) + list(self.memory)
