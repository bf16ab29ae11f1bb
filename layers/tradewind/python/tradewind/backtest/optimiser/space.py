"""Which values of which parameters are tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from tradewind.domain.errors import BadInputError
from tradewind.strategies.base import Parameter

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

_HALF, _TWICE = 0.5, 2.0
_ROUNDING = 1e-9
"""Of a step: a range of 0.3 in steps of 0.1 has four values."""


@dataclass(frozen=True, slots=True)
class Range:
    """Values of one parameter: from low to high, both included, in steps where there is one."""

    name: str
    low: float
    high: float
    step: float | None = None
    whole: bool = False

    def __str__(self) -> str:
        return f"{self.name}={self.low:g}:{self.high:g}" + (f":{self.step:g}" if self.step else "")

    def distribution(self) -> "BaseDistribution":
        """Return it as Optuna takes it."""
        from optuna.distributions import FloatDistribution, IntDistribution  # noqa: PLC0415 - heavy

        if self.whole:
            return IntDistribution(int(self.low), int(self.high), step=int(self.step or 1))
        return FloatDistribution(self.low, self.high, step=self.step)

    def at(self, share: float) -> float:
        """Return the value at a share of the way from low to high, each step as wide as the others."""
        step = self.step or (1.0 if self.whole else 0.0)
        if not step:
            return self.low + share * (self.high - self.low)
        steps = floor((self.high - self.low) / step + _ROUNDING)
        return self.low + step * min(floor(share * (steps + 1)), steps)

    def grid(self) -> list[float]:
        """Return every value on a grid; without a step, five of them."""
        step = self.step or (1.0 if self.whole else (self.high - self.low) / 4)
        return [self.low + k * step for k in range(floor((self.high - self.low) / step + _ROUNDING) + 1)]


def around_defaults(declared: Sequence[Parameter]) -> list[Range]:
    """Return a range for each parameter: from half its default to twice, within what is declared."""
    return [_around(one) for one in declared if one.low < one.high and one.default]


def _around(one: Parameter) -> Range:
    low, high = max(one.low, _HALF * one.default), min(one.high, _TWICE * one.default)
    return Range(one.name, *((float(ceil(low)), float(floor(high))) if one.whole else (low, high)), None, one.whole)


def read(texts: Sequence[str], declared: Sequence[Parameter]) -> list[Range]:
    """Read `name=low:high` or `name=low:high:step`.

    Raises
    ------
    BadInputError
        If one cannot be read, names no parameter, or leaves what is declared.
    """
    known = {one.name: one for one in declared}
    return [_read(text, known) for text in texts]


def _read(text: str, known: Mapping[str, Parameter]) -> Range:
    name, _, span = text.partition("=")
    if name not in known:
        raise BadInputError(f"there is no parameter {name!r} to vary; there are {', '.join(known)}")
    parameter = known[name]
    try:
        low, high, *rest = (float(part) for part in span.split(":"))
        (step,) = rest or (None,)
    except ValueError:
        raise BadInputError(f"{text!r} is no range: write {name}=low:high or {name}=low:high:step") from None
    if low >= high or (step is not None and not 0 < step <= high - low):
        raise BadInputError(f"{text!r} is empty: low must be below high, and a step at most their difference")
    parameter.checked(low)
    parameter.checked(high)
    if parameter.whole and step is not None and step != int(step):
        raise BadInputError(f"{text!r}: {name} counts {parameter.unit}, so its step is whole")
    return Range(name, low, high, step, parameter.whole)
