"""A venue on a real socket: routes, its limit, and whatever can go wrong between it and us.

A venue is made of sides. Its public side shows the market; a private one (accounts and orders) is another `Side` with
routes of its own on the same server.
"""

import json
import re
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qs, urlsplit

from tests.venues.faults import Fault
from tests.venues.market import Market


@dataclass(frozen=True)
class Request:
    """What a client asked; `query` has the first value of each parameter, `values` all of them, `raw` the text."""

    method: str
    path: str
    query: Mapping[str, str]
    values: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes = b""
    raw: str = ""

    def number(self, name: str, default: int) -> int:
        return int(self.query.get(name) or default)


@dataclass(frozen=True)
class Reply:
    """What it is answered; `promised` is a length that the body may fall short of, `drip` what it pauses within."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None
    drip: float = 0.0


def ok(body: Any, status: int = 200, **headers: str) -> Reply:
    """Answer in JSON."""
    return Reply(
        status,
        json.dumps(body, separators=(",", ":")).encode(),
        {"Content-Type": "application/json; charset=utf-8", **headers},
    )


type Handler = Callable[[Request, re.Match[str]], Reply]


class Side(Protocol):
    """Part of a venue's interface: the public one, or one with accounts."""

    def routes(self) -> Mapping[str, Handler]:
        """Return handlers by regular expression over `METHOD /path`."""


@dataclass
class Limit:
    """So many requests in so many seconds by the venue's clock; a bucket that fills steadily."""

    requests: int
    seconds: float
    tokens: float = -1.0
    at: int = 0
    refused: int = 0

    def take(self, now: int) -> float:
        """Return 0 and count the request, or the seconds until one is allowed."""
        if self.tokens < 0:
            self.tokens, self.at = float(self.requests), now
        rate = self.requests / self.seconds
        self.tokens, self.at = min(self.requests, self.tokens + (now - self.at) / 1000 * rate), now
        if self.tokens < 1:
            self.refused += 1
            return (1 - self.tokens) / rate
        self.tokens -= 1
        return 0.0


class Venue(ABC):
    """One venue: subclasses say what it answers; a test says what goes wrong."""

    name: ClassVar[str] = ""

    def __init__(self, market: Market, limit: Limit | None = None) -> None:
        self.market = market
        self.limit = limit
        self.faults: deque[Fault] = deque()
        self.latency: Callable[[], float] = float
        self.trouble: Callable[[], Fault | None] = lambda: None
        self.requests: list[Request] = []
        self.url = ""
        self.sides: list[Side] = [self]
        self.delayed: list[tuple[int, Request]] = []
        self.repeats = False
        self._lock = threading.Lock()

    @abstractmethod
    def routes(self) -> Mapping[str, Handler]:
        """Return the public side's handlers."""

    def too_many(self, seconds: float) -> Reply:
        """Answer whoever asks too often."""
        return ok({"message": "too many requests"}, 429, **{"Retry-After": str(int(seconds) + 1)})

    def down(self) -> Reply:
        """Answer while the venue is looked after."""
        return Reply(503, b"<html>maintenance</html>", {"Content-Type": "text/html"})

    def unknown(self, request: Request) -> Reply:
        """Answer to a path that there is not."""
        return ok({"message": f"no such path {request.path}"}, 404)

    def asked(self, part: str) -> list[Request]:
        """Return the requests whose path has this part."""
        return [request for request in self.requests if part in request.path]

    def answer(self, request: Request) -> Reply | None:
        """Return the answer; None to hang up."""
        if request.path.startswith("/-/"):
            return self._routed(request)
        with self._lock:
            self.requests.append(request)
            fault = self._fault(request)
            wait = self.limit.take(self.market.clock()) if self.limit else 0.0
            pause = self.latency()
        if pause:
            threading.Event().wait(pause)
        self._arrive()
        if fault and fault.kind == "late":
            self.delayed.append((self.market.clock() + int(fault.seconds * 1000), request))
            return None
        if fault and fault.kind == "hang_up":
            return None
        if fault and fault.kind == "status":
            kind = "application/json" if fault.body[:1] in (b"{", b"[") else "text/html"
            return Reply(fault.status, fault.body, {"Content-Type": kind, **fault.headers})
        if fault and fault.kind == "maintenance":
            return self.down()
        if fault and fault.kind == "slow":
            threading.Event().wait(fault.seconds)
        reply = self.too_many(wait) if wait else self._routed(request)
        if fault and fault.kind == "twice":
            self._repeat(request)
        if fault and fault.kind == "lost":
            return None
        if fault and fault.kind == "truncated":
            return Reply(reply.status, reply.body[: len(reply.body) // 2], reply.headers, promised=len(reply.body))
        return replace(reply, drip=fault.seconds) if fault and fault.kind == "trickle" else reply

    def _arrive(self) -> None:
        """Take what was held up on its way and is due now; nobody waits for its answer any more."""
        with self._lock:
            due = [one for at, one in self.delayed if at <= self.market.clock()]
            self.delayed = [(at, one) for at, one in self.delayed if at > self.market.clock()]
        for request in due:
            self._routed(request)

    def _repeat(self, request: Request) -> None:
        """Take a request a second time, whatever says that it was there."""
        self.repeats = True
        try:
            self._routed(request)
        finally:
            self.repeats = False

    def _routed(self, request: Request) -> Reply:
        for side in self.sides:
            for pattern, handler in side.routes().items():
                found = re.fullmatch(pattern, f"{request.method} {request.path}")
                if found:
                    return handler(request, found)
        return self.unknown(request)

    def _fault(self, request: Request) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.path in request.path:
                fault.times -= 1
                return fault
        return self.trouble()


class _Server(ThreadingHTTPServer):
    """The socket of one venue."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, venue: Venue, port: int) -> None:
        self.venue = venue
        super().__init__(("127.0.0.1", port), _Socket)

    def handle_error(self, *_: Any) -> None: ...  # a client that went away is no news


class _Socket(BaseHTTPRequestHandler):
    """One connection: reads requests, asks the venue, and sends as the reply wants it."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        url = urlsplit(self.path)
        values = parse_qs(url.query)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        first = {name: found[0] for name, found in values.items()}
        request = Request(self.command, url.path, first, values, dict(self.headers.items()), body, url.query)
        reply = self.server.venue.answer(request)
        self.close_connection = reply is None or reply.promised is not None
        if reply:
            self._send(reply)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_any  # noqa: N815 - the names are the base class's

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        date = formatdate(self.server.venue.market.clock() / 1000, usegmt=True)
        length = len(reply.body) if reply.promised is None else reply.promised
        for name, value in {"Date": date, **reply.headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()
        piece = -(-len(reply.body) // 10) if reply.drip else max(1, len(reply.body))
        for start in range(0, len(reply.body), piece):
            threading.Event().wait(reply.drip)
            self.wfile.write(reply.body[start : start + piece])

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def serving(venue: Venue, port: int = 0) -> Iterator[str]:
    """Serve a venue on loopback; yield its address."""
    server = _Server(venue, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    venue.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield venue.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
