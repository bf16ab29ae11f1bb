"""What Stratus Brain knows of one instrument: its chain of market states, and how its estimate has converged."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tradewind.domain.bar import Bar
from tradewind.indicators.base import State
from tradewind.indicators.regime import REGIMES, regime, regime_kernel

STATES = ("DOWN", "FLAT", "UP")
_WEIGHT, _COUNTS = 10, -9
"""Where the kernel keeps the weight of a new count, and from where on the nine counts, its last slots."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain after one bar.

    Attributes
    ----------
    edge, error, samples : float
        Chance of UP less chance of DOWN from the present state, its standard error, and the transitions behind it.
    counts : tuple of tuple of float
        How often each state (row) was followed by each; later transitions count fully, older ones less and less.
    """

    ts: int
    regime: str
    state: str
    edge: float
    error: float
    samples: float
    counts: tuple[tuple[float, ...], ...]


def blank() -> State:
    """Return the state before the first bar."""
    return regime().new_state()


def walk(state: State, bars: Iterable[Bar]) -> Iterator[Chain]:
    """Advance a state bar by bar, in place, and yield what it says after each; nothing until it is warm."""
    for bar in bars:
        regime_kernel(state, float(bar.ts_open), *map(float, bar[2:]))
        if state[1] >= 0.0:  # NaN before the first
            yield _chain(state, bar.ts_close)


def _chain(s: State, ts: int) -> Chain:
    counts = [count / s[_WEIGHT] for count in s[_COUNTS:]]
    rows = tuple(tuple(counts[at : at + 3]) for at in (0, 3, 6))
    return Chain(ts, REGIMES[int(s[0])], STATES[int(s[1])], s[2], s[3], s[4], rows)
