"""Names of bar files: which instrument a file is about, what it is quoted in, and its smallest quantity."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.timeframe import Timeframe

PATTERN = "{venue}_{symbol}_{interval}.csv, .csv.gz, .parquet or .feather"
SUFFIXES = (".csv", ".csv.gz", ".parquet", ".feather")

DOLLARS = ("USDT", "USDC", "BUSD", "USD")
"""Quote currencies that count as US dollars, longest first where one ends with another."""

_OTHER_QUOTES = tuple(
    "FDUSD DAI EUR GBP JPY CHF CAD AUD NZD SEK NOK DKK PLN CZK HUF TRY BRL MXN ZAR INR KRW CNY HKD SGD RUB UAH NGN ARS "  # noqa: SIM905 - a table reads better as one text
    "IDR BTC XBT ETH BNB SOL".split()
)
_STOCK_VENUES = frozenset({"us", "bokeh", "nyse", "nasdaq", "arca", "amex", "bats", "iex", "alpaca"})
_PAIR_VENUES = frozenset(
    "fx binance binanceus bybit bitstamp coinbase kraken okx bitfinex bittrex gemini kucoin huobi htx gateio gate mexc "  # noqa: SIM905
    "bitget cryptocom poloniex deribit ftx upbit hyperliquid".split()
)
_BUSD_VENUES = frozenset({"binance", "binanceus", "ftx", "kucoin", "gateio", "gate", "mexc", "bitmart"})
"""Where pairs were quoted in BUSD: elsewhere `XYZBUSD` is XYZB in USD."""

_FAMILIAR = frozenset({"BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "LTC", "DOT", "LINK", "AVAX", "TRX", "BCH", "MATIC"})
"""Coins that are known well enough to read `BTCBUSD` as BTC in BUSD wherever it was traded."""

_COINS_ENDING_IN_B = frozenset({"BNB", "SHIB", "ARB", "TRB", "CKB", "KUB"})
"""`SHIBUSD` is SHIB in USD and no coin named SHI in BUSD, even there."""

_NAME = re.compile(r"(?P<venue>[A-Za-z0-9]+)_(?P<symbol>[A-Za-z0-9][A-Za-z0-9._-]*)_(?P<interval>\d+[A-Za-z]+)")
_LONGEST_TICKER = 5

_SHARE, _COIN, _CENT = Decimal(1), Decimal("0.00000001"), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class BarFile:
    """One file by its name.

    Attributes
    ----------
    symbol : str
        As the file spells it, upper case: `BTCUSDT`.
    interval : str
        As the file spells it; it may be one that Tradewind does not trade.
    """

    path: Path
    venue: str
    symbol: str
    interval: str

    @property
    def label(self) -> str:
        """Spell the file as `SYMBOLS=` takes it."""
        return f"{self.venue}:{self.symbol}"

    @property
    def timeframe(self) -> Timeframe:
        """The interval as a timeframe.

        Raises
        ------
        BadInputError
            If Tradewind has no such timeframe.
        """
        try:
            return Timeframe.parse(self.interval)
        except BadInputError as error:
            raise BadInputError(f"{self.path.name}: {error}") from None

    @property
    def has_sessions(self) -> bool:
        """Whether the market closes, so that a pause between bars is no hole: stocks, and currencies on `fx`."""
        return self.venue in _STOCK_VENUES or self.venue == "fx"

    def instrument(self) -> tuple[InstrumentId, Decimal]:
        """Return the instrument and its lot: 1 share, 1e-8 coin, or 0.01 of a currency on venue `fx`.

        A venue known for stocks has stocks, quoted in USD. Elsewhere `BASE-PERP` is a perpetual quoted in USD and
        keeps its name; what ends in dollars is a pair; so is what is longer than a ticker or comes from a venue
        known for pairs; the rest are stocks.

        Raises
        ------
        BadInputError
            If the quote currency is not the US dollar (USD, USDT, USDC, BUSD), or is unknown.
        """
        if self.venue in _STOCK_VENUES:
            return instrument_id(self.symbol, self.venue), _SHARE
        if self.symbol.endswith("-PERP"):
            return instrument_id(self.symbol, self.venue), _COIN
        base, quote = _parts(self.symbol, busd=self.venue in _BUSD_VENUES)
        if quote in DOLLARS:
            return instrument_id(f"{base}-USD", self.venue), _CENT if self.venue == "fx" else _COIN
        if self.venue in _PAIR_VENUES or len(self.symbol) > _LONGEST_TICKER:
            raise BadInputError(self._not_dollars(quote))
        return instrument_id(self.symbol, self.venue), _SHARE

    def _not_dollars(self, quote: str) -> str:
        what = f"is quoted in {quote}" if quote else "has a quote currency that is unknown here"
        return (
            f"{self.path.name}: {self.symbol} {what}; accounts are in US dollars, so take files quoted in "
            f"{', '.join(DOLLARS)} (choose them with SYMBOLS=)"
        )


def _parts(symbol: str, *, busd: bool) -> tuple[str, str]:
    """Part a pair into base and quote; the quote is empty where no known one is found.

    Parameters
    ----------
    busd : bool
        Whether pairs are quoted in BUSD there.
    """
    base, separator, quote = symbol.rpartition("-")
    if separator:
        return base, quote if quote in (*DOLLARS, *_OTHER_QUOTES) else ""
    coin = symbol.removesuffix("USD")
    if coin in _COINS_ENDING_IN_B or (symbol.endswith("BUSD") and not busd and coin[:-1] not in _FAMILIAR):
        return coin, "USD"
    for known in (*_OTHER_QUOTES, *DOLLARS):
        if symbol.endswith(known) and len(symbol) > len(known):
            return symbol.removesuffix(known), known
    return symbol, ""


def name(path: Path) -> BarFile | None:
    """Read a file's name, in whichever case its suffix is written; None where it does not follow the pattern."""
    lower = path.name.lower()
    stem = next((path.name[: -len(suffix)] for suffix in reversed(SUFFIXES) if lower.endswith(suffix)), "")
    match = _NAME.fullmatch(stem)
    if match is None:
        return None
    return BarFile(path, match["venue"].lower(), match["symbol"].upper(), match["interval"])


