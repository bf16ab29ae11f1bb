"""Every refusal of a venue is explained where a person would look."""

from pathlib import Path

import pytest

from tradewind.adapters.venues import alpaca, bybit, kraken
from tradewind.application.ports import Refusal, VenueFacts

PAGE = (Path(__file__).parents[2] / "docs" / "venues.md").read_text()


@pytest.mark.parametrize("code", list(Refusal))
def test_every_refusal_is_explained(code: Refusal) -> None:
    assert f"| `{code}` |" in PAGE


@pytest.mark.parametrize("facts", [kraken.FACTS, bybit.FACTS, alpaca.FACTS])
def test_what_a_venue_needs_to_settle_is_what_the_page_says(facts: VenueFacts) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| An order can no longer arrive"))

    assert f"{facts.settles // 1000} s" in row
