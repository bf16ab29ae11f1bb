"""Recorded bars go into a simulated venue and come out of its provider, page by page, to the last digit."""

import csv
import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.venues.market import Rules, recorded
from tests.venues.stage import Stage, staged
from tests.venues.test_ccxt import KNOWN_TO_BOTH, provider
from tradewind.domain.timeframe import Timeframe

SAMPLES = Path(__file__).parents[1] / "samples" / "bars"
RECORDED = Path(__file__).parents[3] / "shared/data/bars"
M1, H1, D1 = Timeframe.M1, Timeframe.H1, Timeframe.D1
TAPES = [
    ("kraken", "BTC-USD", M1, RECORDED / "bitstamp_BTCUSD_1m.csv.gz"),
    ("kraken", "BTC-USD", H1, SAMPLES / "sample_AAAUSDT_1h.csv.gz"),
    ("binance", "BTC-USDT", M1, RECORDED / "binance_BTCBUSD_1m.csv.gz"),
    ("binance", "BTC-USDT", H1, RECORDED / "binance_BTCUSDT_1h.csv.gz"),
    ("binance", "BTC-USDT", H1, SAMPLES / "sample_AAAUSDT_1h.csv.gz"),
    ("bybit", "BTC-USDT", M1, RECORDED / "bybit_BTCUSDT_1m.csv.gz"),
    ("bybit", "BTC-USDT", H1, SAMPLES / "sample_BBBUSDT_1h.csv.gz"),
    ("coinbase", "BTC-USD", M1, RECORDED / "coinbase_BTCUSD_1m.csv.gz"),
    ("coinbase", "ETH-USD", M1, RECORDED / "coinbase_ETHUSD_1m.csv.gz"),
    ("coinbase", "BTC-USD", H1, SAMPLES / "sample_DDDUSD_1h.csv.gz"),
    ("alpaca", "AAPL", M1, RECORDED / "us_AAPL_1m.csv.gz"),
    ("alpaca", "AAPL", H1, SAMPLES / "sample_EEEUSD_1h.csv.gz"),
    ("alpaca", "SPY", D1, RECORDED / "us_SPY_1d.csv.gz"),
    ("polygon", "SPY", M1, RECORDED / "us_SPY_1m.csv.gz"),
    ("polygon", "SPY", D1, RECORDED / "us_SPY_1d.csv.gz"),
    ("polygon", "BTC-USD", H1, SAMPLES / "sample_DDDUSD_1h.csv.gz"),
    ("alpha_vantage", "BAC", M1, RECORDED / "us_BAC_1m.csv.gz"),
    ("finnhub", "AAPL", H1, SAMPLES / "sample_EEEUSD_1h.csv.gz"),
]
PAGES: dict[str, dict[str, Any]] = {"alpaca": {"page": 1_000}, "polygon": {"page": 1_000}}
DEPTH = {"kraken": 719}
"""As far back as the venue has bars."""
MOST = 2_500
"""Rows of one tape: enough for several pages of every venue."""


def rows_of(path: Path) -> list[tuple[Decimal, ...]]:
    """Read a tape by other means than the venue does."""
    with gzip.open(path, "rt") as lines:
        return [tuple(map(Decimal, row)) for row in list(csv.reader(lines))[1:]]


@pytest.fixture(params=TAPES, ids=lambda tape: f"{tape[0]}-{tape[3].name}")
def played(request: pytest.FixtureRequest) -> Iterator[tuple[Stage, Timeframe, list[tuple[Any, ...]]]]:
    """Give a stage whose market is a tape, at the moment in which its last row closes, and the tape's rows."""
    name, symbol, frame, path = request.param
    if not path.exists():
        pytest.skip(f"the recorded bars are not here: {path}")
    with staged(name, **PAGES.get(name, {})) as stage:
        rows = rows_of(path)[-DEPTH.get(name, MOST) :]
        stage.market.source = recorded(path.parent, frame, {symbol: path.name})
        stage.market.symbols = {symbol: Rules()}
        stage.time.now = (int(rows[-1][0]) + frame.ms) / 1000
        yield stage, frame, rows


def test_a_tape_comes_out_as_it_went_in(played: tuple[Stage, Timeframe, list[tuple[Any, ...]]]) -> None:
    at, frame, rows = played
    name = at.names[0]

    answer = at.provider.bars([name], frame, int(rows[0][0]), at.time.ms())

    assert answer.failures == {}
    assert [tuple(Decimal(str(value)) for value in bar[:6]) for bar in answer.rows[name]] == rows


def test_a_client_that_others_wrote_reads_the_same_tape(played: tuple[Stage, Timeframe, list[tuple[Any, ...]]]) -> None:
    at, frame, rows = played
    name = at.names[0]
    if at.venue.name not in KNOWN_TO_BOTH or "-" not in name:
        pytest.skip("ccxt does not know these bars")
    few = rows[-300:]

    answer = provider(at.venue.name, at.venue.url).bars([name], frame, int(few[0][0]), at.time.ms())

    assert answer.failures == {}
    assert [tuple(Decimal(str(value)) for value in bar[:6]) for bar in answer.rows[name]] == few
