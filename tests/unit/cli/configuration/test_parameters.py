"""What pydantic says of a strategy's parameters is what its declaration says, and what functions refuse."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cli.conftest import Run
from tradewind.cli.configuration.parameters import refusals, schema
from tradewind.domain.errors import BadInputError
from tradewind.strategies.base import fill_parameters
from tradewind.strategies.registry import build, names

S1 = build("rsi_pullback_pro", {})
VALUES = st.one_of(st.floats(), st.integers(-5, 500), st.booleans(), st.text(max_size=3), st.none())


@given(st.dictionaries(st.sampled_from(["rsi_period", "stop_atr", "pullback_level", "levle"]), VALUES))
def test_the_model_refuses_what_the_functions_refuse_and_nothing_else(values: dict[str, Any]) -> None:
    told = {name: told_by_functions(name, value) for name, value in values.items()}

    assert dict(refusals(S1, values)) == {name: words for name, words in told.items() if words}


def told_by_functions(name: str, value: Any) -> str:
    try:
        fill_parameters(S1.declared, {name: value}, S1.name)
    except BadInputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", names())
def test_every_default_is_accepted_and_every_parameter_has_its_range_and_unit_in_the_schema(name: str) -> None:
    strategy = build(name, {})
    known = schema(strategy)["properties"]

    assert list(refusals(strategy, {one.name: one.default for one in strategy.declared})) == []
    assert known.keys() == {one.name for one in strategy.declared}
    for one in strategy.declared:
        told = known[one.name]
        assert (told["minimum"], told["maximum"], told["default"], told["unit"]) == (
            one.low, one.high, one.default, one.unit,
        )  # fmt: skip
        assert told["type"] == ("integer" if one.whole else "number")


def test_the_command_prints_the_schema_and_an_unknown_strategy_is_told(command: Run) -> None:
    told = json.loads(command("strategy", "schema", "rsi_pullback_pro").output)

    assert told["properties"]["rsi_period"]["unit"] == "bars"
    assert told["additionalProperties"] is False
    assert "unknown strategy 'nothing'" in str(command("strategy", "schema", "nothing").exception)
