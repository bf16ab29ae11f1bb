"""A rule's statements within the loop that asks it: the same numbers as the rule's, or no loop."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise, product, starmap
from math import nan
from types import FunctionType
from typing import Any, NamedTuple

import pytest

from tests import puppet
from tradewind.backtest.looped import Looped, Shape, looped
from tradewind.backtest.plainly import in_plain
from tradewind.domain.signal import FLAT, GateReading, PositionView, Signal


class Bar(NamedTuple):
    close: float
    rsi: float


class Numbers(NamedTuple):
    low: float
    high: float


SHAPE = Shape(Bar._fields, Numbers._fields, 2)
GIVEN = Numbers(3.0, 7.0)
HELD = PositionView(2.0, 5.0, 4.0, 1.0, 9.0, 1.0)
BARS = list(starmap(Bar, product((1.0, 4.0, 8.0, nan), (2.0, 3.0, 7.5, nan))))


def gates_of_its_own(now: Bar, before: Bar, position: PositionView, p: Numbers) -> Signal:
    """Have a variable for the gates."""
    was, crossed = before.rsi < p.low, now.rsi >= p.low
    gates = (GateReading(before.rsi, p.low, was), GateReading(now.rsi, p.low, crossed))
    out = position.quantity > 0.0 and now.rsi > p.high
    return Signal(0.5 if was and crossed else 0.0, now.close * 0.9, 0.0, 1 if out else 0, gates)


def older_and_older(now: Bar, before: Bar, position: PositionView, p: Numbers) -> Signal:
    long = position.bars_held >= 9.0 and position.quantity > 0.0
    gates = (
        GateReading(position.bars_held, 9.0, long),
        GateReading(before.close, p.high, before.close != now.close),
    )
    return Signal(0.0, position.stop + 1.0, position.target, 1 if long else 0, gates)


def several_ways(now: Bar, before: Bar, position: PositionView, p: Numbers) -> Signal:
    level = p.low
    if now.close > p.high:
        level += 1.0
    elif now.close != now.close:
        return Signal(-0.25, 0.0, 0.0, 0, (GateReading(now.close, 0.0, False), GateReading(0.0, 0.0, True)))
    else:
        level = halved(before.rsi)
    return Signal(level / 10.0, level, 0.0, 0, rest(now.rsi, level))


def halved(value: float) -> float:
    return value / 2.0


def rest(value: float, level: float) -> tuple[GateReading, ...]:
    return GateReading(value, level, value > level), GateReading(level, value, level > value)


def truth_is_any_number(now: Bar, before: Bar, position: PositionView, p: Numbers) -> Any:
    one: Any = GateReading(now.close, p.low, now.close)  # type: ignore[arg-type]
    return Signal(0.0, 0.0, 0.0, 0, (one, GateReading(before.close, p.low, [])))  # type: ignore[arg-type]


LOOPED = [gates_of_its_own, older_and_older, several_ways, truth_is_any_number]


@cache
def loop_of(rule: Any) -> Looped | None:
    return looped(rule, in_plain(rule)[0], SHAPE)


def asked(rule: Any, bars: list[Bar], position: PositionView, least: float) -> list[float]:
    """Return what a rule's loop says."""
    loop, numbers = loop_of(rule), list[float]()
    assert loop
    rows = [
        (*(getattr(now, field) for field in loop.now), *(getattr(before, field) for field in loop.before))
        for before, now in pairwise(bars)
    ]
    loop.ask(rows, least, float(position.quantity != 0.0), numbers, *position, *GIVEN)
    return numbers


def called(rule: Callable[..., Signal], bars: list[Bar], position: PositionView, least: float) -> list[float]:
    """Return what the rule itself says, bar by bar."""
    numbers = list[float]()
    for before, now in pairwise(bars):
        signal = rule(now, before, position, GIVEN)
        numbers += signal[:4]
        numbers += [number for one in signal.gates for number in (one.value, one.threshold, float(bool(one.passed)))]
        if signal.exit_reason or (signal.strength >= least and signal.strength > 0.0):
            break
        position = position._replace(bars_held=position.bars_held + (position.quantity != 0.0))
    return numbers


