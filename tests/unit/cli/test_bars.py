import gzip
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.samples import make_bars
from tradewind.cli.bar_names import name
from tradewind.cli.bars import load_bokeh, load_folder, pack_dataset, steps
from tradewind.domain.errors import BadInputError
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

HOUR = 60 * MINUTE
T0 = 1_704_067_200_000
HEADER = "ts,open,high,low,close,volume"
SAMPLES = Path(__file__).parents[2] / "samples/bars"
RECORDED = Path(__file__).parents[4] / "shared/data/bars"


def lines(count: int = 10, step: int = HOUR, start: int = T0) -> list[str]:
    return [HEADER, *(f"{start + k * step},10.5,12,9.25,11,{k}" for k in range(count))]


def write(path: Path, text: Sequence[str] | None = None) -> Path:
    data = ("\n".join(lines() if text is None else text) + "\n").encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(BadInputError) as refused:
        act()
    return str(refused.value)


def load_one(folder: Path, text: Sequence[str], file: str = "kraken_BTCUSD_1h.csv") -> str:
    write(folder / file, text)
    return refusal(lambda: load_folder(folder))


# ── what is read ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_becomes_a_series_with_the_rules_that_its_text_shows(tmp_path: Path) -> None:
    write(tmp_path / "kraken_BTCUSD_1h.csv")

    (series,) = load_folder(tmp_path)

    assert (series.instrument.id, series.timeframe, len(series.bars)) == ("BTC-USD.KRAKEN", Timeframe.H1, 10)
    assert (series.instrument.tick, series.instrument.lot) == (Decimal("0.01"), Decimal("0.00000001"))
    assert series.bars[3] == (T0 + 3 * HOUR, T0 + 4 * HOUR, 10.5, 12.0, 9.25, 11.0, 3.0)


@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_plain_and_packed_text_and_extra_columns_in_any_order_read_alike(tmp_path: Path, suffix: str) -> None:
    text = ["note,volume,close,low,high,open,ts", f"x,7,11,9.25,12,10.5,{T0}"]
    write(tmp_path / f"us_AAPL_1h.{suffix}", text)

    assert load_folder(tmp_path)[0].bars == [(T0, T0 + HOUR, 10.5, 12.0, 9.25, 11.0, 7.0)]


def parquet_file(folder: Path, file: str, *closes: float | None) -> None:
    count = len(closes)
    table = {
        "ts": [T0 + k * HOUR for k in range(count)], "open": [10.5] * count, "high": [12.0] * count,
        "low": [9.0] * count, "close": closes, "volume": [1.0] * count,
    }  # fmt: skip
    parquet.write_table(pa.table(table), folder / file)


def test_parquet_reads_like_text(tmp_path: Path) -> None:
    parquet_file(tmp_path, "us_AAPL_1h.parquet", 11.0, 11.125)

    (series,) = load_folder(tmp_path)

    assert [bar.close for bar in series.bars] == [11.0, 11.125]
    assert (series.instrument.tick, series.instrument.lot) == (Decimal("0.001"), Decimal(1))


def test_an_empty_value_is_kept_for_the_pipeline_to_refuse_on_record(tmp_path: Path) -> None:
    parquet_file(tmp_path, "us_AAPL_1h.parquet", 11.0, None)
    write(tmp_path / "us_IBM_1h.csv", [HEADER, f"{T0},10,12,9,,1", f"{T0 + HOUR},10,9,12,11,1"])

    faults = [[bar.fault() for bar in series.bars] for series in load_folder(tmp_path)]

    assert faults == [["", "NOT_A_NUMBER"], ["NOT_A_NUMBER", "OHLC_VIOLATION"]]


