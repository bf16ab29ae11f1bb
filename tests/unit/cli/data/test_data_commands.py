import json
import shutil
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run
from tradewind.cli.bars import load_folder

SAMPLES = Path(__file__).parents[3] / "samples/bars"
T0 = 1_704_067_200_000
HOUR = 3_600_000
HEADER = "ts,open,high,low,close,volume"


@pytest.mark.parametrize("form", ["csv", "parquet", "feather"])
def test_every_format_gives_the_same_bits_back(command: Run, tmp_path: Path, form: str) -> None:
    there, back = tmp_path / "there", tmp_path / "back"

    assert command("data", "convert", SAMPLES, "--to", there, "--format", form).exit_code == 0
    assert command("data", "convert", there, "--to", back, "--format", "csv.gz").exit_code == 0

    assert [one.bars for one in load_folder(there)] == [one.bars for one in load_folder(SAMPLES)]
    for path in SAMPLES.glob("*.gz"):
        assert (back / path.name).read_bytes()[10:] != b""
    assert [one.bars for one in load_folder(back)] == [one.bars for one in load_folder(SAMPLES)]


def test_resampling_tells_what_it_left_out_and_whether_the_recorded_file_agrees(command: Run, tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "sample_CCCUSDT_1h.csv.gz", tmp_path)
    day = ("1704067200000", "99", "100", "98", "99", "1")
    (tmp_path / "sample_CCCUSDT_1d.csv").write_text(f"{HEADER}\n{','.join(day)}\n")

    result = command("data", "resample", tmp_path, "1d", "--interval", "1h", "--to", tmp_path / "days")

    assert result.exit_code == 0, result.output
    assert "2 1d bars lack shorter ones and are left out: 2024-01-03 (22 of 24), 2024-01-13 (23 of 24)" in result.output
    assert "the 1d bar of 2024-01-18 is left out: its interval ends after the source" in result.output
    assert "0 of 1 equal sample_CCCUSDT_1d.csv to the last bit; 5 values differ: 2024-01-01 open: made 100.0" in (
        result.output
    )
    assert len(load_folder(tmp_path / "days")[0].bars) == 15


def test_a_source_of_holes_only_says_what_to_do(command: Run, tmp_path: Path) -> None:
    (tmp_path / "kraken_BTCUSD_1h.csv").write_text(f"{HEADER}\n{T0},1,1,1,1,1\n{T0 + 30 * HOUR},1,1,1,1,1\n")

    result = command("data", "resample", tmp_path, "1d", "--to", tmp_path / "days")

    assert isinstance(result.exception, Exception)
    assert "gives no whole 1d bar: 1 have holes; give --holes keep" in str(result.exception)


FAULTY = (
    f"{T0},10,12,9,11,1",
    f"{T0 + HOUR},10,9,12,11,1",
    f"{T0 + 2 * HOUR},10,12,9,,1",
    f"{T0 + 2 * HOUR + 1},10,12,9,11,1",
    f"{T0 + 5 * HOUR},10,12,9,11,0",
    f"{T0 + 4 * HOUR},10,12,9,11,1",
    f"{T0 + 6 * HOUR},10,12,9,11,1",
    f"{T0 + 6 * HOUR},10,12,9,11.5,1",
    f"{T0 + 7 * HOUR},20,22,19,20,1",
)


def test_verify_names_every_row_that_cannot_be_traded_on(command: Run, tmp_path: Path) -> None:
    (tmp_path / "kraken_BTCUSD_1h.csv").write_text("\n".join((HEADER, *FAULTY, "")))

    result = command("data", "verify", tmp_path)
    told = json.loads(command("data", "verify", tmp_path, "--json").output)["files"][0]

    assert result.exit_code == 1
    assert told["refused"] == {
        "CONFLICTING_DUPLICATE": 2, "OHLC_VIOLATION": 1, "NOT_A_NUMBER": 1, "MISALIGNED": 1, "OUT_OF_ORDER": 1,
    }  # fmt: skip
    assert "line 3: OHLC_VIOLATION o=10 h=9" in result.output
    assert "line 8, line 9: CONFLICTING_DUPLICATE" in result.output
    assert "gap: 4 bars missing from 2024-01-01T01:00Z until 2024-01-01T05:00Z" in result.output
    assert "1 bars without volume" in result.output
    assert "1 closes more than 40% from the one before (a split?): 2024-01-01T07:00Z" in result.output
    assert "1 of 1 files need correcting" in result.output


