"""What the documents say of the built-in strategies is what the code says."""

from pathlib import Path

import pytest

from tradewind.cli.strategies import describing
from tradewind.strategies import registry
from tradewind.strategies.standing import STANDING

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "strategies.md").read_text()
REFERENCE = (DOCS / "strategy-reference.md").read_text()


@pytest.mark.parametrize("name", registry.names())
def test_the_reference_is_what_describe_prints(name: str) -> None:
    assert describing.section(registry.build(name, {})) in REFERENCE, "tradewind strategy describe > docs/…"


@pytest.mark.parametrize("name", registry.names())
def test_each_built_in_strategy_has_its_line_and_its_figures(name: str) -> None:
    figures = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` | ") and line.count("|") == 10]

    assert f"| `{name}` | " in PAGE
    assert len(figures) == 3


@pytest.mark.parametrize("gate", STANDING, ids=lambda gate: gate.name)
def test_what_stands_beside_every_strategy_is_explained(gate: object) -> None:
    assert f"`{gate.name}`" in PAGE  # type: ignore[attr-defined]
