"""Kraken's public bars: `GET /0/public/OHLC`, parsed by hand, a few pairs side by side.

Source: https://docs.kraken.com/api-reference/market-data/get-ohlc-data. An answer has up to 720 rows; older ones
cannot be had, and the last row is always the interval that has not closed yet. Calls of OHLC are limited by IP address
and pair to about one a second (https://support.kraken.com/articles/206548367-what-are-the-api-rate-limits-), and
whoever insists is locked out for a quarter of an hour: so nobody here insists.
"""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tradewind.application.ports_market import Answer, Failure
from tradewind.domain.errors import PermanentError, TransientError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import MINUTE, Timeframe
from tradewind.domain.validation import RawBar, whole

ROWS = 720
"""The most rows of one answer."""

_SPELLING = {"BTC": "XBT", "DOGE": "XDG"}
_COLUMNS = 8
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_RATE_LIMITED = "RATE_LIMITED"
_LASTING = {"EQuery:Unknown asset pair": "UNKNOWN_PAIR", "EGeneral:Invalid arguments": "INVALID_ARGUMENTS"}
_BUSY = ("EAPI:Rate limit exceeded", "EGeneral:Too many requests", "EGeneral:Temporary lockout")


class UnavailableError(TransientError):
    """Kraken did not answer usefully now; `reason` is the short code."""

    def __init__(self, reason: str, detail: str, retry_after: float = 0.0) -> None:
        super().__init__(detail)
        self.reason = reason
        self.retry_after = retry_after


