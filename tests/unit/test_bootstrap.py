from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders import configuration
from tradewind.bootstrap import load_configuration, strategies_at_work
from tradewind.domain.configuration import Configuration, Gates, StrategyRules
from tradewind.domain.errors import BadInputError
from tradewind.domain.timeframe import Timeframe


def with_parameters(**parameters: float) -> Configuration:
    rules = StrategyRules("rsi_pullback_pro", "paper", Timeframe.D1, parameters, Gates())
    return replace(configuration(), strategies=(rules,))


def key_of(made: Configuration) -> str:
    at_work, code = strategies_at_work(made, None)
    (one,) = at_work["paper"]
    assert list(code) == [one.key]
    return str(one.key)


def test_the_state_of_one_rule_is_never_taken_for_that_of_another() -> None:
    """Other parameters, or other code, are another key: a checkpoint of one cannot be restored into the other."""
    one = key_of(with_parameters(rsi_period=4))

    assert one == key_of(with_parameters(rsi_period=4)) != key_of(with_parameters(rsi_period=5))
    assert one.startswith("paper/rsi_pullback_pro/1d/")


def test_without_a_configuration_nothing_starts_and_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"no configuration at .*: run `tradewind config build`"):
        load_configuration(tmp_path / "none.json")
