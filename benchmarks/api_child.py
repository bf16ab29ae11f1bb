"""A process that is the HTTP API's function: requests come as lines of JSON, answers go as lines of JSON.

Run as a script. Its first argument is a JSON object: `path` (folders of imports) and `handler` (its file).
"""

import json
import logging
import re
import sys
import time
from pathlib import Path
from typing import Any


def serve(handler_file: str) -> None:
    """Answer each line with how long the function took, what it answered, and the most memory that it ever had."""
    from importlib.util import module_from_spec, spec_from_file_location  # noqa: PLC0415

    spec = spec_from_file_location("handler", handler_file)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    logging.disable(logging.INFO)
    waits = _Waits()
    for line in sys.stdin:
        event = json.loads(line)
        begun, used = time.perf_counter_ns(), time.process_time_ns()
        answer = module.handler(event, None)
        took, cpu = (time.perf_counter_ns() - begun) / 1e6, (time.process_time_ns() - used) / 1e6
        told = {
            "wait": waits.taken(),
            "ms": took,
            "cpu": cpu,
            "status": answer["statusCode"],
            "size": len(answer.get("body") or ""),
        }
        etag = {name.lower(): value for name, value in answer["headers"].items()}.get("etag", "")
        print(json.dumps({**told, "mb": _peak(), "etag": etag, "body": answer.get("body", "")[:300]}), flush=True)


class _Waits:
    """How long AWS is waited for, however many requests are on their way."""

    def __init__(self) -> None:
        from tradewind import bootstrap  # noqa: PLC0415 - the path of imports is not set before

        self._since, self._on_their_way, self._waited = 0, 0, 0
        for service in ("dynamodb", "sqs", "s3"):
            events = bootstrap.client(service).meta.events
            events.register("before-send", self._sent)
            events.register("response-received", self._answered)

    def taken(self) -> float:
        """Return the milliseconds since the last time."""
        waited, self._waited = self._waited, 0
        return waited / 1e6

    def _sent(self, **_: Any) -> None:
        if not self._on_their_way:
            self._since = time.perf_counter_ns()
        self._on_their_way += 1

    def _answered(self, **_: Any) -> None:
        self._on_their_way -= 1
        if not self._on_their_way:
            self._waited += time.perf_counter_ns() - self._since


def _peak() -> float:
    """Return the most memory that this process ever had, in MB.

    `getrusage` would tell of whoever started it too: that figure outlives the beginning of a new program.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) / 1024


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    sys.path[:0] = given["path"]
    serve(given["handler"])
