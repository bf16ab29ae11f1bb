import json
import shutil
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run
from tests.unit.cli.desk import ROOT

CHEAT = """

_SEEN = []


def _peek(now, before, position, p, _honest=EmaCross.decide):
    _SEEN.append(now.close)
    return _honest(now, before, position, p)._replace(strength=min(1.0, now.close / max(_SEEN)))


EmaCross.decide = staticmethod(_peek)
"""


def test_lookahead_says_that_a_sound_strategy_sees_no_future(command: Run) -> None:
    result = command("lookahead", "ema_cross", "--count", "150")
    told = json.loads(command("lookahead", "ema_cross", "--count", "150", "--json").output)

    assert result.exit_code == 0, result.output
    assert "sees no future" in result.output
    assert (told["ema_cross"]["sound"], told["ema_cross"]["bars"]) == (True, 150)


def test_lookahead_reads_a_bar_file_and_parameters(command: Run) -> None:
    file = ROOT / "tests/samples/bars/sample_AAAUSDT_1h.csv.gz"

    result = command("lookahead", "ema_cross", "--bars", file, "--param", "slow=30", "--count", "100", "--json")

    assert json.loads(result.output)["ema_cross"]["bars"] == 100


def test_lookahead_names_the_bar_at_which_a_users_strategy_cheats(command: Run, project: Path) -> None:
    (project / "user_strategies").mkdir()
    shutil.copy(ROOT / "user_strategies/ema_cross.py", project / "user_strategies/peeking.py")
    path = project / "user_strategies/peeking.py"
    path.write_text(path.read_text() + CHEAT)

    result = command("lookahead", "peeking", "--count", "150")

    assert result.exit_code == 1
    assert "looks ahead" in result.output or "does not repeat" in result.output
    assert "peeking: " in result.output


def test_warmup_measures_and_tells(command: Run) -> None:
    result = command("warmup", "ema_cross", "--count", "300")
    told = json.loads(command("warmup", "ema_cross", "--count", "300", "--json").output)["ema_cross"]

    assert "decisions that differ after the declared" in result.output
    assert told["declared"] == 75
    assert told["decisions"] <= told["gates"] <= told["numbers"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["lookahead", "nothing"], "unknown strategy 'nothing': known are"),
        (["lookahead", "ema_cross", "--param", "fast"], "--param fast is no name=number"),
        (["lookahead", "ema_cross", "--param", "fast=5000"], "parameter fast = 5000.0 is outside"),
        (["lookahead", "ema_cross", "--param", "pace=5"], "strategy ema_cross has no parameter 'pace'"),
        (["lookahead", "--param", "fast=5"], "parameters belong to one strategy: name it"),
        (["lookahead", "ema_cross", "--count", "20"], "20 bars are too few: the warm-up alone takes 75"),
        (["warmup", "ema_cross", "--count", "100"], "100 bars are too few to measure a warm-up of 75"),
        (["warmup", "ema_cross", "--bars", "/nowhere.csv"], "/nowhere.csv is no file"),
    ],
)
def test_bad_input_is_one_sentence(command: Run, arguments: list[str], sentence: str) -> None:
    result = command(*arguments)

    assert result.exit_code != 0
    assert sentence in str(result.exception)
