"""An in-memory AWS behind HTTP, in a process of its own, so that none of its work counts as the product's CPU time.

Conditions, transactions and queues are moto's. Beside them it answers as Kraken does, from a scenario's made-up bars.
"""

import base64
import json
import multiprocessing
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import get_session

from tradewind.cli.pricing.scenario import BEGIN, Scenario
from tradewind.domain.bar import Bar
from tradewind.domain.timeframe import MINUTE

REGION = "us-east-1"
KEY, SECRET = "000000000000", "none"
_SERVICES = {"DynamoDB_20120810": "dynamodb", "AmazonSQS": "sqs"}
_JSON = "application/x-amz-json-1.0"

_FRAMES = 29 + 3 * 52
"""Bytes out that no program sees: one TLS record, and three segments with their headers (a request, two receipts)."""

type Answer = tuple[int, str, bytes]


@cache
def client(service: str, endpoint: str = "") -> Any:
    """Return a client of a gateway, or without an endpoint one that moto answers in this process."""
    return get_session().create_client(
        service,
        region_name=REGION,
        endpoint_url=endpoint or f"https://{service}.{REGION}.amazonaws.com",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )


def variables(endpoint: str) -> dict[str, str]:
    """Return the environment variables that point an AWS SDK at an endpoint."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }


@contextmanager
def serving(scenario: Scenario) -> Iterator["Gateway"]:
    """Serve until the end of the block."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, scenario), daemon=True)
    process.start()
    try:
        yield Gateway(f"http://127.0.0.1:{here.recv()}", here)
    finally:
        process.terminate()
        process.join()


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway."""

    endpoint: str
    _pipe: Any

    def advance(self, now: int) -> None:
        """Set the venue's clock, UTC ms."""
        self._pipe.send(now)
        self._pipe.recv()

    def venue(self) -> tuple[int, int]:
        """Return how many requests the venue was sent since the last call, and their bytes."""
        self._pipe.send(None)
        requests, sent = self._pipe.recv()
        return requests, sent


def _serve(pipe: Any, scenario: Scenario) -> None:
    """Answer HTTP until the process is ended, and the venue's clock through the pipe."""
    from moto import mock_aws

    venue = Venue(scenario)
    with mock_aws():
        handler = type("Handler", (_Handler,), {"venue": venue})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        pipe.send(server.server_address[1])
        while True:
            pipe.send(venue.told(pipe.recv()))


