"""What every strategy shares: parameters that are checked, and a state that is laid out once."""

from dataclasses import replace
from math import isnan, nan
from typing import Any

import pytest

from tests.builders import bar
from tests.walks import walk
from tradewind.domain.errors import BadInputError
from tradewind.domain.signal import FLAT, Signal
from tradewind.indicators.averages import ema, sma
from tradewind.strategies.base import Parameter, fill_parameters
from tradewind.strategies.rsi_pullback_pro import build

DECLARED = (Parameter("period", 14, 2, 50, "bars", whole=True), Parameter("level", 30, 1, 60, "RSI points"))


def test_what_is_not_given_keeps_its_default() -> None:
    assert fill_parameters(DECLARED, {"level": 20}, "any") == {"period": 14.0, "level": 20.0}


def test_an_unknown_parameter_is_refused_with_those_that_exist() -> None:
    with pytest.raises(BadInputError, match="strategy any has no parameter 'levle'; it has period, level"):
        fill_parameters(DECLARED, {"levle": 20}, "any")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, "period = 1 is outside 2 to 50 bars"),
        (51, "period = 51 is outside"),
        (14.5, "period = 14.5 must be whole"),
        (nan, "period = nan is outside"),
        ("14", "period = '14' is no number"),
        (True, "period = True is no number"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_its_reason(value: Any, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        fill_parameters(DECLARED, {"period": value}, "any")


def test_every_default_of_the_first_strategy_lies_in_its_own_range() -> None:
    for parameter in build({}).declared:
        assert parameter.checked(parameter.default) == parameter.default


def test_the_warmup_is_that_of_the_slowest_indicator() -> None:
    assert build({"ema_slow": 400}).warmup == 500
    assert build({}).warmup == 250


def test_the_rule_reads_the_latest_bar_and_the_one_before_with_their_indicators() -> None:
    rows: list[Any] = []

    def decide(now: Any, before: Any, *_: Any) -> Signal:
        rows.append((before, now))
        return Signal(0.0, 0.0, 0.0, 0, ())

    strategy = replace(build({}), indicators=(sma(2), ema(3)), values=lambda *values: values, decide=decide)
    state = strategy.new_state()
    for number, close in enumerate((10.0, 20.0, 40.0), 1):
        strategy.advance(state, bar(number, 10, 50, 5, close, number))
        strategy.signal(state, FLAT)

    before, now = rows[-1]
    assert now == (10, 50, 5, 40, 3, 30, pytest.approx(70 / 3))
    assert before[:6] == (10, 50, 5, 20, 2, 15)
    assert isnan(before[6])


def test_the_state_counts_the_bars_that_it_has_seen() -> None:
    strategy = build({})
    state = strategy.new_state()
    for each in walk(seed=1, count=7):
        strategy.advance(state, each)

    assert strategy.bars_seen(state) == 7
    assert tuple(map(len, state)) == strategy.sizes
