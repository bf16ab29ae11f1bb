"""A word that decisions, orders or alerts show to a person is in the glossary."""

import re
from pathlib import Path

import pytest

from tradewind.domain.decision import Action
from tradewind.domain.ledger import TradingState
from tradewind.domain.order import Leg, OrderStatus
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import Reason

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
CORE = ROOT / "layers" / "tradewind" / "python" / "tradewind"


def codes() -> set[str]:
    """Return every reason code that the deciding and executing modules write."""
    rules = [path for path in (CORE / "risk").glob("*.py") if path.name != "sizing.py"]
    sources = [*rules, CORE / "execution" / "paper.py"]
    sources += [
        CORE / "application" / f"{name}.py" for name in ("desk", "allotment", "wording", "execute_order", "refusing")
    ]
    return {code for path in sources for code in re.findall(r'"([A-Z]+(?:_[A-Z]+)+)[":]', path.read_text())} - {
        "AT_REST"
    }


def test_the_search_finds_the_codes() -> None:
    assert {"DAILY_LOSS", "LEDGER_MOVED", "PENDING_BAR", "SIZE_TOO_SMALL", "PRICE_COLLAR", "NO_BAR"} <= codes()


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_reason_is_explained(code: str) -> None:
    assert f"`{code}`" in GLOSSARY


@pytest.mark.parametrize("word", [*OrderStatus, *Action, *TradingState, *Leg, *Timeframe, *Reason])
def test_every_state_action_leg_and_refusal_is_explained(word: str) -> None:
    assert f"`{word}`" in GLOSSARY
