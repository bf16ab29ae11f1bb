"""What a strategy is: declared parameters, indicators and gates, and one pure rule over floats.

Everything that `decide` calls keeps to +, −, ×, ÷, square root and comparisons over floats, so that it gives the
same bits interpreted in a function and compiled in a backtest, on x86-64 and on arm64.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from math import nan
from typing import Any

from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError
from tradewind.domain.signal import PositionView, Signal
from tradewind.indicators.base import Indicator, Kernel, State

__all__ = [
    "Gate",
    "GateKind",
    "Indicator",
    "Kernel",
    "Parameter",
    "Strategy",
    "StrategyState",
    "fill_parameters",
    "flat",
]

_BAR_VALUES = 5

type StrategyState = list[State]
"""One instrument's state under one strategy: bars seen (one slot), the values of the bar before and those of the latest
bar (as `Strategy.values` takes them, NaN where there was none), then each indicator's own state."""


class GateKind(StrEnum):
    """What a gate is for: an entry must pass it, it counts as a confirmation, it ends a position, or it only tells."""

    REQUIRED = "required"
    CONFIRMING = "confirming"
    EXIT = "exit"
    RECORDED = "recorded"


class StopPolicy(StrEnum):
    """What becomes of a position's stop and target after its entry."""

    FIXED = "fixed"  # they stay where the entry put them
    TRAILING = "trailing"  # the rule moves them: `stop` of a held position's signal raises the stop, never lowers it
    LADDER = "ladder"  # one stop for several entries stays where the first put it; the target follows their average


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
    stop_policy : StopPolicy
        Whether a held position's signal moves its stop and target.
    entries : int
        Most entries that one position is built of. Each gets its share of the risk and of the room.
    has_model : bool
        Whether its signals carry a model's confidence.
    warmup : int
        Bars until every indicator has settled; the strategy enters nothing before.
    outputs : int
        How many floats one bar's values are.
    sizes : tuple of int
        Slots of each part of the state. A compiled engine keeps the parts one after another in one row, as `flat` does.
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
    stop_policy: StopPolicy = StopPolicy.FIXED
    entries: int = 1
    has_model: bool = False

    warmup: int = field(init=False)
    outputs: int = field(init=False)
    sizes: tuple[int, ...] = field(init=False)
    _steps: tuple[tuple[int, Kernel, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        outputs = _BAR_VALUES + sum(len(indicator.outputs) for indicator in self.indicators)
        derived = {
            "warmup": max(indicator.warmup for indicator in self.indicators),
            "outputs": outputs,
            "sizes": (1, outputs, outputs, *(indicator.size for indicator in self.indicators)),
            "_steps": tuple((3 + i, one.kernel, len(one.outputs)) for i, one in enumerate(self.indicators)),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def new_state(self) -> StrategyState:
        """Return the state before the first bar."""
        nothing = [nan] * self.outputs
        return [[0.0], nothing, list(nothing), *(indicator.new_state() for indicator in self.indicators)]

    def advance(self, state: StrategyState, bar: Bar) -> None:
        """Bring the state one closed bar further, in place."""
        ts_open, _, open_, high, low, close, volume = bar
        ts = float(ts_open)
        values = [open_, high, low, close, volume]
        for place, kernel, outputs in self._steps:
            own = state[place]
            kernel(own, ts, open_, high, low, close, volume)
            if outputs == 1:  # most have one, and this is the hottest loop of a function
                values.append(own[0])
            else:
                values += own[:outputs]
        state[0][0] += 1.0
        state[1] = state[2]
        state[2] = values

    def bars_seen(self, state: StrategyState) -> int:
        """Return how many bars have advanced this state."""
        return int(state[0][0])

    def signal(self, state: StrategyState, position: PositionView) -> Signal:
        """Apply the rule to the state after the latest bar."""
        return self.decide(self.values(*state[2]), self.values(*state[1]), position, self.parameters)

    def parted(self, row: Sequence[float]) -> StrategyState:
        """Return the state that `flat` laid out in one row.

        Raises
        ------
        ValueError
            If the row is not as long as this strategy's state.
        """
        ends = list(accumulate(self.sizes))
        if len(row) != ends[-1]:
            raise ValueError(f"strategy {self.name} keeps {ends[-1]} numbers an instrument, not {len(row)}")
        return [list(row[end - size : end]) for size, end in zip(self.sizes, ends, strict=True)]


def flat(state: StrategyState) -> list[float]:
    """Lay every part of the state out in one row."""
    row: list[float] = []
    for part in state:
        row += part
    return row


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
