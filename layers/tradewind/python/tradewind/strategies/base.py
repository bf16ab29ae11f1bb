"""What a strategy is: declared parameters, indicators and gates, and one pure rule over floats.

Everything that `decide` calls keeps to +, −, ×, ÷, square root and comparisons over floats, so that it gives the
same bits interpreted in a function and compiled in a backtest, on x86-64 and on arm64.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError
from tradewind.domain.signal import PositionView, Signal
from tradewind.indicators.base import Indicator, Kernel, State

__all__ = ["Gate", "GateKind", "Indicator", "Kernel", "Parameter", "State", "Strategy", "fill_parameters"]

_BAR_VALUES = 5


class GateKind(StrEnum):
    """What a gate is for: an entry must pass it, it counts as a confirmation, or it ends a held position."""

    REQUIRED = "required"
    CONFIRMING = "confirming"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Gate:
    """A named condition, `value comparison threshold`, that is recorded for every bar."""

    name: str
    comparison: str
    kind: GateKind
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: its default, its closed range, its unit, and where it comes from.

    A `whole` one counts something, bars as a rule, and takes no fraction.
    """

    name: str
    default: float
    low: float
    high: float
    unit: str
    source: str = ""
    whole: bool = False

    def checked(self, value: float) -> float:
        """Return the value if it lies in the range.

        Raises
        ------
        BadInputError
            If it does not, or is no number where a number, or no whole one where a whole one, is asked for.
        """
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadInputError(f"parameter {self.name} = {value!r} is no number")
        if not self.low <= value <= self.high:
            raise BadInputError(f"parameter {self.name} = {value} is outside {self.low} to {self.high} {self.unit}")
        if self.whole and value != int(value):
            raise BadInputError(f"parameter {self.name} = {value} must be whole: it counts {self.unit}")
        return float(value)


class _Step(NamedTuple):
    """One indicator's place in the state: what to call, where its slots begin, which outputs go where."""

    kernel: Kernel
    slot: int
    settings: tuple[float, ...]
    copies: tuple[tuple[int, int], ...]


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
    warmup : int
        Bars until every indicator has settled; the strategy enters nothing before.
    outputs : int
        How many floats one bar's values are.
    state_size : int
        Length of the flat state: bars seen, the values of the previous bar and of the latest one, then each
        indicator's slots.
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

    warmup: int = field(init=False)
    outputs: int = field(init=False)
    state_size: int = field(init=False)
    _steps: tuple[_Step, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        outputs = _BAR_VALUES + sum(len(indicator.outputs) for indicator in self.indicators)
        steps, end = _layout(self.indicators, 1 + 2 * outputs, 1 + outputs + _BAR_VALUES)
        derived = {
            "warmup": max(indicator.warmup for indicator in self.indicators),
            "outputs": outputs,
            "state_size": end,
            "_steps": steps,
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def new_state(self) -> State:
        """Return the state before the first bar."""
        return array("d", bytes(8 * self.state_size))

    def advance(self, state: State, bar: Bar) -> None:
        """Bring the state one closed bar further, in place."""
        middle = 1 + self.outputs
        state[0] += 1.0
        state[1:middle] = state[middle : middle + self.outputs]
        _, _, open_, high, low, close, volume = bar
        state[middle] = open_
        state[middle + 1] = high
        state[middle + 2] = low
        state[middle + 3] = close
        state[middle + 4] = volume
        for kernel, slot, settings, copies in self._steps:
            kernel(state, slot, open_, high, low, close, volume, *settings)
            for value, source in copies:
                state[value] = state[source]

    def bars_seen(self, state: State) -> int:
        """Return how many bars have advanced this state."""
        return int(state[0])

    def signal(self, state: State, position: PositionView) -> Signal:
        """Apply the rule to the state after the latest bar."""
        middle = 1 + self.outputs
        before = self.values(*state[1:middle])
        now = self.values(*state[middle : middle + self.outputs])
        return self.decide(now, before, position, self.parameters)


def _layout(indicators: Sequence[Indicator], slot: int, value: int) -> tuple[tuple[_Step, ...], int]:
    """Lay the indicators' slots out from `slot` on and their outputs from `value` on; also return the end."""
    steps = []
    for indicator in indicators:
        copies = tuple((value + i, slot + i) for i in range(len(indicator.outputs)))
        steps.append(_Step(indicator.kernel, slot, indicator.settings, copies))
        slot += indicator.size
        value += len(indicator.outputs)
    return tuple(steps), slot


def fill_parameters(declared: Sequence[Parameter], given: Mapping[str, float], strategy: str) -> dict[str, float]:
    """Return every declared parameter's value: the given one where there is one, checked, else the default.

    Raises
    ------
    BadInputError
        If a name is unknown, or a value is no number, not whole where it counts, or outside its range.
    """
    known = {parameter.name: parameter for parameter in declared}
    for name in given:
        if name not in known:
            raise BadInputError(f"strategy {strategy} has no parameter {name!r}; it has {', '.join(known)}")
    return {name: parameter.checked(given.get(name, parameter.default)) for name, parameter in known.items()}