def test_verify_tells_prices_that_stood_still(command: Run, tmp_path: Path) -> None:
    rows = [f"{T0 + k * HOUR},10,10,10,10,1" for k in range(30)]
    (tmp_path / "kraken_BTCUSD_1h.csv").write_text("\n".join((HEADER, *rows, "")))

    result = command("data", "verify", tmp_path)

    assert result.exit_code == 0
    assert "1 runs of 20 or more bars at one price, the longest 30 from 2024-01-01" in result.output


def test_verify_compares_the_intervals_of_one_market(command: Run, tmp_path: Path) -> None:
    command("data", "resample", SAMPLES, "4h", "--symbols", "AAAUSDT", "--to", tmp_path)
    shutil.copy(SAMPLES / "sample_AAAUSDT_1h.csv.gz", tmp_path)

    (told,) = json.loads(command("data", "verify", tmp_path, "--json").output)["intervals"]

    assert (told["compared"], told["equal"], told["different"]) == (105, 105, 0)


def test_verify_goes_on_when_a_file_cannot_be_read(command: Run, tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "sample_AAAUSDT_1h.csv.gz", tmp_path)
    (tmp_path / "kraken_BTCUSD_1h.csv.gz").write_bytes(b"no gzip")

    result = command("data", "verify", tmp_path)

    assert result.exit_code == 1
    assert "cannot be read: kraken_BTCUSD_1h.csv.gz cannot be read near line 1" in result.output


def test_list_shows_what_a_folder_has(command: Run) -> None:
    result = command("data", "list", SAMPLES)
    (told,) = json.loads(command("data", "list", SAMPLES, "--symbols", "ccc-usd", "--json").output)

    assert "EEE-USD.SAMPLE" in result.output
    assert (told["instrument"], told["bars"], told["missing"]) == ("CCC-USD.SAMPLE", 417, 3)
    assert [gap["bars"] for gap in told["gaps"]] == [2, 1]


def test_plot_draws_a_page_of_its_own_with_the_holes_shaded(command: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"

    result = command("data", "plot", SAMPLES / "sample_CCCUSDT_1h.csv.gz", "--html", page)

    assert f"{page}: 417 bars of CCC-USD.SAMPLE" in result.output
    text = page.read_text()
    assert "3 bars are missing in 2 gaps, shaded." in text
    assert text.count('"type":"candlestick"') == 1
    assert 'src="http' not in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["list", "/nowhere"], "/nowhere is not a folder"),
        (["list", str(SAMPLES), "--symbols", "TSLA"], "no file for TSLA: the folder has sample:AAAUSDT"),
        (["list", str(SAMPLES), "--interval", "1d"], "there is no 1d file"),
        (["convert", str(SAMPLES), "--to", "x", "--format", "xlsx"], "--format xlsx is unknown: it is csv, csv.gz"),
        (["resample", str(SAMPLES), "3h", "--to", "x"], "unknown timeframe '3h'"),
        (["resample", str(SAMPLES), "5m", "--to", "x"], "choose a longer timeframe"),
        (["resample", str(SAMPLES), "1d", "--to", "x", "--holes", "fill"], "--holes fill is unknown"),
        (["plot", str(SAMPLES)], "is no file: name one bar file"),
        (["import", "/nowhere", "--to", "x"], "/nowhere is neither a file nor a folder"),
        (["import", str(SAMPLES), "--to", "x", "--layout", "excel"], "--layout excel is unknown: it is auto"),
        (["import", str(SAMPLES), "--to", "x", "--symbol", "A"], "import them one by one"),
    ],
)
def test_bad_input_is_one_sentence(command: Run, arguments: list[str], sentence: str) -> None:
    result = command("data", *arguments)

    assert result.exit_code != 0
    assert sentence in str(result.exception)
    assert len(str(result.exception).splitlines()) == 1
