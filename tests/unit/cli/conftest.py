"""What the commands' tests share."""

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from tests.unit.cli.desk import ROOT, deployed, planned
from tradewind.cli.deployed import Deployed

type Run = Callable[..., Result]


@pytest.fixture(scope="session", autouse=True)
def _commands_are_made_once() -> Iterator[None]:
    """Let Typer turn the app's functions into commands once, not anew whenever one of them is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", cache(get_command))
        yield


@pytest.fixture(scope="module")  # no longer: its tables and its project folder would stand in the way of other tests
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Give an environment that has replayed 150 days of IBM and FB, and a project folder with its configuration."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "config", root / "config")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRADEWIND_ROOT", str(root))
        with deployed(root, planned()) as environment:
            environment.configuration  # noqa: B018 - read while the folder is the project's
            yield environment


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs `tradewind` with arguments, in a project folder that tests may fill."""
    from tradewind.cli.app import app  # noqa: PLC0415

    monkeypatch.setenv("COLUMNS", "200")
    for name in ("BARS", "SYMBOLS", "INTERVAL", "FROM", "TO", "STEPS", "CASH", "MARKET", "PROFILE", "PORT"):
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project folder of its own with the shipped configuration, and no stack."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    monkeypatch.setenv("TRADEWIND_ROOT", str(tmp_path))
    return tmp_path


@pytest.fixture
def standing(replayed: Deployed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Deployed:
    """Let every command find the replayed environment."""
    monkeypatch.setattr("tradewind.cli.deployed.connect", lambda _: replayed)
    return replayed
