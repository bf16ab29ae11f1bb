"""What a strategy is: declared parameters, indicators and gates, and one pure rule over floats.

Everything that `decide` calls keeps to +, −, ×, ÷, square root and comparisons over floats, so that it gives the
same bits interpreted in a function and compiled in a backtest, on x86-64 and on arm64.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError
from tradewind.domain.signal import PositionView, Signal

type State = array[float]
"""Flat float64 state of one instrument under one strategy. A compiled engine passes a NumPy view of it."""

type Kernel = Callable[..., None]
"""`kernel(state, k, open, high, low, close, volume, *settings)` advances its slots `state[k:k+size]` by one bar;
its outputs are the first slots, NaN until warm."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One declared indicator: a kernel, its settings, and how much flat state it keeps."""

    kernel: Kernel
    settings: tuple[float, ...]
    size: int
    outputs: tuple[str, ...]
    warmup: int


class GateKind(StrEnum):
    """What a gate is for: it must pass, or it counts as a confirmation."""

    REQUIRED = "required"
    CONFIRMING = "confirming"


@dataclass(frozen=True, slots=True)
class Gate:
    """A named condition, `value comparison threshold`, that is recorded for every bar."""

    name: str
    comparison: str
    kind: GateKind
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: its default, its closed range, its unit, and where it comes from."""

    name: str
    default: float
    low: float
    high: float
    unit: str
    source: str = ""

    def checked(self, value: float) -> float:
        """Return the value if it lies in the range.

        Raises
        ------
        BadInputError
            If it does not.
        """
        if not self.low <= value <= self.high:
            raise BadInputError(f"parameter {self.name} = {value} is outside {self.low} to {self.high} {self.unit}")
        return float(value)


@dataclass(frozen=True, slots=True)
class Strategy:
    """A strategy with its parameters filled in.

    Attributes
    ----------
    values : callable
        NamedTuple class of floats that `decide` reads: first open, high, low, close, volume, then every output
        of every indicator in order. All are values of the closed bar.
    decide : callable
        `decide(now, before, position, parameters) -> Signal`; `before` is the previous bar's values.
    parameters : NamedTuple of floats
    exit_reasons : tuple of str
        Names of the strategy's own exits (signal and time); stop and target are the venue's.
    """

    name: str
    version: str
    idea: str
    parameters: Any
    declared: tuple[Parameter, ...]
    indicators: tuple[Indicator, ...]
    values: Callable[..., Any]
    gates: tuple[Gate, ...]
    exit_reasons: tuple[str, ...]
    decide: Callable[[Any, Any, PositionView, Any], Signal]

    @property
    def warmup(self) -> int:
        """Bars until every indicator has settled."""
        return max(indicator.warmup for indicator in self.indicators)

    @property
    def outputs(self) -> int:
        """How many floats one bar's values are."""
        return 5 + sum(len(indicator.outputs) for indicator in self.indicators)

    @property
    def state_size(self) -> int:
        """Length of the flat state: bars seen, the last two rows of values, then each indicator's slots."""
        return 1 + 2 * self.outputs + sum(indicator.size for indicator in self.indicators)

    def new_state(self) -> State:
        """Return the state before the first bar."""
        return array("d", bytes(8 * self.state_size))

    def advance(self, state: State, bar: Bar) -> None:
        """Bring the state one closed bar further, in place."""
        width = self.outputs
        state[0] += 1.0
        state[1 : 1 + width] = state[1 + width : 1 + 2 * width]
        o, h, low, c, v = bar[2:]
        at, k = 1 + width, 1 + 2 * width
        state[at], state[at + 1], state[at + 2], state[at + 3], state[at + 4] = o, h, low, c, v
        at += 5
        for indicator in self.indicators:
            indicator.kernel(state, k, o, h, low, c, v, *indicator.settings)
            for slot in range(k, k + len(indicator.outputs)):
                state[at] = state[slot]
                at += 1
            k += indicator.size

    def bars_seen(self, state: State) -> int:
        """Return how many bars have advanced this state."""
        return int(state[0])

    def signal(self, state: State, position: PositionView) -> Signal:
        """Apply the rule to the state after the latest bar."""
        width = self.outputs
        before = self.values(*state[1 : 1 + width])
        now = self.values(*state[1 + width : 1 + 2 * width])
        return self.decide(now, before, position, self.parameters)


def fill_parameters(declared: Sequence[Parameter], given: Mapping[str, float], strategy: str) -> dict[str, float]:
    """Return every declared parameter's value: the given one where there is one, checked, else the default.

    Raises
    ------
    BadInputError
        If a name is unknown or a value lies outside its range.
    """
    known = {parameter.name: parameter for parameter in declared}
    for name in given:
        if name not in known:
            raise BadInputError(f"strategy {strategy} has no parameter {name!r}; it has {', '.join(known)}")
    return {name: parameter.checked(float(given.get(name, parameter.default))) for name, parameter in known.items()}
