"""What docs/strategies.md says of the first strategy is what the code says."""

from pathlib import Path

import pytest

from tradewind.strategies.base import Gate, Parameter
from tradewind.strategies.rsi_pullback_pro import GATES, PARAMETERS

PAGE = (Path(__file__).parents[3] / "docs" / "strategies.md").read_text()


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda one: one.name)
def test_each_parameter_is_documented_as_it_is(parameter: Parameter) -> None:
    bounds = f"{parameter.low:g} – {parameter.high:g}"
    row = f"| `{parameter.name}` | {parameter.default:g} | {bounds} | {parameter.unit} | {parameter.source or '–'} |"

    assert row in PAGE


@pytest.mark.parametrize("gate", GATES, ids=lambda one: one.name)
def test_each_gate_is_documented_with_its_kind(gate: Gate) -> None:
    assert f"| `{gate.name}` | {gate.kind}" in PAGE
