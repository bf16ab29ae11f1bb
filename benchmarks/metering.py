"""Metering: what the functions say that they used, beside an independent count of the same calls at the wire.

Between the functions and their AWS stands a server that knows nothing of the product: it counts requests, and works out
units from the bytes of the JSON that passes, remembering what lies where.
"""

import base64
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import ceil
from typing import Any

from benchmarks.figures import Figure
from tradewind.adapters.usage_log import line_of
from tradewind.application.spending import Spending, Use
from tradewind.cli.pricing.company import Company, at_work
from tradewind.cli.pricing.scenario import Scenario, rotation
from tradewind.cli.pricing.stage import stage
from tradewind.domain.prices import LIST

CALLS = 10_000
OFF = 0.05
"""By how much both may differ."""

_OPEN, _INSTRUMENTS = 58, 20


@dataclass
class Wire:
    """What passed."""

    calls: int = 0
    writes: float = 0
    reads: float = 0
    fifo: int = 0
    standard: int = 0
    publishes: int = 0
    stored: dict[tuple[str, str, str], int] = field(default_factory=dict)

    @property
    def dollars(self) -> float:
        """What passed, at list price."""
        tables = self.writes * LIST.write_unit + self.reads * LIST.read_unit
        return tables + self.fifo * LIST.fifo + self.standard * LIST.standard + self.publishes * LIST.publish

    def saw(self, target: str, body: Any, status: int, answer: Any) -> None:
        """Count one request with its answer."""
        self.calls += 1
        operation = target.rpartition(".")[2]
        if operation in {"PutItem", "UpdateItem", "DeleteItem"}:
            self._wrote(body["TableName"], operation, body, status, 1)
        elif operation == "TransactWriteItems":
            for part in body["TransactItems"]:
                ((kind, row),) = part.items()
                self._wrote(row["TableName"], f"{kind}Item", row, status, 2)
        elif operation == "BatchWriteItem":
            for table, rows in body["RequestItems"].items():
                for row in rows:
                    self._wrote(table, "PutItem", row["PutRequest"], status, 1)
        elif operation == "GetItem" and status == 200:
            self.reads += self._read(body, [_bytes(answer.get("Item", {}))])
        elif operation == "Query" and status == 200:
            table = body["TableName"]
            sizes = [self.stored.get(_where(table, one)) or _bytes(one) for one in answer["Items"]]
            self.reads += self._read(body, [sum(sizes)])
        elif operation == "BatchGetItem" and status == 200:
            for table, asked in body["RequestItems"].items():
                found = [_bytes(one) for one in answer["Responses"].get(table, [])]
                self.reads += self._read(asked, found + [0] * (len(asked["Keys"]) - len(found)))
        elif operation in {"SendMessage", "SendMessageBatch"}:
            self.fifo += max(1, ceil(len(json.dumps(body)) / 65_536))
        elif operation == "GetQueueAttributes":
            fifo = body["QueueUrl"].endswith(".fifo")
            self.fifo, self.standard = self.fifo + fifo, self.standard + (not fifo)

    def _read(self, body: Any, sizes: list[int]) -> float:
        each = 1.0 if body.get("ConsistentRead") else 0.5
        return sum(each * max(1, ceil(size / 4096)) for size in sizes)

    def _wrote(self, table: str, operation: str, row: Any, status: int, times: int) -> None:
        where = _where(table, row.get("Item") or row["Key"])
        before = self.stored.get(where, 0)
        after = before
        if operation == "PutItem":
            after = _bytes(row["Item"])
        elif operation == "UpdateItem" and not before:
            after = _bytes(row["Key"]) + _bytes(row.get("ExpressionAttributeValues", {}))
        self.writes += times * max(1, ceil(max(before, after if status == 200 else before) / 1024))
        if status == 200 and operation != "ConditionCheckItem":
            self.stored[where] = 0 if operation == "DeleteItem" else after


def _where(table: str, item: Any) -> tuple[str, str, str]:
    return table, item["pk"]["S"], item["sk"]["S"]


def _bytes(item: Any) -> int:
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def _value(value: Any) -> int:
    ((kind, content),) = value.items()
    if kind == "B":
        return len(base64.b64decode(content))
    if kind == "N":
        return ceil(len(content.strip("-").replace(".", "").strip("0")) / 2) + 1
    if kind == "L":
        return 3 + sum(1 + _value(one) for one in content)
    if kind == "M":
        return 3 + len(content) + _bytes(content)
    return len(content.encode()) if kind == "S" else 1


@contextmanager
def between(upstream: str) -> Iterator[tuple[str, Wire]]:
    """Stand between the functions and an address; yield the address to use, and the count."""
    wire = Wire()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            request = urllib.request.Request(upstream + self.path, body, headers, method="POST")
            try:
                with urllib.request.urlopen(request) as answer:
                    status, text, kind = answer.status, answer.read(), answer.headers["Content-Type"]
            except urllib.error.HTTPError as error:
                status, text, kind = error.code, error.read(), error.headers["Content-Type"]
            self._count(body, status, text)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _count(self, body: bytes, status: int, text: bytes) -> None:
            target = self.headers.get("X-Amz-Target")
            if target:
                wire.saw(target, json.loads(body), status, json.loads(text or b"{}"))
            else:  # SNS speaks the query protocol
                wire.calls, wire.publishes = wire.calls + 1, wire.publishes + 1

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", wire
    finally:
        server.shutdown()
        server.server_close()


def metered(company: Company) -> Spending:
    """Add up what the functions have logged; calls alone, since no wire tells how long a function took."""
    spending = Spending()
    for name, function in company.functions.items():
        rows = filter(None, map(line_of, function.log.getvalue().splitlines()))
        spending.add(Use.of(name, 0, {**row, "ms": 0.0}) for row in rows)
    return spending


def run(calls: int) -> tuple[Spending, Wire, float]:
    """Run the functions until so many calls were counted; return both counts, and what was metered for calls alone."""
    # As many steps as are needed at ten calls each, which is a fifth of what a step makes.
    steps = _OPEN + calls // 10
    orders = rotation(5, _OPEN, steps, 5, _INSTRUMENTS)
    scenario = Scenario(_INSTRUMENTS, steps, orders, provider="kraken", clock="system")
    with stage(scenario) as made, between(made.gateway.endpoint) as (address, wire):
        services = {f"AWS_ENDPOINT_URL_{name}": address for name in ("DYNAMODB", "SQS", "SNS")}
        through = replace(made, variables={**made.variables, **services})
        with at_work(through) as company:
            step = _OPEN - 1
            while wire.calls < calls:
                company.step(step)
                company.run("watch", {})
                step += 1
            spending = metered(company)
    return spending, wire, _for_calls(spending)


def _for_calls(spending: Spending) -> float:
    """Return the dollars of requests and units, without what only AWS sees: invocations and polling."""
    every = spending.functions.values()
    tables = sum(one.writes * LIST.write_unit + one.reads * LIST.read_unit for one in every)
    queues = sum(one.fifo * LIST.fifo + one.standard * LIST.standard for one in every)
    return tables + queues + sum(one.publishes for one in every) * LIST.publish


def measure() -> list[Figure]:
    spending, wire, dollars = run(CALLS)
    calls = sum(one.calls for one in spending.functions.values())
    return [
        Figure("calls counted at the wire", wire.calls, "calls"),
        Figure("metered calls off by", abs(calls - wire.calls) / wire.calls, "of the wire", OFF),
        Figure("metered dollars off by", abs(dollars - wire.dollars) / wire.dollars, "of the wire", OFF),
    ]