@dataclass
class Venue:
    """Kraken's public bars of a scenario, as of `now`."""

    scenario: Scenario
    now: int = 0
    requests: int = 0
    sent: int = 0

    def __post_init__(self) -> None:
        self._bars = {one.instrument.id.partition("-")[0]: one.bars for one in self.scenario.series}

    def told(self, now: int | None) -> tuple[int, int]:
        """Set the time, or where none is told, count anew; return the requests since then and their bytes."""
        counted = self.requests, self.sent
        if now is None:
            self.requests = self.sent = 0
        else:
            self.now = now
        return counted

    def answer(self, path: str, query: Mapping[str, list[str]]) -> bytes:
        """Answer a request: bars, or for the daily refresh of a universe everything that is listed and quoted."""
        if path.endswith("/AssetPairs"):
            return _result({f"{name}USD": _pair(name) for name in self._bars})
        if path.endswith("/Ticker"):
            return _result(dict.fromkeys(query["pair"][0].split(","), _TICKER))
        if query["interval"] == ["1440"]:
            return _result({query["pair"][0]: [_day(int(query["since"][0]), number) for number in range(32)]})
        return self._minutes(query)

    def _minutes(self, query: Mapping[str, list[str]]) -> bytes:
        """Return the rows after `since`, the open interval last."""
        symbol, since = query["pair"][0].removesuffix("USD"), int(query["since"][0])
        bars = self._bars[symbol]
        first = max(0, (since * 1000 - BEGIN) // MINUTE + 1)
        last = (self.now - BEGIN) // MINUTE
        rows = [_row(bar) for bar in bars[first : last + 1]]
        return _result({f"X{symbol}ZUSD": rows, "last": self.now // 1000})


def _result(body: Mapping[str, Any]) -> bytes:
    return json.dumps({"error": [], "result": body}).encode()


def _pair(base: str) -> dict[str, Any]:
    """Return a listing with the members that Kraken's have, of which most are read by nobody."""
    return {
        "altname": f"{base}USD", "wsname": f"{base}/USD", "aclass_base": "currency", "base": base, "aclass_quote":
        "currency", "quote": "ZUSD", "lot": "unit", "cost_decimals": 5, "pair_decimals": 2, "lot_decimals": 8,
        "lot_multiplier": 1, "leverage_buy": [], "leverage_sell": [], "fees": [[0, 0.4]], "fees_maker": [[0, 0.25]],
        "fee_volume_currency": "ZUSD", "margin_call": 80, "margin_stop": 40, "ordermin": "0.001", "costmin": "0.5",
        "tick_size": "0.01", "status": "online",
    }  # fmt: skip


_TICKER = {
    "a": ["100.10", "1", "1.000"], "b": ["100.00", "1", "1.000"], "c": ["100.05", "0.1"], "v": ["9000", "123456.7"],
    "p": ["100.0", "100.0"], "t": [3461, 38907], "l": ["99.0", "98.0"], "h": ["101.0", "102.0"], "o": "99.5",
}  # fmt: skip


def _day(since: int, number: int) -> list[Any]:
    open_ = since - since % 86_400 + 86_400 * (number + 1)
    return [open_, "100.00", f"{101 + number % 7}.00", "99.00", f"{100 + number % 5}.00", "100.00", "1234.5", 7]


def _row(bar: Bar) -> list[Any]:
    prices = [f"{price:.2f}" for price in bar[2:6]]
    return [bar.ts_open // 1000, *prices, prices[3], f"{bar.volume:.8f}", 7]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    venue: Venue

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        target = self.headers.get("X-Amz-Target")
        # SNS speaks the query protocol; who publishes reads nothing of the answer but that it came.
        self._answer(_call(target, json.loads(body)) if target else (200, "text/xml", _PUBLISHED))

    def do_PUT(self) -> None:
        bucket, _, key = unquote(self.path).lstrip("/").partition("/")
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if key:
            client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        else:
            client("s3").create_bucket(Bucket=bucket)
        self._answer((200, "text/xml", b""))

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path.startswith("/0/public/"):
            self.venue.requests += 1
            self.venue.sent += len(self.requestline) + len(bytes(self.headers)) + _FRAMES
            self._answer((200, "application/json", self.venue.answer(address.path, parse_qs(address.query))))
            return
        bucket, _, key = unquote(address.path).lstrip("/").partition("/")
        self._answer((200, "binary/octet-stream", client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()))

    def _answer(self, answer: Answer) -> None:
        status, kind, body = answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


_PUBLISHED = b"""<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
<MessageId>00000000-0000-0000-0000-000000000000</MessageId></PublishResult></PublishResponse>"""


_ONE_BY_ONE = threading.Lock()
"""moto's conditional writes are atomic for one caller at a time."""


def _call(target: str, request: dict[str, Any]) -> Answer:
    service, _, operation = target.partition(".")
    try:
        with _ONE_BY_ONE:
            answer = getattr(client(_SERVICES[service]), xform_name(operation))(**_decoded(request))
    except ClientError as error:
        told: dict[str, Any] = dict(error.response)
        failure = {"__type": told["Error"]["Code"], "message": told["Error"]["Message"], **told}
        return 400, _JSON, json.dumps(_encoded(failure)).encode()
    return 200, _JSON, json.dumps(_encoded(answer)).encode()


def _decoded(value: Any) -> Any:
    """Turn the base64 of binary attributes into bytes, as the SDK takes them."""
    if isinstance(value, dict):
        if value.keys() == {"B"}:
            return {"B": base64.b64decode(value["B"])}
        return {key: _decoded(one) for key, one in value.items()}
    return [_decoded(one) for one in value] if isinstance(value, list) else value


def _encoded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _encoded(one) for key, one in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [_encoded(one) for one in value]
    if isinstance(value, datetime):
        return value.timestamp()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
