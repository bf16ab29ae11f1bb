"""`tradewind indicators`: what it writes, and what it says to a file or a list that is wrong."""

import csv
import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import talib

from tests.unit.cli.conftest import Run
from tests.walks import walk
from tradewind.domain.bar import Bar

HEAD = "ts,open,high,low,close,volume"
BARS = walk(seed=8, count=60)


def written(folder: Path, bars: Sequence[Bar] = BARS, extra: Sequence[str] = ()) -> Path:
    path = folder / "prices.csv"
    rows = [f"{one.ts_open + 10**12},{','.join(map(repr, one[2:]))}" for one in bars]
    path.write_text("\n".join((HEAD, *rows, *extra, "")))
    return path


def table(path: Path) -> dict[str, list[str]]:
    head, *rows = csv.reader(path.open())
    return dict(zip(head, map(list, zip(*rows, strict=True)), strict=True))


def test_the_columns_are_those_of_the_kernels_to_the_last_digit(command: Run, tmp_path: Path) -> None:
    out = tmp_path / "new" / "columns.csv"
    done = command("indicators", str(written(tmp_path)), "--spec", "rsi:14,bbands:20:2", "--csv", str(out))

    assert done.exit_code == 0
    columns = table(out)
    assert list(columns) == ["ts", "rsi_14", "bbands_20_2_upper", "bbands_20_2_middle", "bbands_20_2_lower"]
    assert columns["ts"] == [str(one.ts_open + 10**12) for one in BARS]
    theirs = talib.RSI(np.array([one.close for one in BARS]), 14)
    assert columns["rsi_14"][:14] == [""] * 14
    assert [float(text) for text in columns["rsi_14"][14:]] == pytest.approx(theirs[14:], rel=1e-9)


def test_a_packed_file_gives_the_same_columns(command: Run, tmp_path: Path) -> None:
    plain = written(tmp_path)
    packed = tmp_path / "prices.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    said = [command("indicators", str(path), "--spec", "ema:5", "--csv", "-").output for path in (plain, packed)]

    assert said[0] == said[1]
    assert said[0].startswith("ts,ema_5\n")


def test_the_latest_values_are_told_to_programs(command: Run, tmp_path: Path) -> None:
    facts = json.loads(command("indicators", str(written(tmp_path)), "--spec", "sma:3,ema:50", "--json").stdout)

    assert facts["bars"] == 60
    assert facts["last"]["sma_3"] == pytest.approx(sum(one.close for one in BARS[-3:]) / 3)
    assert facts["warmup"] == 62


def test_what_has_too_few_bars_is_shown_and_said(command: Run, tmp_path: Path) -> None:
    done = command("indicators", str(written(tmp_path)), "--spec", "ema:200")

    assert done.exit_code == 0
    assert "ema_200 needs 250 bars to settle, and there are 60" in done.output


def test_a_row_that_is_no_bar_is_left_out_and_named(command: Run, tmp_path: Path) -> None:
    last = BARS[-1].ts_open + 10**12
    path = written(tmp_path, extra=(f"{last + 1},5,4,6,5,1", f"{last + 2},,4,3,4,1"))
    done = command("indicators", str(path), "--spec", "sma:3", "--csv", "-")

    assert "2 rows are no bars, and no indicator has seen them: line 62, line 63" in done.output
    assert f"{last + 1},\n{last + 2},\n" in done.output


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("1,5,6,4,5,1", "line 62: ts 1 is not after"),
        ("tomorrow,5,6,4,5,1", "line 62: 'tomorrow' is no number"),
        ("9999999999999,5,6,4,five,1", "line 62: 'five' is no number"),
    ],
)
def test_a_row_that_makes_no_sense_is_an_error_with_its_place(
    command: Run, tmp_path: Path, extra: str, message: str
) -> None:
    done = command("indicators", str(written(tmp_path, extra=(extra,))), "--spec", "rsi:14")

    assert done.exit_code != 0
    assert message in str(done.exception)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere.csv", "--spec", "rsi"), "nowhere.csv is no file"),
        (("nowhere.csv",), "name a bar file and --spec"),
        (("--spec", "rsi"), "name a bar file and --spec"),
    ],
)
def test_what_is_missing_is_asked_for(command: Run, arguments: tuple[str, ...], message: str) -> None:
    assert message in str(command("indicators", *arguments).exception)


def test_an_empty_file_is_told(command: Run, tmp_path: Path) -> None:
    assert "has no bars" in str(command("indicators", str(written(tmp_path, ())), "--spec", "rsi").exception)


def test_the_list_names_every_indicator_with_its_settings(command: Run) -> None:
    listed = json.loads(command("indicators", "--list", "--json").stdout)

    assert {"rsi", "ichimoku", "markov"} <= {one["name"] for one in listed}
    assert next(one for one in listed if one["name"] == "bbands")["settings"][1] == {
        "name": "width", "default": 2.0, "least": 0,
    }  # fmt: skip
    assert "bbands:20:2" in command("indicators", "--list").output
