import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import feather

from tests.unit.cli.conftest import Run
from tradewind.cli.bars import load_folder
from tradewind.domain.bar import Bar
from tradewind.domain.timeframe import MINUTE

T0 = 1_704_067_200_000
HOUR = 60 * MINUTE


def written(folder: Path) -> dict[str, list[Bar]]:
    return {f"{one.instrument.id} {one.timeframe}": list(one.bars) for one in load_folder(folder)}


def freqtrade_feather(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    dates = pa.array([datetime.fromtimestamp(T0 / 1000 + 300 * k, UTC) for k in (0, 1, 4)], pa.timestamp("ms", "UTC"))
    columns = {"date": dates, "open": [1.5, 2, 3], "high": [2.5, 3, 4], "low": [1.0, 2, 3], "close": [2.0, 3, 4],
               "volume": [0.1, 0, 2]}  # fmt: skip
    feather.write_feather(pa.table(columns), path)


def test_a_freqtrade_folder_comes_in_with_its_venue_and_its_gaps_told(command: Run, tmp_path: Path) -> None:
    freqtrade_feather(tmp_path / "data/binance/BTC_USDT-5m.feather")
    (tmp_path / "data/binance/futures").mkdir()
    rows = [[T0, 10, 12, 9, 11, 5], [T0 + HOUR, 11, 12, 10, 11.5, 6]]
    (tmp_path / "data/binance/futures/ETH_USDT_USDT-1h-futures.json").write_text(json.dumps(rows))

    result = command("data", "import", tmp_path / "data", "--to", tmp_path / "bars")

    assert result.exit_code == 0, result.output
    assert "gap: 2 bars missing from 2024-01-01T00:10Z until 2024-01-01T00:20Z" in result.output
    assert sorted(path.name for path in (tmp_path / "bars").iterdir()) == [
        "binance_BTCUSDT_5m.csv.gz",
        "binance_ETH-PERP_1h.csv.gz",
    ]
    (tmp_path / "bars/binance_ETH-PERP_1h.csv.gz").unlink()
    five = written(tmp_path / "bars")["BTC-USD.BINANCE 5m"]
    assert five[0] == Bar(T0, T0 + 5 * MINUTE, 1.5, 2.5, 1.0, 2.0, 0.1)
    assert [bar.ts_open - T0 for bar in five] == [0, 5 * MINUTE, 20 * MINUTE]


def test_prices_that_are_no_trades_stay_out_and_the_rest_comes_in(command: Run, tmp_path: Path) -> None:
    freqtrade_feather(tmp_path / "kraken/BTC_USD-5m.feather")
    freqtrade_feather(tmp_path / "kraken/BTC_USD_USD-5m-funding_rate.feather")

    result = command("data", "import", tmp_path / "kraken", "--to", tmp_path / "bars")

    assert result.exit_code == 2
    assert "BTC_USD_USD-5m-funding_rate.feather holds funding_rate prices, which are no trades" in result.output
    assert [path.name for path in (tmp_path / "bars").iterdir()] == ["kraken_BTCUSD_5m.csv.gz"]


OLD_CDD = """https://www.CryptoDataDownload.com
Date,Symbol,Open,High,Low,Close,Volume BTC,Volume USD
2017-07-01 01-PM,BTCUSD,2505.56,2513.38,2495.12,2509.17,114600.5,45.7
2017-07-01 12-PM,BTCUSD,2509.17,2512.87,2484.99,2488.43,157.36,393142.5
"""
NEW_CDD = """https://www.CryptoDataDownload.com
unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount
1704070800000,2024-01-01 01:00:00,BTC/USDT,42475.23,42775,42431.65,42613.56,1196.3,51007470.1,47134
1704067200,2024-01-01 00:00:00,BTC/USDT,42283.58,42554.57,42261.02,42475.23,1271.68,53957248.9,47134
"""


def test_cryptodatadownloads_newest_first_becomes_oldest_first_whatever_the_times_unit(
    command: Run, tmp_path: Path
) -> None:
    (tmp_path / "Binance_BTCUSDT_1h.csv").write_text(NEW_CDD)

    result = command("data", "import", tmp_path / "Binance_BTCUSDT_1h.csv", "--to", tmp_path / "bars")

    assert "newest first: sorted" in result.output
    bars = written(tmp_path / "bars")["BTC-USD.BINANCE 1h"]
    assert [(bar.ts_open, bar.close, bar.volume) for bar in bars] == [
        (T0, 42475.23, 1271.68),
        (T0 + HOUR, 42613.56, 1196.3),
    ]


def test_swapped_volumes_of_old_cryptodatadownload_rows_are_set_right_and_told(command: Run, tmp_path: Path) -> None:
    (tmp_path / "Coinbase_BTCUSD_1h.csv").write_text(OLD_CDD)

    result = command("data", "import", tmp_path / "Coinbase_BTCUSD_1h.csv", "--to", tmp_path / "bars")

    assert "1 rows had the volumes of base and quote swapped: set right" in result.output
    bars = written(tmp_path / "bars")["BTC-USD.COINBASE 1h"]
    assert [bar.volume for bar in bars] == [157.36, 45.7]
    assert bars[0].ts_open == int(datetime(2017, 7, 1, 12, tzinfo=UTC).timestamp()) * 1000


def test_a_plain_file_says_what_its_name_does_not(command: Run, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(
        "Time,Close,Open,High,Low,Volume\n2024-01-01T00:00:00Z,11,10,12,9,5\n2024-01-01T01:00:00+00:00,11,11,12,9,5\n"
    )
    arguments = ("data", "import", tmp_path / "prices.csv", "--to", tmp_path / "bars")

    lacking = command(*arguments)
    result = command(*arguments, "--venue", "Kraken", "--symbol", "ethusd", "--format", "parquet")

    assert (lacking.exit_code, "does not say the venue: give --venue" in lacking.output) == (2, True)
    assert result.exit_code == 0, result.output
    assert [bar.open for bar in written(tmp_path / "bars")["ETH-USD.KRAKEN 1h"]] == [10.0, 11.0]
    assert (tmp_path / "bars/kraken_ETHUSD_1h.parquet").is_file()


def plain(*rows: str) -> str:
    return "\n".join(("ts,open,high,low,close,volume", *rows, ""))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (plain(f"{T0},1,1,1,1,1", f"{T0},1,1,1,2,1"), "line 3: another bar of ts 1704067200000 than line 2"),
        (plain("soon,1,1,1,1,1"), "line 2: 'soon' is no time"),
        (plain(f"{T0},1,1,1,one,1"), "line 2: 'one' is no number"),
        (plain(f"{T0},1,1,1,1"), "line 2: 5 fields where the header has 6"),
        (plain(), "has no bars"),
        ("ts,open,close\n1,2,3\n", "kraken_BTCUSD_1h.csv has no volume: its columns are ts, open, close"),
        ("1,2,3\n", "no line names the columns"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(
    command: Run, tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "kraken_BTCUSD_1h.csv").write_text(text)

    result = command("data", "import", tmp_path / "kraken_BTCUSD_1h.csv", "--to", tmp_path / "bars")

    assert result.exit_code == 2
    assert sentence in result.output


def test_doubles_and_bars_that_have_not_closed_are_left_out_and_told(command: Run, tmp_path: Path) -> None:
    far = 4_000_000_000_000 // HOUR * HOUR
    rows = (f"{T0},1,1,1,1,1", f"{T0},1,1,1,1,1.0", f"{far},1,1,1,1,1")
    (tmp_path / "kraken_BTCUSD_1h.csv").write_text(plain(*rows))

    result = command("data", "import", tmp_path / "kraken_BTCUSD_1h.csv", "--to", tmp_path / "bars")

    assert "1 rows were there twice" in result.output
    assert "1 bars had not closed yet: left out" in result.output
    assert len(written(tmp_path / "bars")["BTC-USD.KRAKEN 1h"]) == 1


def test_nothing_is_overwritten_unless_that_is_asked_for(command: Run, tmp_path: Path) -> None:
    (tmp_path / "kraken_BTCUSD_1h.csv").write_text(plain(f"{T0},1,1,1,1,1"))
    arguments = ("data", "import", tmp_path / "kraken_BTCUSD_1h.csv", "--to", tmp_path / "bars")

    assert command(*arguments).exit_code == 0
    again = command(*arguments)

    assert (again.exit_code, "is there already: give --force" in again.output) == (2, True)
    assert command(*arguments, "--force").exit_code == 0


def test_numbers_are_written_in_their_shortest_decimal(command: Run, tmp_path: Path) -> None:
    (tmp_path / "kraken_SHIBUSD_1h.csv").write_text(plain(f"{T0},0.00001,1.2e-5,0.0000090,1e-05,12530493898"))

    command("data", "import", tmp_path / "kraken_SHIBUSD_1h.csv", "--to", tmp_path / "bars")

    text = gzip.decompress((tmp_path / "bars/kraken_SHIBUSD_1h.csv.gz").read_bytes()).decode()
    assert text.splitlines()[1] == f"{T0},0.00001,0.000012,0.000009,0.00001,12530493898"
