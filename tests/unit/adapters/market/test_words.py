"""Every reason for which a provider has no answer is in the glossary."""

import re
from pathlib import Path

import pytest

import tradewind.adapters.market as package

GLOSSARY = (Path(__file__).parents[4] / "docs" / "glossary.md").read_text()
SOURCES = "\n".join(path.read_text() for path in sorted(Path(package.__path__[0]).glob("*.py")))
CODE = r'(?:Failure|UnavailableError|RefusedError|unavailable|refused)\(\s*"([A-Z_]+)"'
REASONS = sorted(
    {*re.findall(CODE, SOURCES), *re.findall(r'": "((?:UNKNOWN|NOT|INVALID)_[A-Z_]+)"', SOURCES), "RATE_LIMITED"}
)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_explained(reason: str) -> None:
    assert f"`{reason}`" in GLOSSARY


def test_the_search_finds_reasons() -> None:
    assert {"BAD_ANSWER", "UNKNOWN_PAIR", "OUT_OF_TIME", "TIMEOUT"} <= set(REASONS)
