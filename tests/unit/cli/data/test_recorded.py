"""Resampling beside what was really recorded, where the shared bars are at hand."""

import gzip
from pathlib import Path

import pytest

from tests.walks import RECORDED
from tradewind.cli.data.comparing import compare
from tradewind.domain.bar import Bar
from tradewind.domain.resampling import resample
from tradewind.domain.timeframe import Timeframe

# The recorded files were written with ten significant digits, so the largest volumes lost their last decimals:
# the made ones hold them. No price differs anywhere.
ROUNDED = {
    ("BTCUSDT", "15m"): 0, ("BTCUSDT", "1h"): 2, ("BTCUSDT", "4h"): 6, ("BTCUSDT", "1d"): 8,
    ("ETHUSDT", "15m"): 0, ("ETHUSDT", "1h"): 0, ("ETHUSDT", "4h"): 0, ("ETHUSDT", "1d"): 2,
    ("SOLUSDT", "15m"): 0, ("SOLUSDT", "1h"): 0, ("SOLUSDT", "4h"): 0, ("SOLUSDT", "1d"): 0,
    ("DOGEUSDT", "1h"): 0, ("DOGEUSDT", "4h"): 0, ("DOGEUSDT", "1d"): 1,
    ("XRPUSDT", "1h"): 0, ("XRPUSDT", "4h"): 0, ("XRPUSDT", "1d"): 0,
    ("LINKUSDT", "1h"): 0,
}  # fmt: skip
CACHE: dict[Path, list[Bar]] = {}

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded bars are not beside this checkout")


def recorded(file: str) -> list[Bar]:
    path = RECORDED / file
    if path not in CACHE:
        frame = Timeframe(file.removesuffix(".csv.gz").rpartition("_")[2])
        with gzip.open(path, "rt") as text:
            rows = [line.split(",") for line in text][1:]
        CACHE[path] = [Bar(int(ts), int(ts) + frame.ms, *map(float, values)) for ts, *values in rows]
    return CACHE[path]


@pytest.mark.parametrize(("symbol", "interval"), ROUNDED)
def test_five_minutes_make_the_recorded_longer_bars(symbol: str, interval: str) -> None:
    source = recorded(f"binance_{symbol}_5m.csv.gz")

    made = resample(source, Timeframe.M5, Timeframe(interval), keep_holes=False)
    compared = compare(made.bars, recorded(f"binance_{symbol}_{interval}.csv.gz"))

    assert compared.compared == len(made.bars) == len(source) // (Timeframe(interval).ms // Timeframe.M5.ms)
    assert compared.unexplained == []
    assert {one.field for one in compared.differences} <= {"volume"}
    assert len(compared.differences) == ROUNDED[symbol, interval]


def test_hours_of_a_stock_make_its_recorded_days() -> None:
    made = resample(recorded("us_SPY_1h.csv.gz"), Timeframe.H1, Timeframe.D1, keep_holes=True)

    compared = compare(made.bars, recorded("us_SPY_1d.csv.gz"))

    assert (compared.compared, compared.equal) == (5848, 5848)
