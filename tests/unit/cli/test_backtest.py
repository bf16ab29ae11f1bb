"""`tradewind backtest` as a person meets it."""

import gzip
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.samples.make_bars import FOLDER
from tradewind.backtest.engine import run
from tradewind.backtest.result import Result
from tradewind.cli.app import app
from tradewind.cli.backtesting.plan import Request, setup_of
from tradewind.cli.backtesting.text import KEYS
from tradewind.cli.bars import load_folder
from tradewind.cli.configuration.reading import read
from tradewind.cli.errors import InputError
from tradewind.domain.errors import BadInputError

HOUR = 3_600_000
START = 1_704_067_200_000
ROOT = Path(__file__).parents[3]
QUICK = ("--strategy", "ema_cross", "--param", "fast=5", "--param", "slow=20", "--engine", "interpreted")


def backtest(*arguments: str) -> Any:
    answer = CliRunner().invoke(app, ["backtest", *arguments])
    if answer.exception and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer


def told(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(backtest(*arguments, "--json", "-").stdout)
    return found


def write(folder: Path, symbol: str, closes: list[float], volume: float = 5.0, hours: Sequence[int] = ()) -> Path:
    """Write a bar file; `hours` says which hour each close is of, one after the other without it."""
    lines = ["ts,open,high,low,close,volume"]
    for number, close in zip(hours or range(len(closes)), closes, strict=True):
        lines.append(f"{START + number * HOUR},{close:.2f},{close + 1:.2f},{close - 1:.2f},{close:.2f},{volume:g}")
    path = folder / f"binance_{symbol}_1h.csv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def waves(count: int) -> list[float]:
    """Return prices that go up for forty hours, and down for forty."""
    return [1_000.0 + 3 * (number % 80 if number % 80 < 40 else 80 - number % 80) for number in range(count)]


def test_the_json_has_every_key_that_is_promised_and_sums_that_agree() -> None:
    found = told(str(FOLDER), *QUICK)

    assert found.keys() - {"configuration", "definitions"} == KEYS.keys()
    assert found["bars"] > 1_900
    assert len(found["instruments"]) == 5
    assert len(found["round_trips"]) >= 20
    assert len(found["decisions_digest"]) == 16
    realised = sum(float(fill["realised"]) for fill in found["fills"])
    cash = float(found["account"]["cash"])
    held = found["equity"][-1][2] - sum(
        float(fill["quantity"]) * float(fill["price"]) * (1 if fill["side"] == "BUY" else -1) for fill in found["fills"]
    )
    fees = sum(float(fill["fee"]) for fill in found["fills"])
    assert found["metrics"]["equity_end"] == pytest.approx(cash + held - fees)
    assert found["metrics"]["fees"] == pytest.approx(fees)
    assert sum(trip["pnl"] for trip in found["round_trips"]) == pytest.approx(realised, abs=5_000)
    assert sum(row["pnl"] for row in found["by"]["exit"].values()) == pytest.approx(
        sum(trip["pnl"] for trip in found["round_trips"])
    )


def test_every_decision_is_counted_though_several_gates_have_one_reason() -> None:
    quick = ("--param", "ema_fast=10", "--param", "ema_slow=30", "--param", "rsi_period=5", "--param", "exit_level=70")

    found = told(str(FOLDER), "--strategy", "rsi_pullback_pro", *quick)

    assert found["reasons"]["rsi_pullback_pro"]["EXIT SIGNAL"] > 1
    assert sum(found["reasons"]["rsi_pullback_pro"].values()) == found["bars"]


def test_equal_runs_have_equal_digests_and_other_parameters_another() -> None:
    first, again = told(str(FOLDER), *QUICK), told(str(FOLDER), *QUICK)
    other = told(str(FOLDER), *QUICK, "--param", "stop_atr=4")

    assert first["decisions_digest"] == again["decisions_digest"] != other["decisions_digest"]


def test_the_page_and_the_file_are_written(tmp_path: Path) -> None:
    answer = backtest(str(FOLDER), *QUICK, "--html", str(tmp_path / "a.html"), "--json", str(tmp_path / "a.json"))

    page = (tmp_path / "a.html").read_text()
    assert "Months" in page
    assert "By regime" in page
    assert '"name":"buy and hold"' in page
    assert json.loads((tmp_path / "a.json").read_text())["bars"] > 1_900
    assert "profit factor" in answer.stdout


def test_holding_an_equal_share_of_each_ends_at_the_figure_beside_it() -> None:
    request = Request(("ema_cross",), {"fast": 5, "slow": 20})
    result = Result(run(setup_of(request, read(ROOT / "config/local.toml"), load_folder(FOLDER, interval="1h"))))

    held = result.holding()

    assert len(held) == len(result.track.times)
    assert held[-1] / held[0] - 1.0 == pytest.approx(result.metrics["buy_and_hold"])


def test_an_order_gets_no_more_than_its_share_of_the_volume(tmp_path: Path) -> None:
    write(tmp_path, "AAAUSDT", waves(600))

    found = told(str(tmp_path), *QUICK, "--volume-share", "0.1")

    quantities = [float(fill["quantity"]) for fill in found["fills"]]
    assert quantities
    assert max(quantities) <= 0.5
    assert any(float(order["quantity"]) > 0.5 or order["status"] == "FILLED" for order in found["orders"])


def test_what_is_traded_no_longer_is_closed_at_its_last_price(tmp_path: Path) -> None:
    write(tmp_path, "AAAUSDT", waves(345))
    write(tmp_path, "BBBUSDT", waves(600))

    kept = told(str(tmp_path), *QUICK)
    closed = told(str(tmp_path), *QUICK, "--close-delisted")

    exits = [order for order in closed["orders"] if order["reason"] == "DELISTED"]
    assert [order["instrument"] for order in exits] == ["AAA-USD.BINANCE"]
    assert not [order for order in kept["orders"] if order["reason"] == "DELISTED"]
    (fill,) = [one for one in closed["fills"] if one["order_id"] == exits[0]["order_id"]]
    assert fill["ts"] == START + 345 * HOUR
    assert any("end early" in line for line in kept["warnings"])


def test_only_bars_from_the_asked_time_on_are_traded() -> None:
    middle = START + 200 * HOUR

    found = told(str(FOLDER), *QUICK, "--from", str(middle))

    assert min(fill["ts"] for fill in found["fills"]) >= middle
    assert found["equity"][0][0] == middle + HOUR


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--strategy", "no_such"), "unknown strategy 'no_such'"),
        (("--strategy", "ema_cross", "--param", "speed=3"), "has no parameter 'speed'"),
        (("--strategy", "ema_cross", "--param", "fast=9000"), "outside 2 to 200"),
        (("--strategy", "ema_cross", "--param", "fast"), "write NAME=NUMBER"),
        (("--strategy", "ema_cross,rsi_pullback_pro", "--param", "fast=5"), "say whose"),
        (("--strategy", "ema_cross", "--param", "other.fast=5"), "is none of ema_cross"),
        (("--strategy", "ema_cross,ema_cross"), "named once"),
        (("--cash", "-5"), "positive amount"),
        (("--engine", "steam"), "auto, compiled or interpreted"),
        (("--from", "soon"), "is no time"),
    ],
)
def test_what_is_asked_for_wrongly_is_refused_in_one_sentence(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises((BadInputError, InputError), match=words):
        backtest(str(FOLDER), *arguments)


def test_too_few_bars_say_how_many_are_needed(tmp_path: Path) -> None:
    write(tmp_path, "AAAUSDT", waves(20))

    with pytest.raises(BadInputError, match=r"AAA-USD.BINANCE has the most, 20; needed to warm up: ema_cross \d+"):
        backtest(str(tmp_path), *QUICK)


def test_where_no_row_is_a_possible_bar_nobody_is_sent_for_more_of_them(tmp_path: Path) -> None:
    write(tmp_path, "AAAUSDT", [-1.0] * 300)

    with pytest.raises(BadInputError, match="300 rows are no possible bars: `tradewind data verify` names them"):
        backtest(str(tmp_path), *QUICK)


def test_constant_prices_and_no_volume_are_told(tmp_path: Path) -> None:
    write(tmp_path, "AAAUSDT", [100.0] * 300, volume=0.0)

    found = told(str(tmp_path), *QUICK)

    assert not found["fills"]
    assert found["metrics"]["sharpe"] is None
    assert found["metrics"]["profit_factor"] is None
    assert any("never moves" in line for line in found["warnings"])
    assert any("no volume" in line for line in found["warnings"])


def test_cash_that_buys_no_lot_is_told(tmp_path: Path) -> None:
    write(tmp_path, "AAAUSDT", waves(600))

    found = told(str(tmp_path), *QUICK, "--cash", "1", "--minimum-notional", "10")

    assert not found["fills"]
    assert any("too small for one lot" in line for line in found["warnings"])


def only(lines: list[str], *words: str) -> str:
    """Return the one line that has all these words."""
    (found,) = [line for line in lines if all(word in line for word in words)]
    return found


def test_a_gap_is_told_with_its_place_and_nothing_is_decided_in_it(tmp_path: Path) -> None:
    hours = [hour for hour in range(600) if not 200 <= hour < 237]
    write(tmp_path, "AAAUSDT", waves(len(hours)), hours=hours)

    found = told(str(tmp_path), *QUICK)

    line = only(found["warnings"], "AAA-USD.BINANCE", "1 gaps")
    assert "the longest of 37 bars from 2024-01-09T08:00Z" in line
    assert "`tradewind data verify` lists them" in line
    assert not [fill for fill in found["fills"] if START + 200 * HOUR < fill["ts"] < START + 237 * HOUR]


def test_values_that_are_no_numbers_are_left_out_counted_and_their_file_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "AAAUSDT", waves(600))
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    lines[300] = f"{lines[300].split(',')[0]},nan,nan,nan,nan,5"
    lines[301] = f"{lines[301].split(',')[0]},1,,3,4,5"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))

    found = told(str(tmp_path), *QUICK)

    line = only(found["warnings"], "2 rows of binance_AAAUSDT_1h.csv.gz")
    assert "`tradewind data verify` names their lines" in line
    assert found["bars"] == 598
    assert not any(value != value for value in found["metrics"].values())  # noqa: PLR0124 - NaN


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ([*range(300), 298], r"binance_AAAUSDT_1h.csv.gz line 302: ts \d+ is earlier than the row before; sort by ts"),
        ([*range(300), 299], r"binance_AAAUSDT_1h.csv.gz line 302: ts \d+ occurs twice; keep one of the rows"),
    ],
)
def test_times_out_of_order_or_twice_are_refused_with_their_line(tmp_path: Path, hours: list[int], words: str) -> None:
    path = write(tmp_path, "AAAUSDT", waves(301), hours=hours)

    for where in (tmp_path, path):
        with pytest.raises(BadInputError, match=words):
            backtest(str(where), *QUICK)


