"""Any other exchange, through the library ccxt (https://docs.ccxt.com): `ccxt:bitstamp`.

It weighs more than all other layers together, so it has a layer of its own, and nothing else here imports it. The
library is told to keep numbers as the exchange's text. What it has read has lost its exchange's shape: so nothing here
is verified by recordings.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any

from tradewind.adapters.market.provider import Span, parted
from tradewind.adapters.market.reply import RATE_LIMITED, RefusedError, UnavailableError
from tradewind.application.ports_market import Answer, Failure, NotOfferedError, Offer, ProviderFacts, Quotes
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId, instrument_id
from tradewind.domain.market import BookLevel, Listing, ListingStatus, OrderBook, Quote
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import RawBar

FACTS = ProviderFacts(
    name="ccxt",
    title="ccxt",
    offers=frozenset(Offer),
    timeframes=tuple(Timeframe),
    requests=1,
    seconds=1,
    scope="address",
    rows=500,
    history="the exchange's own",
    opens=True,
    bulk_quotes=False,
    spelling="BTC-USD is BTC/USD",
    terms="the exchange's own",
    documentation="https://docs.ccxt.com",
    verified=False,
)

_REFUSED = {
    "BadSymbol": "UNKNOWN_PAIR",
    "BadRequest": "INVALID_ARGUMENTS",
    "AuthenticationError": "NOT_IN_PLAN",
    "NotSupported": "INTERVAL_NOT_OFFERED",
}
"""Reason by ccxt's error."""

_TICK_SIZE = 4
"""ccxt's precision mode in which a precision is a step and no count of digits."""


@dataclass(frozen=True, slots=True)
class CcxtProvider:
    """One exchange of ccxt.

    Attributes
    ----------
    options : mapping
        What ccxt's exchange is made with.
    limiter : callable
        Says how many seconds to wait before another request may start.
    budget : float
        Seconds that one call may take in all; what is not reached in it fails as OUT_OF_TIME.
    """

    exchange: str
    options: Mapping[str, Any] = field(default_factory=dict)
    limiter: Callable[[], float] = float
    budget: float = 40.0
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _made: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def facts(self) -> ProviderFacts:
        """What ccxt knows of the exchange."""
        venue = self._venue()
        every = max(1, round(1000 / float(venue.rateLimit)))
        frames = tuple(frame for frame in Timeframe if frame in (venue.timeframes or {}))
        return replace(
            FACTS, name=f"ccxt:{self.exchange}", title=f"{venue.name} (ccxt)", requests=every, timeframes=frames
        )

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        """Return every closed bar with `ts_close` in (since_close, until], page by page."""
        span = Span(timeframe, since_close, until)
        return Answer(*self._each(instruments, lambda name: span.within(self._pages(name, span))))

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:  # noqa: ARG002 - the port's signature
        """Return 0: ccxt does not say."""
        return 0

    def quotes(self, instruments: Sequence[InstrumentId]) -> Quotes:
        """Return the latest quotes, one by one."""

        def quote(name: InstrumentId) -> Quote:
            return self._ask(name, "fetch_ticker", _pair(name), read=partial(_quote, name))

        return Quotes(*self._each(instruments, quote))

    def instruments(self, venue: str) -> Sequence[Listing]:
        """Return every spot pair."""
        mode = self._venue().precisionMode

        def read(markets: Any) -> list[Listing]:
            return [_listing(one, venue, mode) for one in markets if one.get("spot")]

        return self._ask("its pairs", "fetch_markets", read=read)

    def book(self, instrument: InstrumentId, depth: int) -> OrderBook:
        """Return the order book."""
        return self._ask(instrument, "fetch_order_book", _pair(instrument), depth, read=partial(_book, instrument))

    def server_time(self) -> int:
        """Return its time.

        Raises
        ------
        NotOfferedError
            If the exchange does not say.
        """
        if not self._venue().has.get("fetchTime"):
            raise NotOfferedError(f"{self.exchange} does not say what time it has")
        return self._ask("the time", "fetch_time", read=int)

    def _each[T](
        self, names: Sequence[InstrumentId], work: Callable[[InstrumentId], T]
    ) -> tuple[dict[InstrumentId, T], dict[InstrumentId, Failure]]:
        """Ask for one after the other while there is time and nobody has said to stop; each failure is its own."""
        found: dict[InstrumentId, T] = {}
        failures: dict[InstrumentId, Failure] = {}
        end, stop = self.monotonic() + self.budget, None
        for name in names:
            stop = stop or self._late(end)
            try:
                if stop:
                    raise stop
                found[name] = work(name)
            except UnavailableError as error:
                failures[name] = Failure(error.reason, str(error))
                stop = error if error.reason == RATE_LIMITED else None
            except RefusedError as error:
                failures[name] = Failure(error.reason, str(error), lasting=True)
        return found, failures

    def _late(self, end: float) -> UnavailableError | None:
        late = self.monotonic() > end
        return UnavailableError("OUT_OF_TIME", f"{self.exchange}: no time left in {self.budget} s") if late else None

    def _pages(self, name: InstrumentId, span: Span) -> list[RawBar]:
        rows: list[RawBar] = []
        start = span.first_open
        while start <= span.last_open:
            asked = (_pair(name), str(span.timeframe), start, FACTS.rows)
            page = self._ask(name, "fetch_ohlcv", *asked, read=_rows)
            later = [row for row in page if int(str(row.ts_open)) >= start]
            if not later:
                break
            rows += later
            start = int(str(later[-1].ts_open)) + 1
        return rows

    def _ask[T](self, subject: str, method: str, *arguments: Any, read: Callable[[Any], T]) -> T:
        """Call ccxt and read what it returns.

        Raises
        ------
        UnavailableError, RefusedError
            As its error asks for; whatever else goes wrong in it is an answer that it cannot read.
        """
        import ccxt  # noqa: PLC0415 - heavy

        call = getattr(self._venue(), method)
        self._wait(subject)
        try:
            return read(call(*arguments))
        except (ccxt.RateLimitExceeded, ccxt.DDoSProtection) as error:
            raise UnavailableError(RATE_LIMITED, f"{self.exchange}, {subject}: {error}") from None
        except (ccxt.BadSymbol, ccxt.BadRequest, ccxt.AuthenticationError, ccxt.NotSupported) as error:
            reason = next(_REFUSED[one.__name__] for one in type(error).__mro__ if one.__name__ in _REFUSED)
            raise RefusedError(reason, f"{self.exchange}, {subject}: {error}") from None
        except ccxt.BaseError as error:
            detail = f"{self.exchange}, {subject}: {type(error).__name__}, {error}"
            raise UnavailableError("UNREACHABLE", detail) from None
        except Exception as error:  # a hundred exchanges read by others: what is amiss in one answer is that answer's
            detail = f"{self.exchange}, {subject}: ccxt cannot read the answer ({type(error).__name__}: {error})"
            raise UnavailableError("BAD_ANSWER", detail) from error

    def _wait(self, subject: str) -> None:
        wait = self.limiter()
        if wait > self.budget:
            raise UnavailableError(
                "OUT_OF_TIME", f"{self.exchange}, {subject}: no request is allowed in {self.budget} s"
            )
        if wait > 0:
            self.sleep(wait)

    def _venue(self) -> Any:
        if "venue" not in self._made:
            self._made["venue"] = _open(self.exchange, self.options)
        return self._made["venue"]


