"""`tradewind strategy`: what there is, one's own, four questions to it, and a network to train."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run
from tests.unit.cli.desk import ROOT
from tradewind.backtest.engine import run
from tradewind.cli.strategies import checking
from tradewind.strategies import registry

SHORT = ROOT / "tests" / "samples" / "bars" / "sample_AAAUSDT_1h.csv.gz"


def test_the_list_has_every_strategy_with_its_gates_and_parameters(command: Run) -> None:
    told = {one["name"]: one for one in json.loads(command("strategy", "list", "--json").output)}

    assert set(registry.names()) <= set(told)
    assert told["dca_ladder"]["entries"] == 4
    assert {"name": "brain", "kind": "required"}.items() <= told["dca_ladder"]["gates"][-2].items()
    assert told["swing_trader"]["stop_policy"] == "trailing"
    assert "channel_rider" in command("strategy", "list").output


def test_a_new_strategy_runs_and_passes_its_own_test(command: Run, project: Path) -> None:
    result = command("strategy", "new", "steady_trend")

    own = project / "user_strategies"
    assert result.exit_code == 0
    assert (own / "steady_trend.py").is_file()
    assert registry.build("steady_trend", {"trend": 20}, own).idea.startswith("Buy strength")
    done = subprocess.run(  # noqa: S603 - our own template, by our own interpreter
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(own)],
        capture_output=True,
        text=True,
        check=False,
        cwd=project,
    )
    assert done.returncode == 0, done.stdout
    assert "9 passed" in done.stdout


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Steady Trend", "'Steady Trend' is no name for a strategy"),
        ("dca_ladder", "dca_ladder is built in: choose another name"),
        ("taken", "is there already"),
    ],
)
def test_a_name_that_cannot_be_is_refused(command: Run, project: Path, name: str, message: str) -> None:
    command("strategy", "new", "taken")

    result = command("strategy", "new", name)

    assert result.exit_code != 0
    assert message in str(result.exception)


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the compiling, which tests of its own cover."""
    monkeypatch.setattr(checking, "best", lambda setup: replace(run(setup), engine="compiled"))


@pytest.mark.usefixtures("uncompiled")
def test_a_check_answers_its_four_questions(command: Run) -> None:
    result = command("strategy", "check", "ema_cross", "--json")

    told = json.loads(result.output)
    assert list(told) == ["lookahead", "warm-up", "parity", "speed"]
    assert {name: one["text"] for name, one in told.items() if not one["sound"]} == {}
    assert told["parity"]["interpreted"] == told["parity"]["compiled"]
    assert told["parity"]["round_trips"] > 0


def test_a_check_finds_engines_that_differ(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "best", lambda setup: replace(run(setup), engine="compiled", digest="other"))

    result = command("strategy", "check", "ema_cross")

    assert result.exit_code == 1
    assert "compiled it makes other decisions" in result.output


@pytest.mark.usefixtures("uncompiled")
def test_a_check_tells_where_a_rule_raises(command: Run, project: Path) -> None:
    command("strategy", "new", "divides")
    path = project / "user_strategies" / "divides.py"
    path.write_text(
        path.read_text().replace("        required = (\n", "        now.close / 0.0\n        required = (\n")
    )

    result = command("strategy", "check", "divides", "--json")

    told = json.loads(result.output)
    assert result.exit_code == 1
    assert "it raises at bar" in told["lookahead"]["text"]
    assert told["speed"]["text"] == "not measured: it raised ZeroDivisionError: float division by zero"


@pytest.mark.usefixtures("uncompiled")
def test_a_check_finds_a_rule_that_remembers(command: Run, project: Path) -> None:
    command("strategy", "new", "cheat")
    path = project / "user_strategies" / "cheat.py"
    source = path.read_text().replace(
        "        required = (\n", "        SEEN.append(now.close)\n        required = (\n"
    )
    source = source.replace("now.close > before.top)", "now.close >= max(SEEN))")
    path.write_text(source + "\n\nSEEN: list[float] = []\n")

    result = command("strategy", "check", "cheat", "--bars", SHORT, "--json")

    assert result.exit_code == 1
    assert not json.loads(result.output)["lookahead"]["sound"]


def test_training_says_what_it_learnt_and_what_that_is_worth(command: Run, tmp_path: Path) -> None:
    out = tmp_path / "model.py"
    result = command("strategy", "train", "--bars", SHORT, "--until", "2024-02-01", "--out", out, "--json")

    told = json.loads(result.output)
    assert told["learnt"]["brier"] < told["learnt"]["brier_of_the_share"]
    assert "TRAINED_ON" in out.read_text()
