"""Serve the emulator: `serve.py HOST PORT CERTIFICATE KEY`, told not to doze between the batches of a replay.

It is an ASGI application. A server with a parser and an event loop in C serves it: with the one it starts by itself,
reading and writing HTTP was nearly half of its work.

Its poller sleeps 50 ms after a wake that found nothing to do, so that other tenants' traffic does not keep it busy.
Here there is one tenant, and the end of every queue batch is such a wake: each step of a replay would wait it out.

It reads every stream in that one thread, so that a function in work holds up all others: the next bar waits until an
alert is published, and an order until the evaluation that sent it has also noted its progress. AWS reads each stream
by itself; so does this. The queue's poller is then free so early that it would take the first message of a batch
alone: it waits a moment for the others.

After each call it also listens 5 ms for more lines of the function's log, which these functions have written before
they answer; a line that came later would be read with the next call's.

Its API gateway asks for the user pool's keys over plain HTTP, which a port that speaks TLS never answers: every token
would be refused. It gets them from the pool itself.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from functools import partialmethod
from typing import Any

import uvicorn
from ministack.core.lambda_runtime import Worker
from ministack.services import apigateway, cognito, lambda_svc

_PAUSE = 0.001
_KEEP_ALIVE = 75
"""Seconds for which a connection may be idle: longer than a function waits between two bars."""
_LONGEST = 1.0
"""Seconds after which a stream is looked at unasked, as one that failed before must be."""

_mine: ContextVar[str] = ContextVar("mine")
_awaited = {
    lambda_svc: ("_ESM_IDLE_WAKE_GAP_SECONDS", "_iter_all_esms", "_poll_dynamodb_streams", "_poll_sqs"),
    Worker: ("_drain_stderr_bounded",),
    apigateway: ("_fetch_jwks",),
}
for _place, _names in _awaited.items():
    if missing := [name for name in _names if not hasattr(_place, name)]:
        sys.exit(f"this ministack has no {missing[0]}: review infra/emulator/serve.py with its new version")

_every_source = lambda_svc._iter_all_esms
_read_streams = lambda_svc._poll_dynamodb_streams
_read_queues = lambda_svc._poll_sqs
_readers: dict[str, threading.Event] = {}


def _own_sources() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield every event source; to the reader of one stream, this stream alone."""
    mine = _mine.get(None)
    return (source for source in _every_source() if mine is None or source[2]["UUID"] == mine)


def _wake_readers() -> bool:
    """Have each stream's own reader look; called by the poller whenever anything happened."""
    for _, _, source in _every_source():
        if ":dynamodb:" in source.get("EventSourceArn", ""):
            _reader(source["UUID"]).set()
    return False


def _read_whole_batches() -> bool:
    time.sleep(_PAUSE)
    return bool(_read_queues())


def _reader(source: str) -> threading.Event:
    if source not in _readers:
        _readers[source] = threading.Event()
        threading.Thread(target=_read, args=(source,), name=f"stream {source}", daemon=True).start()
    return _readers[source]


def _read(source: str) -> None:
    _mine.set(source)
    while True:
        _readers[source].wait(_LONGEST)
        _readers[source].clear()
        while _read_streams():
            pass


async def _keys_of_the_pool(url: str) -> dict[str, Any]:
    """Return the keys that sign a user pool's tokens; the pool's id is the first part of the path."""
    _, _, body = cognito.well_known_jwks(url.split("/")[3])
    keys: dict[str, Any] = json.loads(body)
    return keys


# There is no setting for any of these.
lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = _PAUSE
lambda_svc._iter_all_esms = _own_sources
lambda_svc._poll_dynamodb_streams = _wake_readers
lambda_svc._poll_sqs = _read_whole_batches
Worker._drain_stderr_bounded = partialmethod(Worker._drain_stderr_bounded, idle_confirm=_PAUSE)
apigateway._fetch_jwks = _keys_of_the_pool

host, port, certificate, key = sys.argv[1:]
uvicorn.run(
    "ministack.app:app",
    host=host,
    port=int(port),
    ssl_certfile=certificate,
    ssl_keyfile=key,
    loop="uvloop",
    http="httptools",
    ws="none",
    timeout_keep_alive=_KEEP_ALIVE,
    timeout_graceful_shutdown=1,
    proxy_headers=False,
    log_level="warning",
    access_log=False,
    server_header=False,
    date_header=False,
)
