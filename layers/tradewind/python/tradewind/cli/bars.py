"""Bars on the laptop: folders of files, the sample that comes with the tests, and packing them for upload."""

import csv
import gzip
import io
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path

from tradewind.cli.bar_files import read_series
from tradewind.cli.bar_names import scan, select
from tradewind.domain.bar import Bar
from tradewind.domain.dataset import dataset, dataset_key
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import Instrument, instrument_id
from tradewind.domain.series import Series, steps
from tradewind.domain.timeframe import DAY, Timeframe

__all__ = ["load_bokeh", "load_folder", "pack_dataset", "steps"]

BOKEH_SYMBOLS = ("AAPL", "IBM", "MSFT", "GOOG", "FB")
"""Daily stocks of the PyPI package bokeh-sampledata (BSD-3-Clause; the bars are in the public domain)."""

_TICK_DECIMALS = 4


def load_folder(
    path: Path | str,
    symbols: Sequence[str] = (),
    interval: str | None = None,
    start: int | None = None,
    end: int | None = None,
    now: int | None = None,
) -> list[Series]:
    """Read a folder of bar files.

    Parameters
    ----------
    path
        Folder of `{venue}_{symbol}_{interval}.csv`, `.csv.gz` or `.parquet` with the columns
        ts,open,high,low,close,volume; ts is UTC ms of the bar's start. Other files are left alone.
    symbols : sequence of str
        `SYMBOL` or `VENUE:SYMBOL`; empty for all.
    interval : str, optional
        Needed where the chosen files have several.
    start, end : int, optional
        UTC ms; only bars with `start <= ts_open < end`.
    now : int, optional
        UTC ms; the present by default. A bar that has not closed by then is refused.

    Returns
    -------
    list of Series
        In the order of `symbols`, else by file name. Prices are as recorded, with no split adjustment.

    Raises
    ------
    BadInputError
        If anything about the folder, a name or a row is wrong; it says where and what to do.
    """
    files = select(scan(Path(path)), symbols, interval)
    present = int(time.time() * 1000) if now is None else now
    kept = [one for file in files if (one := read_series(file, start, end, present)).bars]
    if not kept:
        raise BadInputError(f"no bars of {path} lie in the chosen time: widen FROM= and TO=")
    return kept


def load_bokeh(symbols: Sequence[str] = BOKEH_SYMBOLS, venue: str = "US") -> list[Series]:
    """Read the default bars, adjusted for splits and dividends.

    Prices are multiplied by adjusted close / close and rounded to 0.0001; volume is divided by the same factor and
    rounded to whole shares. Multiplying and rounding keep order, so a possible bar stays one.

    Raises
    ------
    BadInputError
        If a symbol is none of the sample's, or the package is not installed.
    """
    rows: dict[str, list[Bar]] = {symbol: [] for symbol in symbols}
    for row in csv.DictReader(io.StringIO(_bokeh_text())):
        if row["Ticker"] in rows:
            rows[row["Ticker"]].append(_adjusted(row))
    for symbol, bars in rows.items():
        if not bars:
            raise BadInputError(f"the sample has no {symbol}: it has {', '.join(BOKEH_SYMBOLS)}")
    tick = Decimal(1).scaleb(-_TICK_DECIMALS)
    return [
        Series(Instrument(instrument_id(symbol, venue), tick, Decimal(1)), Timeframe.D1, bars, "bokeh-sampledata")
        for symbol, bars in rows.items()
    ]


def pack_dataset(series: Iterable[Series]) -> dict[str, bytes]:
    """Pack series for the replay provider: object key → bytes."""
    return {dataset_key(one.instrument.id, one.timeframe): dataset(one).to_bytes() for one in series}


def _bokeh_text() -> str:
    try:
        packed = resources.files("bokeh_sampledata").joinpath("_data/stocks.csv.gz").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        raise BadInputError("the sample bars are absent: install bokeh-sampledata, or give BARS=DIR") from None
    return gzip.decompress(packed).decode()


def _adjusted(row: Mapping[str, str]) -> Bar:
    ts = int(datetime.fromisoformat(row["Date"]).replace(tzinfo=UTC).timestamp()) * 1000
    factor = float(row["Adj Close"]) / float(row["Close"])
    o, h, low, c = (round(float(row[name]) * factor, _TICK_DECIMALS) for name in ("Open", "High", "Low", "Close"))
    return Bar(ts, ts + DAY, o, h, low, c, float(round(float(row["Volume"]) / factor)))