def test_a_strategy_that_raises_is_told_with_its_bar_and_trades_nothing_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "user_strategies").mkdir()
    source = (ROOT / "user_strategies" / "ema_cross.py").read_text()
    broken = source.replace("        slope = now.slow", "        1.0 / (now.volume - 7.0)\n        slope = now.slow")
    (tmp_path / "user_strategies" / "divides.py").write_text(broken)
    monkeypatch.setenv("TRADEWIND_ROOT", str(tmp_path))
    path = write(tmp_path, "AAAUSDT", waves(400))
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    lines[1 + 300] = lines[1 + 300].removesuffix(",5") + ",7"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    quick = ("--strategy", "divides", "--param", "fast=5", "--param", "slow=20")

    found = told(str(path), *quick)

    line = only(found["warnings"], "divides on AAA-USD.BINANCE raised ZeroDivisionError")
    assert "at the bar of 2024-01-13T12:00Z" in line
    assert sum(count for reason, count in found["reasons"]["divides"].items() if reason.startswith("FAIL")) == 1
    assert found["fills"]


def test_holding_is_judged_over_the_traded_bars_alone(tmp_path: Path) -> None:
    write(tmp_path, "AAAUSDT", [100.0] * 300 + [float(100 + number) for number in range(100)])

    found = told(str(tmp_path), *QUICK, "--from", str(START + 349 * HOUR))

    assert found["metrics"]["buy_and_hold"] == pytest.approx(199 / 149 - 1)
    assert found["monthly"].keys() == {"2024-01"}