class RefusedError(PermanentError):
    """Kraken will never answer this; `reason` is the short code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class KrakenProvider:
    """Closed bars of Kraken.

    Attributes
    ----------
    pace : float
        Seconds from one request's start to the next one of the same pair.
    timeout : float
        Seconds that one request may take.
    budget : float
        Seconds that one call of `bars` may take; instruments not reached in it fail as OUT_OF_TIME.
    attempts : int
        Requests for one instrument, with full jitter between them.
    concurrency : int
        Instruments asked for side by side: a function pays for the time in which it waits.
    """

    base_url: str = "https://api.kraken.com"
    pace: float = 1.0
    timeout: float = 5.0
    budget: float = 40.0
    attempts: int = 3
    concurrency: int = 16
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    _clients: dict[str, httpx.Client] = field(default_factory=dict)

    def bars(self, instruments: Sequence[InstrumentId], timeframe: Timeframe, since_close: int, until: int) -> Answer:
        """Return every committed bar with `ts_close` in (since_close, until], as far back as Kraken has them."""
        self._client()  # once, before the workers would each make one
        call = _Call(self, timeframe, since_close, until)
        waiting = iter(instruments)
        helpers = [
            threading.Thread(target=call.work, args=(waiting,), daemon=True)
            for _ in range(min(self.concurrency, len(instruments)) - 1)
        ]
        for helper in helpers:
            helper.start()
        call.work(waiting)
        for helper in helpers:
            helper.join()
        return call.answer(instruments)

    def listed_since(self, instrument: InstrumentId, timeframe: Timeframe) -> int:  # noqa: ARG002 - the port's signature
        """Return 0: Kraken does not say."""
        return 0

    def ask(self, instrument: InstrumentId, timeframe: Timeframe, since_close: int) -> list[Any]:
        """Make one request.

        Raises
        ------
        UnavailableError, RefusedError
            As Kraken's answer asks for.
        """
        # `since` admits later rows only, so it is a second before the first one wanted
        query: dict[str, str | int] = {
            "pair": pair(instrument),
            "interval": timeframe.ms // MINUTE,
            "since": max(0, since_close // 1000 - 1),
        }
        try:
            response = self._client().get("/0/public/OHLC", params=query)
        except httpx.TimeoutException:
            raise UnavailableError("TIMEOUT", f"Kraken did not answer for {instrument} in {self.timeout} s") from None
        except httpx.HTTPError as error:
            detail = f"Kraken cannot be reached for {instrument}: {error or type(error).__name__}"
            raise UnavailableError("UNREACHABLE", detail) from None
        return _rows(instrument, response)

    def _client(self) -> httpx.Client:
        if "open" not in self._clients:
            headers = {"User-Agent": "tradewind"}
            self._clients["open"] = httpx.Client(base_url=self.base_url, timeout=self.timeout, headers=headers)
        return self._clients["open"]


@dataclass(slots=True)
class _Call:
    """One call of `bars`: what its workers share.

    Attributes
    ----------
    stopped : UnavailableError or None
        Kraken has said to stop; nobody asks any more.
    """

    provider: KrakenProvider
    timeframe: Timeframe
    since: int
    until: int
    stopped: UnavailableError | None = None
    _found: dict[InstrumentId, Sequence[RawBar] | Failure | Exception] = field(default_factory=dict)
    _end: float = 0.0

    def __post_init__(self) -> None:
        self._end = self.provider.monotonic() + self.provider.budget

    def work(self, waiting: Iterator[InstrumentId]) -> None:
        """Ask for one instrument after the other until none waits."""
        for instrument in waiting:
            try:
                self._found[instrument] = self._one(instrument)
            except Exception as error:  # noqa: BLE001 - it is raised where the answer is put together
                self._found[instrument] = error

    def _one(self, instrument: InstrumentId) -> Sequence[RawBar] | Failure:
        try:
            return _within(self._patiently(instrument), self.timeframe, self.since, self.until)
        except UnavailableError as error:
            self.stopped = error if error.reason == _RATE_LIMITED else self.stopped
            return Failure(error.reason, str(error))
        except RefusedError as error:
            return Failure(error.reason, str(error), lasting=True)

    def _patiently(self, instrument: InstrumentId) -> list[Any]:
        provider, turn = self.provider, self.provider.monotonic()
        for attempt in range(1, provider.attempts):
            self._wait(turn)
            turn = provider.monotonic() + provider.pace
            try:
                return provider.ask(instrument, self.timeframe, self.since)
            except UnavailableError as error:
                pause = max(error.retry_after, provider.jitter() * provider.pace * 2**attempt)
                turn = max(turn, provider.monotonic() + pause)
        self._wait(turn)
        return provider.ask(instrument, self.timeframe, self.since)

    def _wait(self, turn: float) -> None:
        """Wait until a pair's next request may start.

        Raises
        ------
        UnavailableError
            If it could not end within the budget, or Kraken has said to stop.
        """
        if self.stopped:
            raise UnavailableError(_RATE_LIMITED, f"not asked after: {self.stopped}")
        now = self.provider.monotonic()
        if max(now, turn) + self.provider.timeout > self._end:
            raise UnavailableError("OUT_OF_TIME", f"no time left in {self.provider.budget} s for another request")
        if turn > now:
            self.provider.sleep(turn - now)

    def answer(self, instruments: Sequence[InstrumentId]) -> Answer:
        """Put together what was found, in the order in which it was asked for."""
        rows: dict[InstrumentId, Sequence[RawBar]] = {}
        failures: dict[InstrumentId, Failure] = {}
        for name in instruments:
            match self._found[name]:
                case Exception() as error:
                    raise error
                case Failure() as failure:
                    failures[name] = failure
                case found:
                    rows[name] = found
        return Answer(rows, failures)


def pair(instrument: InstrumentId) -> str:
    """Spell an instrument as Kraken does: `BTC-USD.KRAKEN` is `XBTUSD`.

    Raises
    ------
    RefusedError
        If it is no pair.
    """
    base, dash, quote = instrument.rpartition(".")[0].partition("-")
    if not dash or not base or not quote:
        raise RefusedError("UNKNOWN_PAIR", f"{instrument} is no pair such as BTC-USD.KRAKEN")
    return _SPELLING.get(base, base) + _SPELLING.get(quote, quote)


def _rows(instrument: InstrumentId, response: httpx.Response) -> list[Any]:
    _check_status(instrument, response)
    try:
        payload = json.loads(response.content)
    except ValueError:
        raise UnavailableError("BAD_ANSWER", f"Kraken answered no JSON for {instrument}") from None
    if not isinstance(payload, Mapping):
        raise UnavailableError("BAD_ANSWER", f"Kraken answered no JSON object for {instrument}")
    _check_errors(instrument, payload.get("error"))
    result = payload.get("result")
    series = [value for key, value in result.items() if key != "last"] if isinstance(result, Mapping) else []
    if len(series) != 1 or not isinstance(series[0], list):
        raise UnavailableError("BAD_ANSWER", f"Kraken's answer for {instrument} has no rows of one pair")
    return series[0]


def _check_status(instrument: InstrumentId, response: httpx.Response) -> None:
    status = response.status_code
    detail = f"Kraken answered HTTP {status} for {instrument}"
    if status == _TOO_MANY_REQUESTS:
        raise UnavailableError(_RATE_LIMITED, detail, float(whole(response.headers.get("retry-after")) or 0))
    if status >= _SERVER_ERROR:
        raise UnavailableError("SERVER_ERROR", detail)
    if status != httpx.codes.OK:
        raise RefusedError(f"HTTP_{status}", detail)


def _check_errors(instrument: InstrumentId, errors: object) -> None:
    """Raise by the reaction that Kraken's error asks for; texts with W are warnings."""
    texts = [str(text) for text in errors] if isinstance(errors, list) else [f"E:error is {errors!r}"]
    for text in texts:
        if text.startswith("W"):
            continue
        detail = f"Kraken says {text} for {instrument}"
        for known, reason in _LASTING.items():
            if text.startswith(known):
                raise RefusedError(reason, detail)
        raise UnavailableError(_RATE_LIMITED if text.startswith(_BUSY) else "SERVICE_ERROR", detail)


def _within(rows: Sequence[Any], timeframe: Timeframe, since_close: int, until: int) -> list[RawBar]:
    """Return the rows asked for; unreadable ones stay, so that they are refused on record."""
    ms = timeframe.ms
    bars = map(_raw, rows[:-1])  # the last row is the open interval, whatever its time says
    return [bar for bar in bars if not isinstance(bar.ts_open, int) or since_close < bar.ts_open + ms <= until]


def _raw(row: Any) -> RawBar:
    """Read `[time in s, open, high, low, close, vwap, volume, count]`."""
    if not isinstance(row, list) or len(row) != _COLUMNS:
        return RawBar(None, None, None, None, None, None)
    seconds = whole(row[0])
    ts = row[0] if seconds is None else seconds * 1000
    return RawBar(ts, row[1], row[2], row[3], row[4], row[6])
