"""What other gates would have done: which stored decisions turn, and what the whole path then comes to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tradewind.backtest.outcome import Outcome
from tradewind.backtest.result import Result
from tradewind.backtest.trace import trace
from tradewind.cli.errors import InputError
from tradewind.cli.research.rehearsing import Key, Stored, rehearsal, series_of
from tradewind.domain.configuration import Configuration, Gates, StrategyRules
from tradewind.domain.decision import Decision
from tradewind.domain.fill import Fill
from tradewind.domain.order import Leg, Order
from tradewind.strategies.base import GateKind, Strategy

GATES = {
    "signal_strength": "minimum_strength",
    "confirmations": "confirmations",
    "ml_confidence": "ml_confidence",
    "size_multiplier": "size_multiplier",
}
"""The account's gates by the names that decisions give them, as the configuration has them."""

_ASKED = "asks to enter"
_MODEL = "ml_confidence"
_TURNING = frozenset({_MODEL.upper(), "CONFIRMATIONS", "SIGNAL_STRENGTH"})
_AFTER = frozenset({"ENTER", "DENY"})


@dataclass(frozen=True, slots=True)
class Turn:
    """A stored decision that other gates turn, all else being as it was."""

    ts: int
    strategy: str
    instrument: str
    was: str
    becomes: str


@dataclass(frozen=True, slots=True)
class Path:
    """What a run came to.

    Attributes
    ----------
    metrics : mapping
        As `tradewind backtest` defines them.
    """

    orders: list[Order]
    fills: list[Fill]
    metrics: Mapping[str, float | None]
    actions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The two side by side.

    Attributes
    ----------
    turns : tuple of Turn
        Read off the stored decisions alone; once the first of them trades, what is held differs and so may the rest.
    then, now : Path
        What happened by the backtest, and what would have.
    """

    turns: tuple[Turn, ...]
    then: Path
    now: Path


def changed(configuration: Configuration, gates: Mapping[str, float], parameters: Mapping[str, float]) -> Configuration:
    """Return the configuration with other gates or parameters for every strategy.

    Raises
    ------
    InputError
        If there is no such gate, or nothing would change.
    """
    for name in gates:
        if name not in GATES:
            raise InputError(f"there is no gate {name}: there are {', '.join(GATES)}; a rule's own take --param")
    for name in ("signal_strength", "ml_confidence"):
        if not 0.0 <= gates.get(name, 0.0) <= 1.0:
            raise InputError(f"{name} = {gates[name]:g} is outside 0 to 1")
    count = gates.get("confirmations", 0.0)
    if count < 0 or count != int(count):
        raise InputError(f"confirmations = {count:g} counts gates: give a whole number from 0 on")
    rules = tuple(_changed(one, gates, parameters) for one in configuration.strategies)
    if rules == configuration.strategies:
        raise InputError("nothing would change: that is how it was")
    return replace(configuration, strategies=rules)


def _changed(rules: StrategyRules, gates: Mapping[str, float], parameters: Mapping[str, float]) -> StrategyRules:
    given: dict[str, Any] = {GATES[name]: value for name, value in gates.items()}
    if "confirmations" in given:
        given["confirmations"] = int(given["confirmations"])
    return replace(rules, gates=replace(rules.gates, **given), parameters={**rules.parameters, **parameters})


def compare(stored: Stored, other: Configuration) -> WhatIf:
    """Return which stored decisions turn, and both paths.

    Raises
    ------
    BadInputError
        If a parameter is unknown or out of range.
    """
    series = series_of(stored)
    then, now = (_path(rehearsal(one, series)) for one in (stored.configuration, other))
    same_rules = all(
        a.parameters == b.parameters for a, b in zip(stored.configuration.strategies, other.strategies, strict=True)
    )
    return WhatIf(tuple(turns(stored, other)) if same_rules else (), then, now)


def turns(stored: Stored, other: Configuration) -> Iterator[Turn]:
    """Yield the stored decisions that other gates of the account turn, by time."""
    from tradewind.cli.research.choosing import built

    rules = {one.name: one for one in other.strategies}
    strategies = {name: built(one.name, one.parameters, one.gates) for name, one in rules.items()}
    for key, (_, decision) in sorted(stored.decisions.items()):
        was = _standing(decision)
        if was and decision.strategy in rules:
            becomes = _judged(decision, strategies[decision.strategy], rules[decision.strategy].gates)
            if becomes != was:
                yield Turn(*_named(key), was, becomes)


def _named(key: Key) -> tuple[int, str, str]:
    return key[0], key[1], str(key[2])


def _standing(decision: Decision) -> str:
    """Return what the account's gates made of a wish to enter; nothing where they were not asked."""
    if decision.reason in _TURNING:
        return decision.reason
    return _ASKED if decision.action in _AFTER else ""


def _judged(decision: Decision, strategy: Strategy, gates: Gates) -> str:
    passed = 0
    for gate, reading in zip(strategy.gates, decision.gates, strict=False):
        if gate.kind is GateKind.CONFIRMING:
            passed += reading.passed
        elif gate.name == _MODEL and reading.value < gates.ml_confidence:  # NaN without a model: it does not apply
            return _MODEL.upper()
    if passed < gates.confirmations:
        return "CONFIRMATIONS"
    return "SIGNAL_STRENGTH" if decision.strength < gates.minimum_strength else _ASKED


def _path(setup: Any) -> Path:
    run, said = trace(setup)
    outcome, actions = Outcome(run), dict[str, int]()
    for one in said:
        actions[one.action] = actions.get(one.action, 0) + 1
    return Path(outcome.orders, outcome.fills, Result(run).metrics, actions)


def entries(path: Path) -> int:
    """Return how many entries filled."""
    return sum(fill.leg is Leg.ENTRY for fill in path.fills)
