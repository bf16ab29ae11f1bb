import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run
from tests.unit.cli.desk import ROOT

SAMPLES = ROOT / "tests/samples/bars"
SHORT = (
    "optimize", "rsi_pullback_pro", "--bars", SAMPLES, "--jobs", "1", "--sampler", "random", "--min-trades", "5",
    "--param", "ema_fast=10", "--param", "ema_slow=30", "--param", "volume_bars=10",
    "--vary", "rsi_period=4:9", "--vary", "stop_atr=1:3",
)  # fmt: skip


@pytest.fixture(autouse=True)
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the test the compiling; the engines agree to the last bit, which is another test's matter."""
    from tradewind.backtest import engine  # noqa: PLC0415 - heavy
    from tradewind.backtest.interpreted import Interpreted  # noqa: PLC0415
    from tradewind.backtest.optimiser.bench import WINDOW, Bench  # noqa: PLC0415

    run = engine.run
    monkeypatch.setattr(engine, "run", lambda setup, **_: run(setup))
    monkeypatch.setattr(Bench, "_run", lambda _, setup: engine.drive(setup, Interpreted, WINDOW, brief=True))


def test_a_study_says_what_it_found_and_how_far_to_believe_it(command: Run, project: Path) -> None:
    journal = project / "study.jsonl"

    shown = command(*SHORT, "--trials", "6", "--folds", "1", "--study", journal)
    told = json.loads(command(*SHORT, "--trials", "6", "--folds", "1", "--study", journal, "--json").output)

    assert shown.exit_code == 0, shown.output
    for words in (
        "best parameters",
        "searched: default",
        "aside: buy and hold",
        "Deflated Sharpe ratio",
        "walk-forward",
    ):
        assert words in shown.output
    assert told["trials"]["count"] == told["trials"]["recalled"] == 6
    assert set(told["best"]["parameters"]) == {"ema_fast", "ema_slow", "volume_bars", "rsi_period", "stop_atr"}
    assert told["searched"][1] == told["aside"][0]
    assert len(told["walk_forward"]["steps"]) == 1
    assert len(journal.read_text().splitlines()) == 7


def test_a_search_under_a_universe_enters_members_alone_and_is_no_other_search(command: Run, project: Path) -> None:
    path, journal = project / "members.json", project / "study.jsonl"
    days = {"2024-01-01": ["AAA-USDT.SAMPLE", "GONE-USDT.SAMPLE"], "2024-01-09": ["AAA-USDT.SAMPLE"]}
    path.write_text(json.dumps({"universe": "mine", "days": days}))
    words = (*SHORT, "--trials", "2", "--folds", "0", "--study", journal, "--json")

    found = json.loads(command(*words, "--universe", path).stdout)
    again = command(*words)

    assert found["universe"] == "mine"
    assert found["notes"] == ["1 of 2 members of mine have no bars here: GONE-USDT.SAMPLE"]
    assert "another study" in str(again.exception)
    journal.unlink()
    free = json.loads(command(*words).stdout)
    assert (free["universe"], free["notes"]) == (None, [])
    assert found["best"]["searched"]["round_trips"] < free["best"]["searched"]["round_trips"]
    assert found["hold"] != free["hold"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--universe", "nowhere.json"], "there is no file nowhere.json: write one with `tradewind universe export"),
        (["--universe", "wide"], "local has no universe 'wide' (it has none); a file is given by its path"),
        (["--goal", "luck"], "--goal luck is unknown: it is sharpe, sortino"),
        (["--sampler", "oracle"], "--sampler oracle is unknown: it is cmaes"),
        (["--vary", "rsi_period=90:99"], "parameter rsi_period = 90.0 is outside 2 to 50"),
        (["--vary", "ema_fast=5:50"], "ema_fast is both varied and fixed: leave one out"),
        (["--keep-aside", "1"], "1 of the bars cannot be kept aside"),
        (["--folds", "101"], "folds cannot be cut"),
        (["--from", "2030-01-01"], "no bar lies in the chosen time"),
        (["--symbols", "TSLA"], "no file for TSLA"),
    ],
)
def test_bad_input_is_one_sentence(command: Run, project: Path, arguments: list[str], sentence: str) -> None:
    result = command(*SHORT, *arguments)

    assert result.exit_code != 0
    assert sentence in str(result.exception)


def test_an_unknown_strategy_lists_those_that_there_are(command: Run, project: Path) -> None:
    assert "unknown strategy 'gold_mine': known are" in str(command("optimize", "gold_mine").exception)


def folder_with(folder: Path, rows: list[str]) -> Path:
    folder.mkdir()
    (folder / "kraken_BTCUSD_1h.csv").write_text("\n".join(("ts,open,high,low,close,volume", *rows, "")))
    return folder


@pytest.mark.parametrize(("count", "values", "sound"), [(60, "10,10,10,10,0", 60), (400, "nan,10,10,10,1", 0)])
def test_fewer_sound_bars_than_the_warm_up_are_refused(
    command: Run, project: Path, count: int, values: str, sound: int
) -> None:
    bars = folder_with(project / "bars", [f"{1_704_067_200_000 + k * 3_600_000},{values}" for k in range(count)])

    told = str(command("optimize", "rsi_pullback_pro", "--bars", bars).exception)

    assert f"{sound} bars that may be traded on are no more than the warm-up of rsi_pullback_pro, 250" in told


def test_prices_that_never_move_pretend_nothing(command: Run, project: Path) -> None:
    bars = folder_with(project / "bars", [f"{1_704_067_200_000 + k * 3_600_000},10,10,10,10,0" for k in range(400)])

    words = ["--trials", "2", "--folds", "0", "--jobs", "1", "--vary", "stop_atr=1:3"]
    result = command("optimize", "rsi_pullback_pro", "--bars", bars, *words)

    assert result.exit_code == 0, result.output
    assert "Not even the best trial had 20 round trips, so nothing can be said of luck" in result.output
    assert "Deflated" not in result.output
    assert "overfitting" not in result.output