def test_only_the_chosen_time_is_read(tmp_path: Path) -> None:
    write(tmp_path / "kraken_BTCUSD_1h.csv")

    (series,) = load_folder(tmp_path, start=T0 + 2 * HOUR, end=T0 + 5 * HOUR)

    assert [(bar.ts_open - T0) // HOUR for bar in series.bars] == [2, 3, 4]
    assert "widen FROM= and TO=" in refusal(lambda: load_folder(tmp_path, end=T0))


@pytest.mark.parametrize(
    ("prices", "tick"),
    [
        ("10,12,9,11", "1"),
        ("10.50,12,9,11.0", "0.1"),
        ("1e-05,2e-05,1e-05,1.25e-05", "0.0000001"),
        ("1.5,2,1,1.00000", "0.1"),
    ],
)
def test_the_tick_is_the_finest_decimal_that_means_something(tmp_path: Path, prices: str, tick: str) -> None:
    write(tmp_path / "kraken_BTCUSD_1h.csv", [HEADER, f"{T0},{prices},1.123456789"])

    assert load_folder(tmp_path)[0].instrument.tick == Decimal(tick)


def test_computed_prices_are_put_on_a_tick_of_a_ten_thousandth(tmp_path: Path) -> None:
    write(tmp_path / "us_AAPL_1d.csv", [HEADER, f"{T0},4.186662803811,4.5,4.1,4.18,1"])

    (series,) = load_folder(tmp_path)

    assert (series.instrument.tick, series.bars[0].open) == (Decimal("0.0001"), 4.1867)


def test_computed_prices_too_small_for_that_tick_are_refused(tmp_path: Path) -> None:
    assert "prices have 12 decimals" in load_one(tmp_path, [HEADER, f"{T0},0.018666280381,4.5,0.01,4.18,1"])


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("file", "instrument", "lot"),
    [
        ("binance_BTCUSDT_1h.csv", "BTC-USD.BINANCE", "0.00000001"),
        ("binance_BTCBUSD_1m.csv.gz", "BTC-USD.BINANCE", "0.00000001"),
        ("binance_SHIBUSD_1m.csv", "SHIB-USD.BINANCE", "0.00000001"),
        ("x_BBBUSD_1h.csv", "BBB-USD.X", "0.00000001"),
        ("x_BTCBUSD_1h.csv", "BTC-USD.X", "0.00000001"),
        ("KRAKEN_BTCUSD_1h.CSV", "BTC-USD.KRAKEN", "0.00000001"),
        ("kraken_BTCUSD_1h.Csv.GZ", "BTC-USD.KRAKEN", "0.00000001"),
        ("coinbase_ETH-USDC_1m.parquet", "ETH-USD.COINBASE", "0.00000001"),
        ("bybit_1000PEPEUSDT_5m.csv", "1000PEPE-USD.BYBIT", "0.00000001"),
        ("us_AAPL_1d.csv", "AAPL.US", "1"),
        ("us_SPY2020_1m.csv", "SPY2020.US", "1"),
        ("bokeh_MSFT_1d.csv", "MSFT.BOKEH", "1"),
        ("mine_BRK-B_1d.csv", "BRK-B.MINE", "1"),
        ("fx_EURUSD_1h.csv", "EUR-USD.FX", "0.01"),
        ("perp_BTC-PERP_1m.csv", "BTC-PERP.PERP", "0.00000001"),
    ],
)
def test_a_files_name_says_the_instrument(file: str, instrument: str, lot: str) -> None:
    read = name(Path(file))

    assert read is not None
    assert read.instrument() == (instrument, Decimal(lot))


@pytest.mark.parametrize(
    ("file", "quote"),
    [
        ("binance_ETHBTC_1h.csv", "quoted in BTC"),
        ("kraken_BTCEUR_1h.csv", "quoted in EUR"),
        ("binance_BTCFDUSD_1h.csv", "quoted in FDUSD"),
        ("mine_USDJPY_1h.csv", "quoted in JPY"),
        ("binance_WHAT_1h.csv", "quote currency that is unknown"),
    ],
)
def test_other_quote_currencies_are_refused_by_name(tmp_path: Path, file: str, quote: str) -> None:
    write(tmp_path / file)

    said = refusal(lambda: load_folder(tmp_path))

    assert said.startswith(f"{file}: ")
    assert quote in said
    assert "USDT, USDC, BUSD, USD" in said


def test_blank_lines_say_nothing(tmp_path: Path) -> None:
    write(tmp_path / "kraken_BTCUSD_1h.csv", [*lines(2), "", lines(3)[-1], ""])

    assert len(load_folder(tmp_path)[0].bars) == 3


def test_other_files_in_the_folder_are_left_alone_and_misnamed_data_is_not(tmp_path: Path) -> None:
    write(tmp_path / "kraken_BTCUSD_1h.csv")
    (tmp_path / "README.md").write_text("hello")
    assert len(load_folder(tmp_path)) == 1

    write(tmp_path / "prices.csv")
    assert "a bar file is named {venue}_{symbol}_{interval}.csv" in refusal(lambda: load_folder(tmp_path))


def test_a_folder_without_bars_and_no_folder_are_said_to_be_so(tmp_path: Path) -> None:
    assert "has no bar files" in refusal(lambda: load_folder(tmp_path))
    assert "is not a folder" in refusal(lambda: load_folder(tmp_path / "nowhere"))


# ── choosing ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in ("binance_BTCUSDT_1h", "bybit_BTCUSDT_1h", "binance_ETHUSDT_1h", "us_AAPL_1h"):
        write(tmp_path / f"{file}.csv")
    write(tmp_path / "us_AAPL_1d.csv", lines(step=DAY))
    return tmp_path


