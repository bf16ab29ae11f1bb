"""A strategy as one class: declared parameters, indicators, gates and exits, and one pure rule.

::

    class EmaCross(Rule):
        '''Hold while the fast average is above the slow one.'''

        parameters = (Parameter("fast", 20, 2, 200, "bars", whole=True), …)
        gates = (Gate("crossed", ">", GateKind.REQUIRED), …)
        exits = ("SIGNAL",)

        @staticmethod
        def indicators(p): return (ema(p.fast, "fast"), …)

        @staticmethod
        def decide(now, before, position, p): return conclude(…)

`now` and `before` have the fields open, high, low, close, volume, and every indicator's outputs by name; `p` has every
parameter by name.
"""

from abc import ABC, abstractmethod
from collections import namedtuple
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from tradewind.domain.errors import BadInputError
from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.strategies.base import Gate, Indicator, Parameter, StopPolicy, Strategy, fill_parameters

__all__ = [
    "READY",
    "Rule",
    "all_pass",
    "below",
    "built",
    "conclude",
    "first_passed",
    "gain",
    "held_for",
    "part",
    "passed_share",
    "roi",
]

_BAR = ("open", "high", "low", "close", "volume")

READY = 0.4
"""Strength of a setup of which every required gate and no confirming one passes, at its least quality."""

CONFIRMED = 0.4
"""What all confirming gates together add to it."""

QUALITY = 0.2
"""What the best quality, 1, adds to it."""


class Rule(ABC):
    """What a strategy's class declares.

    Attributes
    ----------
    name : str
        How configuration names it; empty for the name of its file.
    exits : tuple of str
        Reasons of the rule's own exits, in the order of its exit gates.
    """

    name: ClassVar[str] = ""
    version: ClassVar[str] = "1"
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    gates: ClassVar[tuple[Gate, ...]] = ()
    exits: ClassVar[tuple[str, ...]] = ("SIGNAL",)
    stop_policy: ClassVar[StopPolicy] = StopPolicy.FIXED
    has_model: ClassVar[bool] = False

    @staticmethod
    @abstractmethod
    def indicators(p: Any) -> tuple[Indicator, ...]:
        """Return the indicators that the rule reads; those of other timeframes inside `higher`."""

    @staticmethod
    @abstractmethod
    def decide(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        """Judge one closed bar."""

    @staticmethod
    def contradiction(p: Any) -> str:
        """Return what is wrong with parameters that are each in their range, or an empty string."""
        del p
        return ""

    @staticmethod
    def entries(p: Any) -> int:
        """Return how many entries a position is built of at most."""
        del p
        return 1


def built(rule: type[Rule], given: Mapping[str, float], name: str = "") -> Strategy:
    """Build a strategy from its class, with some parameters given and the rest at their defaults.

    Raises
    ------
    BadInputError
        If the class lacks a method, a parameter is unknown or out of range, or two contradict each other.
    """
    name = rule.name or name
    if rule.__abstractmethods__:
        lacking = " and ".join(sorted(rule.__abstractmethods__))
        raise BadInputError(f"strategy {name}: class {rule.__name__} must define {lacking}; see docs/strategies.md")
    filled = fill_parameters(rule.parameters, given, name)
    p = _row("Parameters", tuple(filled))(*filled.values())
    wrong = rule.contradiction(p)
    if wrong:
        raise BadInputError(f"strategy {name}: {wrong}")
    indicators = rule.indicators(p)
    outputs = [output for indicator in indicators for output in indicator.outputs]
    return Strategy(
        name=name,
        version=rule.version,
        idea=" ".join((rule.__doc__ or "").split()),
        parameters=p,
        declared=rule.parameters,
        indicators=indicators,
        values=_row("Values", (*_BAR, *outputs)),
        gates=rule.gates,
        exit_reasons=rule.exits,
        decide=rule.decide,
        stop_policy=rule.stop_policy,
        entries=rule.entries(p),
        has_model=rule.has_model,
    )


@cache
def _row(name: str, fields: tuple[str, ...]) -> Any:
    """Return the NamedTuple class of these fields; the same one every time, so that a rule is compiled once."""
    made: Any = namedtuple(name, fields)  # type: ignore[misc] # noqa: PYI024 - its fields are declared elsewhere
    return made


# ── what rules are made of: plain functions over floats, interpreted and compiled ────────────────────────────────


def conclude(
    required: tuple[GateReading, ...],
    confirming: tuple[GateReading, ...],
    exits: tuple[GateReading, ...],
    quality: float,
    stop: float,
    target: float,
) -> Signal:
    """Return the signal that gates amount to.

    Without every required gate the strength is 0; with them 0.4, plus 0.4 times the share of confirming gates that
    pass, plus 0.2 times the quality. With an exit it is −1.

    Parameters
    ----------
    quality : float
        How good an instance of its kind the setup is, 0 to 1; beyond that it is cut off, and NaN counts nothing.
    stop, target : float
        NaN and what is not above 0 become 0: none.
    """
    reason = first_passed(exits)
    strength = 0.0
    if reason > 0:
        strength = -1.0
    elif all_pass(required):
        good = 0.0
        if quality > 0.0:
            good = quality if quality < 1.0 else 1.0
        strength = READY + CONFIRMED * passed_share(confirming) + QUALITY * good
    low = stop if stop > 0.0 else 0.0
    high = target if target > 0.0 else 0.0
    return Signal(strength, low, high, reason, required + confirming + exits)


def first_passed(gates: tuple[GateReading, ...]) -> int:
    """Return the place of the first gate that passes, from 1; 0 for none."""
    place = 0
    for gate in gates:
        place += 1
        if gate.passed:
            return place
    return 0


def all_pass(gates: tuple[GateReading, ...]) -> bool:
    """Return whether every gate passes."""
    for gate in gates:
        if not gate.passed:
            return False
    return True


def passed_share(gates: tuple[GateReading, ...]) -> float:
    """Return which share of some gates passes."""
    passed = 0.0
    for gate in gates:
        if gate.passed:
            passed += 1.0
    return passed / len(gates)


def part(value: float, whole: float, otherwise: float) -> float:
    """Return a share of what is above 0; of anything else there is none."""
    return value / whole if whole > 0.0 else otherwise


def below(price: float, distance: float) -> float:
    """Return the level that lies some way below a price; 0, which is none, where that is no price."""
    return price - distance if 0.0 < distance < price else 0.0


def gain(close: float, position: PositionView) -> float:
    """Return how far a close lies above what a held position cost, as a fraction of it; 0 without one."""
    return close / position.entry_price - 1.0 if position.quantity > 0.0 and position.entry_price > 0.0 else 0.0


def held_for(position: PositionView, most: float) -> GateReading:
    """Read how long a position has been held, against the most that it may be."""
    return GateReading(position.bars_held, most, position.quantity > 0.0 and position.bars_held >= most)


def roi(
    close: float, position: PositionView, at_once: float, bars: float, later: float, more_bars: float, last: float
) -> GateReading:
    """Read a table of returns that are enough: `at_once`, then `later` from `bars` on, then `last` from `more_bars`."""
    enough = at_once
    if position.bars_held >= more_bars:
        enough = last
    elif position.bars_held >= bars:
        enough = later
    won = gain(close, position)
    return GateReading(won, enough, position.quantity > 0.0 and won >= enough)
