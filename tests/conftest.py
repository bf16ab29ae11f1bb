"""What holds for every test."""

from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says something of the machine and of its other work, nothing of the code.
settings.register_profile("tradewind", deadline=None)
settings.load_profile("tradewind")

_TESTS = Path(__file__).parent
_TOGETHER = {"e2e": "stack", "infra": "synthesis"}
_EMULATOR = "emulator"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep together, on one worker, what shares something dear: a stack, a synthesis, an emulator, fixtures."""
    item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    if f"[{_EMULATOR}" in item.name:
        return _EMULATOR
    path = item.path.relative_to(_TESTS)
    return _TOGETHER.get(path.parts[0], str(path))
