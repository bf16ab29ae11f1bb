"""The line to a venue: one HTTP client, and patience within a budget.

Retries wait with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)
and never beyond the budget; a venue that says "too many requests" is not asked again by anybody in that call, unless
it says how long to wait and that fits.
"""

import logging
import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar
from urllib.parse import urlencode

import httpx

from tradewind.adapters.market.reply import FOREVER, RATE_LIMITED, RefusedError, Reply, UnavailableError, checked
from tradewind.adapters.market.shape import ShapeError
from tradewind.application.ports_market import ProviderFacts
from tradewind.domain.known_secrets import without

_WHOLE = 4
_HEADERS = {"User-Agent": "tradewind", "Accept-Encoding": "gzip"}
"""Each byte counts: every request of a month carries them."""


@cache
def _trust() -> ssl.SSLContext:
    """Read the certificates once for all clients."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log whole URLs, and a URL may hold a key
    return httpx.create_ssl_context()


type Query = Mapping[str, str | int | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Line:
    """How a venue is reached, and with how much patience.

    Attributes
    ----------
    pace : float
        Seconds from one request's start to the next one of the same unit.
    timeout : float
        Seconds that a venue may be silent; its whole answer may take four times as long.
    budget : float
        Seconds that one call may take in all; what is not reached in it fails as OUT_OF_TIME.
    attempts : int
        Tries for one request, with full jitter between them.
    concurrency : int
        Units asked for side by side: a function pays for the time in which it waits.
    limiter : callable
        Says how many seconds to wait before another request may start: where many functions share one limit.
    """

    base_url: str = ""
    pace: float = 0.0
    timeout: float = 5.0
    budget: float = 40.0
    attempts: int = 3
    concurrency: int = 16
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    limiter: Callable[[], float] = float
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    _clients: list[httpx.Client] = field(default_factory=list, repr=False)

    facts: ClassVar[ProviderFacts]
    refusals: ClassVar[Mapping[str, str]] = {}
    """Reason by a part of what the venue says when it refuses for good."""

    def headers(self) -> dict[str, str]:
        """Return what every request carries; a venue with keys adds them here."""
        return {}

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Lend a client, which keeps its connection, to one request at a time.

        One client of many connections would look each of them over for every request: a fifth of the CPU time of
        fetching ninety instruments.
        """
        client = self._clients.pop() if self._clients else httpx.Client(verify=_trust())
        try:
            yield client
        finally:
            self._clients.append(client)

    def request(self, path: str, query: Query, subject: str) -> Reply:
        """Make one request.

        Raises
        ------
        UnavailableError, RefusedError
            As the venue's answer asks for.
        """
        title = self.facts.title
        try:
            response, content = self._get(path, query)
        except httpx.TimeoutException:
            raise UnavailableError("TIMEOUT", f"{title} did not answer for {subject} in {self.timeout} s") from None
        except httpx.HTTPError as error:
            detail = f"{title} cannot be reached for {subject}: {error or type(error).__name__}"
            raise UnavailableError("UNREACHABLE", detail) from None
        by_address = self.facts.scope == "address"
        return checked(title, subject, response, content, self.refusals, by_address=by_address)

    def _get(self, path: str, query: Query) -> tuple[httpx.Response, bytes]:
        """Return the answer and its body, unless it comes by drops: each in time, and all of them never."""
        end = self.monotonic() + _WHOLE * self.timeout
        parts = []
        with self.client() as client, closing(client.send(self._asked(path, query), stream=True)) as response:
            for part in response.iter_bytes():
                parts.append(part)
                if self.monotonic() > end:
                    raise httpx.ReadTimeout(f"still not whole after {_WHOLE * self.timeout} s")
        return response, b"".join(parts)

    def _asked(self, path: str, query: Query) -> httpx.Request:
        """Return the request, its address read once: the client would merge it from parts and read it three times."""
        address = path if path.startswith("http") else self.base_url + path
        url = httpx.URL(f"{address}?{urlencode(query, doseq=True)}" if query else address)
        extensions = {"timeout": httpx.Timeout(self.timeout).as_dict()}
        return httpx.Request("GET", url, headers=_HEADERS | self.headers(), extensions=extensions)

    def ask_once[T](self, path: str, query: Query, subject: str, read: Callable[[Reply], T]) -> T:
        """Ask for one thing that is no instrument's alone, with the same patience.

        Raises
        ------
        UnavailableError, RefusedError
            As the venue's last answer asks for.
        """
        return self.conversation(subject)(path, query, read)

    def conversation(self, subject: str) -> "Ask":
        """Return requests that share one budget, for what comes in pages."""
        return Ask(Call(self), subject)


