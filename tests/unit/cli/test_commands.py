"""What a person meets: help that teaches, sentences instead of stack traces, and exit codes."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.main import get_command

from tests.unit.cli.conftest import Run
from tradewind.cli import app as program

COMMANDS = (
    "run", "replay", "explain", "export", "status", "positions", "orders", "doctor", "kill-switch on",
    "kill-switch off", "kill-switch status", "config check", "config show", "config diff", "config build", "local up",
    "local down", "local status", "local logs",
)  # fmt: skip


class Said(NamedTuple):
    """How the program ended and what it said."""

    code: int
    out: str
    err: str


type Say = Callable[..., Said]


@pytest.fixture
def tradewind(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Return a function that runs the program as the shell does, in a project without a stack."""
    monkeypatch.setattr("tradewind.cli.local.current", lambda: None)
    for name in ("BARS", "SYMBOLS", "INTERVAL", "FROM", "TO", "STEPS", "CASH", "MARKET", "TRADEWIND_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def say(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["tradewind", *arguments])
        with pytest.raises(SystemExit) as ended:
            program.main()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0, *capsys.readouterr())

    return say


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_explains_itself_and_speaks_json(command: Run, words: str) -> None:
    shown = command(*words.split(), "--help")

    assert shown.exit_code == 0
    assert "--json" in shown.output
    assert len(shown.output.splitlines()) > 6


_ROOT = Path(__file__).resolve().parents[3]


def test_every_command_that_a_person_is_told_of_exists() -> None:
    texts = [*_ROOT.glob("*.md"), *_ROOT.glob("docs/**/*.md"), *_ROOT.glob("layers/tradewind/python/**/*.py")]
    named = re.compile(r"`(?:\.venv/bin/)?tradewind ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")
    there: dict[str, Any] = getattr(get_command(program.app), "commands")  # noqa: B009 - a group, whatever its type
    told = {(path.name, *words) for path in texts for words in named.findall(path.read_text())}
    groups: dict[str, dict[str, Any]] = {name: getattr(one, "commands", {}) for name, one in there.items()}

    absent = {one for one in told if one[1] not in groups or (groups[one[1]] and one[2] not in {"", *groups[one[1]]})}
    assert (len(told) > 50, absent) == (True, set())


@pytest.mark.parametrize(
    ("words", "code", "kind", "said"),
    [
        ("ledger pnl --by x --json", 2, "bad_input", "cannot group by x"),
        ("status --json", 1, "failed", "no local stack"),
        ("status --json --colour", 2, "bad_input", "No such option"),
        ("orders --json --limit nine", 2, "bad_input", "--limit"),
        ("run --json CASH=1", 2, "bad_input", ""),
        ("backtest nowhere.csv --json -", 2, "bad_input", "nowhere.csv"),
    ],
)
def test_what_went_wrong_is_json_for_who_asked_for_json(
    tradewind: Say, words: str, code: int, kind: str, said: str
) -> None:
    told = tradewind(*words.split())

    error = json.loads(told.out)["error"]
    assert (told.code, error["kind"], told.err) == (code, kind, f"error: {error['detail']}\n")
    assert said in error["detail"]


@pytest.mark.parametrize("words", ["ledger pnl --by x", "backtest nowhere.csv --json out.json"])
def test_where_nobody_reads_json_stdout_stays_empty(tradewind: Say, words: str) -> None:
    told = tradewind(*words.split())

    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("error: ")


def test_help_is_help_though_json_is_asked_for(tradewind: Say) -> None:
    told = tradewind("status", "--json", "--help")

    assert told.code == 0
    assert "Usage" in told.out


@pytest.mark.parametrize("words", ["status", "positions", "orders", "doctor", "kill-switch status", "replay"])
def test_without_a_stack_a_command_says_how_to_start_one(tradewind: Say, words: str) -> None:
    said = tradewind(*words.split())

    assert said.code == 1
    assert said.err == "error: no local stack is running: start one with `make run` or `tradewind local up`\n"


def test_an_environment_that_was_never_deployed_says_how_to_deploy_it(tradewind: Say) -> None:
    said = tradewind("status", "--env", "prod")

    assert (said.code, said.err) == (
        1,
        "error: nothing is deployed as prod from here: run `make deploy ENV=prod` first\n",
    )


