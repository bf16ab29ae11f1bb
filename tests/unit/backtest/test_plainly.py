"""A rule's readings and signals as plain tuples: the same numbers, from the source that runs and from no other."""

from collections.abc import Callable
from random import Random
from types import FunctionType
from typing import Any

import pytest

from tests.parity.engines import EXAMPLES
from tradewind.backtest.plainly import in_plain, rewritten
from tradewind.domain.signal import FLAT, GateReading, PositionView, Signal
from tradewind.strategies import registry


def by_place(value: float) -> Any:
    return Signal(1.0, value, 0.0, 0, (GateReading(value, 2.0, value > 2.0),))


def by_name(value: float) -> Any:
    gate = GateReading(passed=value > 2.0, threshold=2.0, value=value)
    return Signal(1.0, value, target=0.0, gates=(gate,), exit_reason=0)


def made_elsewhere() -> Any:
    threshold = 2.0

    def closing_over(value: float) -> Any:
        return Signal(1.0, value, 0.0, 0, (GateReading(value, threshold, value > threshold),))

    return closing_over


def with_what_it_is_given(value: float, make: Any = GateReading) -> Any:
    return Signal(1.0, value, 0.0, 0, (make(value, 2.0, value > 2.0),))


def numbers(signal: Any) -> list[Any]:
    return [*signal[:4], *(tuple(gate) for gate in signal[4])]


@pytest.mark.parametrize("rule", [by_place, by_name, made_elsewhere(), with_what_it_is_given])
def test_a_rule_says_the_same_in_plain_tuples(rule: Callable[[float], Any]) -> None:
    plain, _ = in_plain(rule)

    for value in (1.0, 3.0):
        assert numbers(plain(value)) == numbers(rule(value))
        assert type(plain(value)) is tuple
    assert plain(1.0)[5] != plain(1.0)[5], "no confidence is NaN"


@pytest.mark.parametrize("rule", [by_place, by_name, made_elsewhere()])
def test_a_tuple_stands_in_the_place_of_each_call(rule: FunctionType) -> None:
    assert not {"GateReading", "Signal"} & set(rewritten(rule).co_names)


_OTHER = "def by_place(value):\n    return Signal(1.0, value, 0.0, 0, (GateReading(value, 3.0, value > 3.0),))\n"


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(_OTHER, id="another rule"),
        pytest.param(_OTHER.replace("by_place", "other"), id="another function"),
        pytest.param(_OTHER + "by_place(1.0)\n", id="more than a function"),
        pytest.param("import sys; sys.exit()\n", id="no function"),
        pytest.param("def by_place(", id="no Python"),
        pytest.param("", id="nothing"),
    ],
)
def test_source_that_is_not_what_runs_is_left_alone(found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.backtest.plainly.getsource", lambda _: found)

    rule: Any = by_place
    assert rewritten(rule) is rule.__code__


def test_a_rule_without_source_runs_as_it_is() -> None:
    world: dict[str, Any] = {"Signal": Signal, "__name__": __name__}
    exec("def rule(value):\n    return Signal(1.0, value, 0.0, 0, ())\n", world)  # noqa: S102 - we wrote it

    assert rewritten(world["rule"]) is world["rule"].__code__
    assert in_plain(world["rule"])[0](2.0)[:2] == (1.0, 2.0)


@pytest.mark.parametrize("name", registry.names(EXAMPLES))
def test_every_strategy_is_rewritten_and_names_what_it_reads(name: str) -> None:
    strategy = registry.build(name, {}, EXAMPLES)
    assert isinstance(strategy.decide, FunctionType)
    values: Any = strategy.values

    _, named = in_plain(strategy.decide)

    assert rewritten(strategy.decide) is not strategy.decide.__code__
    assert named & set(values._fields)


@pytest.mark.parametrize("name", registry.names(EXAMPLES))
@pytest.mark.parametrize("position", [FLAT, PositionView(2.0, 99.0, 400.0, 90.0, 120.0, 1.0)])
def test_every_strategy_says_the_same_in_plain_tuples(name: str, position: PositionView) -> None:
    strategy = registry.build(name, {}, EXAMPLES)
    plain, _ = in_plain(strategy.decide)
    chance = Random(7)  # noqa: S311 - any numbers do

    for _ in range(20):
        before, now = (strategy.values(*(chance.uniform(0.0, 200.0) for _ in range(strategy.outputs))) for _ in "ab")
        signal = plain(now, before, position, strategy.parameters)

        assert type(signal) is tuple
        assert str(numbers(signal)) == str(numbers(strategy.decide(now, before, position, strategy.parameters)))