def _open(exchange: str, options: Mapping[str, Any]) -> Any:
    try:
        import ccxt  # noqa: PLC0415 - heavy
    except ModuleNotFoundError:
        raise BadInputError("the library ccxt is not here: install the extra `ccxt`, or deploy its layer") from None
    if exchange not in ccxt.exchanges:
        raise BadInputError(f"ccxt knows no exchange {exchange!r}: see https://docs.ccxt.com")
    made = getattr(ccxt, exchange)({"enableRateLimit": True, **options})
    made.number = str
    return made


def _pair(instrument: InstrumentId) -> str:
    return "/".join(parted(instrument))


def _rows(page: Any) -> list[RawBar]:
    return [RawBar(int(row[0]), *row[1:6]) for row in page]


def _book(name: InstrumentId, found: Mapping[str, Any]) -> OrderBook:
    bids, asks = (tuple(BookLevel(_decimal(p), _decimal(q)) for p, q, *_ in found[side]) for side in ("bids", "asks"))
    return OrderBook(name, int(found["timestamp"] or 0), bids, asks)


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))


def _maybe(value: object) -> Decimal | None:
    return None if value is None else _decimal(value) or None


def _quote(name: InstrumentId, ticker: Mapping[str, Any]) -> Quote:
    bid, ask, last, volume, turnover = (
        _maybe(ticker.get(key)) for key in ("bid", "ask", "last", "baseVolume", "quoteVolume")
    )
    return Quote(name, int(ticker.get("timestamp") or 0), bid, ask, last, volume, turnover)


def _listing(market: Mapping[str, Any], venue: str, mode: int) -> Listing:
    limits, precision = market.get("limits") or {}, market.get("precision") or {}

    def step(which: str) -> Decimal | None:
        value = _maybe(precision.get(which))
        return value if value is None or mode == _TICK_SIZE else Decimal(1).scaleb(-int(value))

    def least(which: str) -> Decimal:
        return _maybe((limits.get(which) or {}).get("min")) or Decimal(0)

    base, quote = str(market["base"]), str(market["quote"])
    status = ListingStatus.HALTED if market.get("active") is False else ListingStatus.TRADING
    return Listing(
        instrument_id(f"{base}-{quote}", venue),
        str(market["id"]),
        base,
        quote,
        step("price"),
        step("amount"),
        least("cost"),
        least("amount"),
        status,
    )