def texts(numbers: list[float]) -> list[str]:
    """Return numbers as texts, so that NaN is NaN."""
    return [repr(float(one)) for one in numbers]


@pytest.mark.parametrize("rule", LOOPED)
@pytest.mark.parametrize("position", [FLAT, HELD])
@pytest.mark.parametrize("least", [0.0, 2.0])
def test_a_loop_says_what_its_rule_says(rule: Callable[..., Signal], position: PositionView, least: float) -> None:
    for begin in range(len(BARS) - 1):
        expected = called(rule, BARS[begin:], position, least)

        assert texts(asked(rule, BARS[begin:], position, least)) == texts(expected)


def test_gates_that_stand_in_a_signal_are_never_made() -> None:
    loop = loop_of(gates_of_its_own)

    assert loop
    assert "gates" not in loop.ask.__code__.co_varnames
    assert (loop.now, loop.before) == (["close", "rsi"], ["rsi"])


def takes_a_bar_as_a_whole(now: Bar, before: Bar, position: PositionView, p: Numbers) -> Signal:
    return Signal(0.0, 0.0, 0.0, 0, rest(sum(now), p.low))


def asks_for_no_field(now: Any, before: Bar, position: PositionView, p: Numbers) -> Signal:
    return Signal(0.0, now.count(1.0), 0.0, 0, rest(now.rsi, p.low))


def keeps_a_value(now: Bar, before: Bar, position: PositionView, p: Numbers) -> Signal:
    if now.close > p.high:
        level = now.close
    return Signal(0.0, level, 0.0, 0, rest(now.rsi, p.low))


def says_nothing_at_times(now: Bar, before: Bar, position: PositionView, p: Numbers) -> Any:  # noqa: RET503
    if now.close > p.high:
        return Signal(0.0, 0.0, 0.0, 0, rest(now.rsi, p.low))


def goes_round(now: Bar, before: Bar, position: PositionView, p: Numbers) -> Signal:
    for level in (p.low, p.high):
        if now.close > level:
            return Signal(level, 0.0, 0.0, 0, rest(now.rsi, level))
    return Signal(0.0, 0.0, 0.0, 0, rest(now.rsi, p.low))


def sets_a_field(now: Any, before: Bar, position: PositionView, p: Numbers) -> Signal:
    now.rsi = 2.0
    return Signal(0.0, 0.0, 0.0, 0, rest(now.rsi, p.low))


def has_more_arguments(now: Bar, before: Bar, position: PositionView, p: Numbers, least: float = 0.5) -> Signal:
    return Signal(least, 0.0, 0.0, 0, rest(now.rsi, p.low))


def takes_our_names(now: Bar, before: Bar, position: PositionView, p: Numbers) -> Signal:
    asked_least = 0.5
    return Signal(asked_least, 0.0, 0.0, 0, rest(now.rsi, p.low))


def closes_over() -> Any:
    level = 0.5

    def rule(now: Bar, before: Bar, position: PositionView, p: Numbers) -> Signal:
        return Signal(level, 0.0, 0.0, 0, rest(now.rsi, p.low))

    return rule


CALLED = [
    takes_a_bar_as_a_whole,
    asks_for_no_field,
    keeps_a_value,
    says_nothing_at_times,
    goes_round,
    sets_a_field,
    has_more_arguments,
    takes_our_names,
    closes_over(),
    len,
]


@pytest.mark.parametrize("rule", CALLED)
def test_any_other_rule_is_called(rule: Any) -> None:
    assert loop_of(rule) is None


def test_gates_that_are_forgotten_raise() -> None:
    rule: Any = puppet.decide
    assert isinstance(rule, FunctionType)
    shape = Shape(puppet.Values._fields, puppet.Parameters._fields, 2)
    loop = looped(rule, in_plain(rule)[0], shape)
    assert loop
    row = dict.fromkeys([*loop.now, *loop.before], 1.0) | {"volume": puppet.FORGET_GATES}

    with pytest.raises(ValueError, match="not enough values to unpack"):
        loop.ask([tuple(row[name] for name in [*loop.now, *loop.before])], 2.0, 0.0, [], *FLAT, 1.0)
