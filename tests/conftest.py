"""What holds for every test."""

import os
from collections.abc import Iterator
from functools import cache
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
_KERNELS = "compiled kernels"
_TOGETHER = {
    "e2e": "stack",
    "infra": "synthesis",
    "dashboard": "dashboard",
    "unit/indicators": _KERNELS,
    "property/test_kernels.py": _KERNELS,
    "property/test_strategy_state.py": _KERNELS,
}
_EMULATOR = "emulator"
_FIRST = (
    "stack",
    "unit/backtest/test_parity.py",  # early: it leaves on disk the machine code that others would have to make
    "simulation/test_seeds.py",
    "synthesis",
    _KERNELS,
    _EMULATOR,
    "dashboard",
    "unit/cli/test_manual.py",
)
"""The groups that take longest: begun last, one of them would keep a worker busy while the others have nothing left."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep together, on one worker, what shares something dear: a stack, a synthesis, an emulator, machine code."""
    item.add_marker(pytest.mark.xdist_group(_group(item)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; the workers are handed whole groups in this order."""
    items.sort(key=lambda item: _FIRST.index(group) if (group := _group(item)) in _FIRST else len(_FIRST))


def _group(item: pytest.Item) -> str:
    if f"[{_EMULATOR}" in item.name:
        return _EMULATOR
    path = item.path.relative_to(_TESTS)
    return next((_TOGETHER[str(one)] for one in (path, *path.parents) if str(one) in _TOGETHER), str(path))


@pytest.fixture(scope="session", autouse=True)
def _machine_code_is_made_once() -> Iterator[None]:
    """Let whoever compiles find what another test, worker or run has compiled: the walk alone takes half a minute."""
    with pytest.MonkeyPatch.context() as patch:
        if "TRADEWIND_CACHE" not in os.environ:
            patch.setenv("TRADEWIND_CACHE", str(_TESTS.parent / "build" / "cache" / "backtest"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _models_are_read_once() -> Iterator[None]:
    """Let every client of AWS read its models, megabytes of compressed JSON, from one loader that keeps them."""
    from botocore import session  # noqa: PLC0415 - who collects tests need not wait for it

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", cache(session.create_loader))
        yield


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A browser that ends with the module: two in one process would share an event loop, and the second refuses."""
    with launched() as made:
        yield made