def test_an_environment_that_nobody_described_names_those_that_are(tradewind: Say) -> None:
    said = tradewind("status", "--env", "qa")

    assert (said.code, said.err) == (2, "error: there is no config/qa.toml: the environments are dev, local, prod\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "--steps", "0"], "STEPS=0 is neither a number of steps above 0 nor `all`"),
        (["run", "--steps", "some"], "STEPS=some is neither"),
        (["run", "--steps", "²"], "STEPS=² is neither"),
        (["run", "--steps", "9" * 5000], "is neither a number of steps above 0 nor `all`"),
        (["run", "--cash", "-5"], "CASH=-5 must be above 0"),
        (["run", "--cash", "lots"], "CASH=lots is no amount"),
        (["run", "--cash", "nan"], "CASH=nan"),
        (["run", "--from", "2012-01-01", "--to", "2011-01-01"], "FROM=2012-01-01 is not before TO=2011-01-01"),
        (["run", "--from", "soon"], "FROM 'soon' is no time"),
        (["run", "--from", "2031-01-01"], "no bar lies in the chosen time"),
        (["run", "--bars", "/nowhere"], "/nowhere is not a folder"),
        (["run", "--symbols", "TSLA"], "the sample has no TSLA: it has AAPL"),
        (["run", "--symbols", "NYSE:IBM"], "the sample has no NYSE:IBM: its stocks are of the venue US"),
        (["run", "--market", "mars"], "MARKET=mars is unknown: use simulated, or what config/dev.toml has: kraken"),
        (["run", "--market", "kraken", "--symbols", "DOGE"], "kraken has no DOGE"),
        (["run", "--market", "kraken", "--steps", "50"], "STEPS=50 chooses among recorded bars"),
        (["run", "--market", "kraken", "--from", "2024-01-01"], "FROM=2024-01-01 chooses among recorded bars"),
        (["run", "--market", "kraken", "--cash", "none"], "CASH=none is no amount"),
        (["config", "show", "qa"], "there is no config/qa.toml: the environments are dev, local, prod"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_two(tradewind: Say, arguments: list[str], sentence: str) -> None:
    said = tradewind(*arguments)

    assert said.code == 2
    assert sentence in said.err
    assert said.err.startswith("error: ")
    assert len(said.err.splitlines()) == 1


def test_what_nobody_foresaw_is_still_no_stack_trace(tradewind: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> None:
        raise ZeroDivisionError("who knows")

    monkeypatch.setattr("tradewind.cli.configuration.reading.read", fail)

    said = tradewind("config", "show")

    assert said.code == 1
    assert "Traceback" not in said.err
    assert said.err.startswith("error: ZeroDivisionError: who knows (run again with TRADEWIND_DEBUG=1")


def test_a_place_that_cannot_be_used_is_named(tradewind: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> None:
        Path("/dev/null/report").mkdir()

    monkeypatch.setattr("tradewind.cli.configuration.reading.read", fail)

    said = tradewind("config", "show")

    wanted = (
        "error: cannot use /dev/null/report: Not a directory; choose another place, or see to its rights and space\n"
    )
    assert (said.code, said.err) == (1, wanted)


def test_a_wrong_option_is_told_by_the_shells_own_words(tradewind: Say) -> None:
    assert tradewind("run", "--stepz", "3").code == 2


def test_config_check_finds_a_wrong_line_and_says_where(command: Run, project: Path) -> None:
    path = project / "config" / "dev.toml"
    path.write_text(path.read_text().replace("open_positions = 5", "open_positions = 500"))

    result = command("config", "check")

    assert result.exit_code == 2
    line = next(line for line in result.output.splitlines() if "dev.toml:" in line)
    assert "accounts[1].limits.open_positions" in line
    assert "config/prod.toml is sound" in result.output
    assert json.loads(command("config", "check", "dev", "--json").output)["dev"]["ok"] is False


def test_config_build_writes_what_show_shows(command: Run, project: Path) -> None:
    built = json.loads(command("config", "build", "prod", "--json").output)

    shown = json.loads(command("config", "show", "prod", "--json").output)
    assert built["hash"] == shown.pop("hash")
    assert json.loads(Path(built["file"]).read_text()) == shown


def test_config_show_prints_every_parameter_of_a_strategy(command: Run, project: Path) -> None:
    shown = command("config", "show", "dev").output

    assert "minimum_atr 0.0005 (set here)" in shown
    assert "ema_slow 200 " in shown
    assert "fee 26 bps" in shown


def test_config_show_says_which_account_is_paper_and_which_trades_at_a_venue(command: Run, project: Path) -> None:
    file = project / "config" / "prod.toml"
    account = '[[accounts]]\nname = "paper"\n'
    elsewhere = 'name = "real"\nmode = "live"\nvenue = "kraken"\ncredentials = "secretsmanager:kraken"\ncash = 1\n'
    assert account in file.read_text()
    file.write_text(file.read_text().replace(account, f"[[accounts]]\n{elsewhere}\n{account}"))

    shown = command("config", "show", "prod").output

    assert "live at KRAKEN, credentials secretsmanager:kraken" in shown
    assert "paper, 100000 to start with" in shown


def test_config_diff_shows_where_two_environments_differ(command: Run, project: Path) -> None:
    result = command("config", "diff", "dev", "prod")

    assert result.exit_code == 1
    assert "strategies[rsi_pullback_pro].gates.minimum_strength" in result.output
    assert command("config", "diff", "dev", "dev").exit_code == 0


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from tradewind.cli.app import app; heavy = 'boto3 botocore pydantic pyarrow plotly httpx'; "
        "print([name for name in heavy.split() if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

    assert done.stdout.strip() == "[]"