@dataclass(slots=True)
class Call:
    """One call of a provider: what its workers share.

    Attributes
    ----------
    stopped : UnavailableError or None
        The venue has said to stop; nobody asks any more.
    held_until : float
        The venue has told one of us how long to wait: so long all wait.
    """

    line: Line
    stopped: UnavailableError | None = None
    held_until: float = 0.0
    end: float = 0.0

    def __post_init__(self) -> None:
        self.end = self.line.monotonic() + self.line.budget

    def allows(self, start: float) -> bool:
        """Say whether a request that starts then could end within the budget."""
        return start + self.line.timeout <= self.end


class Ask:
    """The requests for one unit, one after the other."""

    def __init__(self, call: Call, subject: str) -> None:
        self._call = call
        self._line = call.line
        self._turn = call.line.monotonic()
        self.subject = subject
        self.date = FOREVER

    def __call__[T](self, path: str, query: Query, read: Callable[[Reply], T]) -> T:
        """Ask until an answer can be read, as often and as long as the line allows.

        Raises
        ------
        UnavailableError, RefusedError
            As the last answer asks for.
        """
        line = self._line
        for attempt in range(1, line.attempts):
            try:
                return self._try(path, query, read)
            except UnavailableError as error:
                self._put_off(error, attempt)
                if not self._call.allows(self._turn):
                    raise  # what went wrong tells more than that no time is left to try again
        return self._try(path, query, read)

    def _put_off(self, error: UnavailableError, attempt: int) -> None:
        line, call = self._line, self._call
        now = line.monotonic()
        if error.reason == RATE_LIMITED:
            call.held_until = max(call.held_until, now + error.retry_after)
        pause = max(error.retry_after, line.jitter() * (line.pace or 1.0) * 2**attempt)
        self._turn = max(self._turn, now + pause)

    def _try[T](self, path: str, query: Query, read: Callable[[Reply], T]) -> T:
        self._wait()
        self._turn = self._line.monotonic() + self._line.pace
        try:
            return self._read(self._line.request(path, query, self.subject), read)
        except (UnavailableError, RefusedError) as error:
            # A venue may repeat the key that it was given.
            error.args = (without(str(error), self._line.keys.values()),)
            raise

    def _read[T](self, reply: Reply, read: Callable[[Reply], T]) -> T:
        self.date = reply.date
        try:
            return read(reply)
        except ShapeError as error:
            detail = f"{reply.venue} answered for {self.subject} in a shape that nobody knows: {error}"
            raise UnavailableError("BAD_ANSWER", detail) from None

    def _wait(self) -> None:
        """Wait until the next request may start: for this unit's turn, then for a slot of the rate that all share.

        Raises
        ------
        UnavailableError
            If it could not end within the budget, or the venue has said to stop.
        """
        call, line = self._call, self._line
        if call.stopped:
            raise UnavailableError(RATE_LIMITED, f"not asked after: {call.stopped}")
        if not call.allows(call.held_until):
            raise UnavailableError(RATE_LIMITED, f"{line.facts.title} asked for more patience than there is time")
        self._pause(max(self._turn, call.held_until) - line.monotonic())
        self._pause(line.limiter())

    def _pause(self, seconds: float) -> None:
        line = self._line
        if not self._call.allows(line.monotonic() + max(0.0, seconds)):
            raise UnavailableError("OUT_OF_TIME", f"no time left in {line.budget} s for another request")
        if seconds > 0:
            line.sleep(seconds)
