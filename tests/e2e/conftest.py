"""One deployed stack for all end-to-end tests, on an emulator of their own that ends with them."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.replays import ROOT, planned, written
from tradewind.cli.configuration.sizes import RegimesTable, SizingTable
from tradewind.cli.deployed import Deployed, of_local
from tradewind.cli.local import Places, down, up
from tradewind.cli.run.plan import RunPlan, RunRequest
from tradewind.domain.configuration import Configuration
from tradewind.domain.sizing import Method

STEPS = 400
SECOND = {
    "swing_trader": SizingTable(
        method=Method.KELLY,
        kelly_trips=5,
        recent_trips=5,
        recent_streak=2,
        regimes=RegimesTable(BEAR=0.5, TURBULENT=0.5),
    )
}
"""Runs beside the environment's own strategy: reads higher bars, moves its stops, and sizes by what it has earned."""


@pytest.fixture(scope="session")
def run_plan() -> RunPlan:
    """The recorded bars that every test replays: five stocks, daily, enough steps for each kind of exit."""
    return planned(RunRequest(steps=STEPS), beside=SECOND)


@pytest.fixture(scope="session")
def home() -> Path:
    """Where the stack keeps its files."""
    return ROOT / "build" / "e2e"


@pytest.fixture(scope="session")
def configuration(run_plan: RunPlan, home: Path) -> Configuration:
    """The configuration as the functions read it."""
    return written(run_plan, home / "environment.json")


@pytest.fixture(scope="session")
def deployed(configuration: Configuration, home: Path) -> Iterator[Deployed]:
    """A stack of the usual profile, deployed with IAM enforced."""
    assert configuration.environment == "local"
    places = Places(home / "stack")
    try:
        yield of_local(up("standard", _free_port(), home / "environment.json", places=places))
    finally:
        down(places)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