def ids(folder: Path, *symbols: str, interval: str | None = None) -> list[str]:
    return [series.instrument.id for series in load_folder(folder, symbols, interval)]


def test_symbols_choose_files_in_their_order(folder: Path) -> None:
    chosen = ids(folder, "us:AAPL", "ETHUSDT", "bybit:btcusdt", interval="1h")

    assert chosen == ["AAPL.US", "ETH-USD.BINANCE", "BTC-USD.BYBIT"]
    assert ids(folder, "ETH-USD") == ["ETH-USD.BINANCE"]


def test_an_ambiguous_symbol_lists_its_candidates(folder: Path) -> None:
    said = refusal(lambda: ids(folder, "BTCUSDT", interval="1h"))

    assert said == "BTCUSDT is ambiguous: say which of binance:BTCUSDT, bybit:BTCUSDT"


def test_an_unknown_symbol_lists_what_there_is(folder: Path) -> None:
    said = refusal(lambda: ids(folder, "us:TSLA"))

    assert said.startswith("no file for us:TSLA: the folder has binance:BTCUSDT, ")


def test_without_an_interval_there_must_be_only_one(folder: Path) -> None:
    assert "choose one with INTERVAL=1d or 1h" in refusal(lambda: ids(folder))
    assert ids(folder, "ETHUSDT") == ["ETH-USD.BINANCE"]
    assert ids(folder, interval="1d") == ["AAPL.US"]


def test_an_interval_that_is_not_there_or_none_at_all_is_said_to_be_so(folder: Path) -> None:
    assert refusal(lambda: ids(folder, interval="4h")) == "there is no 4h file in the folder; it has 1d, 1h"
    assert "unknown timeframe '2h'" in refusal(lambda: ids(folder, interval="2h"))


def test_a_file_of_an_interval_that_is_not_traded_is_refused_when_it_is_chosen(tmp_path: Path) -> None:
    write(tmp_path / "us_AAPL_30m.csv", lines(step=30 * MINUTE))

    assert "us_AAPL_30m.csv: unknown timeframe '30m'" in refusal(lambda: load_folder(tmp_path))


@pytest.mark.parametrize("second", ["binance_BTCUSDT_1h.csv.gz", "binance_BTCUSDC_1h.csv", "binance_BTC-USD_1h.csv"])
def test_two_files_for_one_instrument_and_interval_are_refused(tmp_path: Path, second: str) -> None:
    write(tmp_path / "binance_BTCUSDT_1h.csv")
    write(tmp_path / second)

    said = refusal(lambda: load_folder(tmp_path))

    assert second in said
    assert "are both BTC-USD.BINANCE at 1h: keep one of them" in said


# ── what is wrong inside a file ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (["ts,open,high,low,close"], "line 1: the columns are ts,open,high,low,close and must be .*; missing: volume"),
        (["time,open,high,low,close,volume"], "line 1: .*; missing: ts"),
        ([f"{HEADER},ts"], "line 1: .*; one of them is there twice"),
        ([""], "line 1: the columns are absent"),
        ([HEADER], "has no bars"),
        ([HEADER, f"{T0},1,2"], "line 2: 3 fields where the header has 6"),
        ([HEADER, f"{T0},ten,12,9,11,1"], "line 2: open is 'ten', not a number"),
        ([HEADER, "soon,10,12,9,11,1"], "line 2: ts is 'soon', not UTC milliseconds"),
        ([HEADER, f"{T0}.5,10,12,9,11,1"], "line 2: ts is '.*', not UTC milliseconds"),
        ([HEADER, f"{T0 // 1000},10,12,9,11,1"], "line 2: .* looks like seconds; multiply the column by 1000"),
        ([HEADER, f"{T0 + 1},10,12,9,11,1"], "line 2: ts .* is not the start of a 1h bar in UTC"),
        ([*lines(3), f"{T0 + 2 * HOUR},1,1,1,1,1"], "line 5: ts .* occurs twice"),
        ([*lines(3), f"{T0 + HOUR},1,1,1,1,1"], "line 5: ts .* is earlier than the row before; sort by ts"),
        ([HEADER, "4102444800000,10,12,9,11,1"], "line 2: the bar of ts 4102444800000 has not closed yet"),
        (lines(20, 5 * MINUTE), "line 3: .* is not the start of a 1h bar"),
        (lines(20, 4 * HOUR), "most rows are 4h apart, not 1h; rename the file"),
        ([*lines(20), *lines(8, 4 * HOUR, T0 + 20 * HOUR)[1:]], "line 27: mixed intervals, .* are 4h apart"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_what_to_do(tmp_path: Path, text: list[str], said: str) -> None:
    write(tmp_path / "kraken_BTCUSD_1h.csv", text)

    with pytest.raises(BadInputError, match=rf"kraken_BTCUSD_1h\.csv:? {said}"):
        load_folder(tmp_path, now=1_800_000_000_000)


def test_the_check_for_mixed_intervals_lets_nights_and_weekends_pass(tmp_path: Path) -> None:
    days = [T0 + day * DAY for day in range(20)]
    rows = [f"{day + hour * HOUR},10,12,9,11,1" for day in days for hour in range(14, 21)]
    write(tmp_path / "us_AAPL_1h.csv", [HEADER, *rows])

    assert len(load_folder(tmp_path)[0].bars) == len(rows)


@pytest.mark.parametrize("file", ["us_AAPL_1h.csv.gz", "us_AAPL_1h.parquet"])
def test_a_damaged_file_is_refused(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_bytes(b"\x1f\x8b\x08 this is none")

    assert file in refusal(lambda: load_folder(tmp_path))


@pytest.mark.parametrize("name", ["us_AAPL_1h.csv", "us_AAPL_1h.csv.gz"])
def test_a_folder_named_like_a_bar_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()

    assert f"{name} cannot be opened: Is a directory" in refusal(lambda: load_folder(tmp_path))


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "us_AAPL_1h.csv.gz", lines(500))
    path.write_bytes(path.read_bytes()[:-40])

    assert "us_AAPL_1h.csv.gz cannot be read near line" in refusal(lambda: load_folder(tmp_path))


def test_text_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "us_AAPL_1h.csv").write_bytes(b"\xff\xfe\x00")

    assert "us_AAPL_1h.csv" in refusal(lambda: load_folder(tmp_path))


