"""What holds for every test."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.browser import launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A browser that ends with the module: two in one process would share an event loop, and the second refuses."""
    with launched() as made:
        yield made
