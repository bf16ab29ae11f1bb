"""Asking a real provider for everything that it offers, once."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tradewind.adapters.market.registry import build
from tradewind.application.ports_market import MarketDataProvider, NotOfferedError
from tradewind.cli.errors import CommandError
from tradewind.domain.errors import TradewindError
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import validate

_COMMON = {
    "kraken": "BTC-USD",
    "binance": "BTC-USDT",
    "bybit": "BTC-USDT",
    "coinbase": "BTC-USD",
    "coingecko": "BITCOIN-USD",
    "alpaca": "AAPL",
    "polygon": "AAPL",
    "finnhub": "AAPL",
    "alpha_vantage": "AAPL",
}
_BACK = 10
_DEPTH = 5


class Probe(NamedTuple):
    """What came of one question; `took` is in ms."""

    instrument: str
    asked: str
    outcome: str
    took: int
    detail: str


def probe(name: str, environ: Mapping[str, str], symbol: str | None, url: str | None) -> list[Probe]:
    """Ask for the time, bars, a quote, the instruments and a book.

    Raises
    ------
    BadInputError
        If there is no such provider, its credentials are missing, or it is asked at no other address.
    """
    provider = build(name, environ, **({"base_url": url} if url else {}))
    _ = provider.facts  # whether ccxt knows an exchange shows here, and need not be told five times
    asked = symbol or _COMMON.get(name, "BTC-USDT")
    return list(_Probing(provider, instrument_id(asked, "CHECK"))())


@dataclass(frozen=True, slots=True)
class _Probing:
    provider: MarketDataProvider
    name: InstrumentId

    def __call__(self) -> Iterator[Probe]:
        yield self._one("time", self._time)
        yield self._one("bars", self._bars)
        yield self._one("quotes", self._quotes)
        yield self._one("instruments", self._instruments)
        yield self._one("book", self._book)

    def _one(self, asked: str, ask: Callable[[], str]) -> Probe:
        start = time.perf_counter()
        try:
            outcome, detail = "ok", ask()
        except NotOfferedError as error:
            outcome, detail = "not offered", str(error)
        except TradewindError as error:
            outcome, detail = "failed", str(error)
        return Probe(self.name.rpartition(".")[0], asked, outcome, round((time.perf_counter() - start) * 1000), detail)

    def _time(self) -> str:
        there, here = self.provider.server_time(), time.time() * 1000
        return f"its clock is {(there - here) / 1000:+.1f} s from ours"

    def _bars(self) -> str:
        frame, now = self._frame(), int(time.time() * 1000)
        since = now // frame.ms * frame.ms - _BACK * frame.ms
        answer = self.provider.bars([self.name], frame, since, now)
        if answer.failures:
            raise CommandError(answer.failures[self.name].detail)
        bars, refused = validate(answer.rows[self.name], self.name, frame, since, now)
        latest = f", the latest closed at {bars[-1].close:g}" if bars else ""
        return f"{len(bars)} of the latest {_BACK} bars of {frame}, {len(refused)} refused{latest}"

    def _frame(self) -> Timeframe:
        """Return days for stocks, whose minutes are not there at night; otherwise the shortest bars it has."""
        frames = self.provider.facts.timeframes
        is_stock = "-" not in self.name
        return Timeframe.D1 if is_stock and Timeframe.D1 in frames else frames[0]

    def _quotes(self) -> str:
        found = self.provider.quotes([self.name])
        if found.failures:
            raise CommandError(found.failures[self.name].detail)
        quote = found.quotes[self.name]
        return f"bid {quote.bid or '–'}, ask {quote.ask or '–'}, last {quote.last or '–'}"

    def _instruments(self) -> str:
        listed = self.provider.instruments("CHECK")
        own = next((one for one in listed if one.id == self.name), None)
        rules = f"{own.symbol}: tick {own.tick}, lot {own.lot}, {own.status}" if own else "this one is not among them"
        return f"{len(listed):,} instruments; {rules}"

    def _book(self) -> str:
        book = self.provider.book(self.name, _DEPTH)
        sides = (("bids", book.bids), ("asks", book.asks))
        return ", ".join(f"{len(side)} {name} from {side[0].price}" if side else f"no {name}" for name, side in sides)