def test_wrong_columns_in_parquet_are_refused(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"ts": [T0], "close": [1.0]}), tmp_path / "us_AAPL_1h.parquet")

    assert "missing: open, high, low, volume" in refusal(lambda: load_folder(tmp_path))


# ── the sample bars ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_default_bars_are_possible_ascending_and_on_their_tick() -> None:
    series = load_bokeh()

    assert [(s.instrument.id, len(s.bars)) for s in series] == [
        ("AAPL.US", 3270), ("IBM.US", 3270), ("MSFT.US", 3270), ("GOOG.US", 2148), ("FB.US", 196),
    ]  # fmt: skip
    assert len(steps(series)) == 3270
    for one in series:
        assert not any(bar.fault() for bar in one.bars)
        assert all(a.ts_close <= b.ts_open for a, b in pairwise(one.bars))
        assert all(bar.ts_open % DAY == 0 and bar.ts_close == bar.ts_open + DAY for bar in one.bars)
        assert all(float(one.instrument.price(one.instrument.ticks(bar.close))) == bar.close for bar in one.bars)


def test_adjusting_removes_the_splits() -> None:
    apple = load_bokeh(["AAPL"])[0].bars
    moves = [b.close / a.close for a, b in pairwise(apple)]

    assert (apple[0].close, apple[0].volume) == (4.1867, 299_301_389.0)
    assert min(moves) > 0.45  # 29 September 2000 was −52 % without any split; the splits of 2000 and 2005 are 2:1
    split = next(k for k, bar in enumerate(apple) if bar.ts_open == 1_109_548_800_000)  # 28 February 2005
    assert 0.95 < moves[split - 1] < 1.05


def test_a_symbol_that_the_sample_lacks_is_refused_by_name() -> None:
    assert refusal(lambda: load_bokeh(["TSLA"])) == "the sample has no TSLA: it has AAPL, IBM, MSFT, GOOG, FB"


def test_the_made_bars_are_what_their_script_makes_and_read_well() -> None:
    for symbol in make_bars.MARKETS:
        text = gzip.decompress((SAMPLES / f"sample_{symbol}_1h.csv.gz").read_bytes()).decode()
        assert text.splitlines() == make_bars.bars(symbol)

    series = load_folder(SAMPLES)

    assert [len(one.bars) for one in series] == [420, 420, 417, 420, 330]
    assert len(steps(series)) == 420
    assert set(pack_dataset(series)) == {f"replay/1h/{one.instrument.id}.bin" for one in series}


@pytest.mark.parametrize("interval", ["4h", "1d"])
def test_the_recorded_bars_read_whole(interval: str) -> None:
    if not RECORDED.exists():
        pytest.skip(f"the recorded bars are not here: {RECORDED}")

    series = load_folder(RECORDED, interval=interval)

    assert len(series) == {"4h": 5, "1d": 14}[interval]
    assert not any(bar.fault() for one in series for bar in one.bars)