def scan(folder: Path) -> list[BarFile]:
    """Return a folder's bar files, sorted by name.

    Raises
    ------
    BadInputError
        If it is no folder, has no bar files, or has a data file whose name does not say what it is.
    """
    if not folder.is_dir():
        raise BadInputError(f"{folder} is not a folder: BARS= wants one with files {PATTERN}")
    files: list[BarFile] = []
    for path in sorted(folder.iterdir()):
        if not path.name.lower().endswith(SUFFIXES):
            continue
        file = name(path)
        if file is None:
            raise BadInputError(f"{path}: a bar file is named {PATTERN}; rename it or move it out of the folder")
        files.append(file)
    if not files:
        raise BadInputError(f"{folder} has no bar files: put files {PATTERN} there")
    return files


def select(files: Sequence[BarFile], symbols: Sequence[str], interval: str | None) -> list[BarFile]:
    """Choose files by symbol and interval.

    Parameters
    ----------
    symbols : sequence of str
        `SYMBOL` or `VENUE:SYMBOL`, either case, the symbol as in the file's name or as the instrument's
        (`BTCUSDT` or `BTC-USD`); empty for all.
    interval : str, optional
        Without one, the folder's only interval.

    Raises
    ------
    BadInputError
        If a symbol is unknown or ambiguous, or the interval is.
    """
    if interval is not None:
        files = [file for file in files if file.interval == Timeframe.parse(interval)] or _no_interval(files, interval)
    wanted = list(dict.fromkeys(file for symbol in symbols for file in _matching(files, symbol))) if symbols else files
    intervals = sorted({file.interval for file in wanted})
    if len(intervals) > 1:
        raise BadInputError(f"the files have several intervals: choose one with INTERVAL={' or '.join(intervals)}")
    return _distinct(wanted)


def _no_interval(files: Sequence[BarFile], interval: str) -> list[BarFile]:
    present = ", ".join(sorted({file.interval for file in files}))
    raise BadInputError(f"there is no {interval} file in the folder; it has {present}")


def _matching(files: Sequence[BarFile], wanted: str) -> list[BarFile]:
    found = [file for file in files if is_meant(file, wanted)]
    labels = sorted({file.label for file in found})
    if not found:
        known = ", ".join(sorted({file.label for file in files}))
        raise BadInputError(f"no file for {wanted}: the folder has {known}")
    if len(labels) > 1:
        raise BadInputError(f"{wanted} is ambiguous: say which of {', '.join(labels)}")
    return found


def is_meant(file: BarFile, wanted: str) -> bool:
    """Tell whether `SYMBOL` or `VENUE:SYMBOL` means this file."""
    venue, _, symbol = wanted.strip().rpartition(":")
    return _is_called(file, symbol.upper()) and (not venue or file.venue == venue.lower())


def _is_called(file: BarFile, symbol: str) -> bool:
    if file.symbol == symbol:
        return True
    try:
        return file.instrument()[0].rpartition(".")[0] == symbol
    except BadInputError:
        return False


def _distinct(files: Sequence[BarFile]) -> list[BarFile]:
    """Return the files if no two are about the same instrument."""
    seen: dict[InstrumentId, BarFile] = {}
    for file in files:
        instrument = file.instrument()[0]
        other = seen.setdefault(instrument, file)
        if other is not file:
            raise BadInputError(
                f"{other.path.name} and {file.path.name} are both {instrument} at {file.interval}: keep one of them, "
                "or choose it with SYMBOLS="
            )
    return list(files)
