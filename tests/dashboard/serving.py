"""The dashboard as it is built, over the real function of the API, whose AWS is moto's: fast, and of any size."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.functions.asking import request
from tests.functions.stage import Stage, sqs_event

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "build" / "web"
_KINDS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
_SESSION = {
    "access_token": "shown", "expires_in": 900, "name": "ann", "role": "admin", "challenge": None, "session": None,
}  # fmt: skip


@dataclass
class Served:
    """Where it is served, and what can be done to it.

    Attributes
    ----------
    posted : list of str
        What was asked to be changed, as `POST /api/…`.
    """

    url: str
    stage: Stage
    posted: list[str] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    """Serves a stage, one question to its functions at a time."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.served, self.alone = Served(f"http://127.0.0.1:{self.server_address[1]}", stage), threading.Lock()

    def ask(self, method: str, path: str, **asked: Any) -> Mapping[str, Any]:
        """Ask the API's function as an admin would, whoever asks."""
        stage = self.served.stage
        with self.alone:
            told: Mapping[str, Any] = stage.call("http_api", request(method, path, "admin", **asked))
            if method != "GET":
                self.served.posted.append(f"{method} {path}")
                self._execute(stage)
        return told

    def _execute(self, stage: Stage) -> None:
        """Do what was asked for, as the order queue lets the executor do."""
        if messages := stage.queued("orders.fifo"):
            stage.call("execute_orders", sqs_event([one["Body"] for one in messages]))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def answer(self) -> None:
        where = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode() or None
        if not where.path.startswith("/api/"):
            self.file(where.path)
        elif where.path == "/api/session":
            self.send(HTTPStatus.OK, {"content-type": "application/json"}, json.dumps(_SESSION).encode())
        else:
            self.ask(where.path, dict(parse_qsl(where.query)), body)

    def ask(self, path: str, query: Mapping[str, str], body: str | None) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = self.server.ask(self.command, path, query=query, headers=headers, body=body)
        text = told.get("body") or ""
        data = base64.b64decode(text) if told.get("isBase64Encoded") else text.encode()
        self.send(told["statusCode"], told["headers"], data)

    def file(self, path: str) -> None:
        found = BUILT / path.lstrip("/")
        if not found.is_file():
            found = BUILT / "index.html"
        headers: dict[str, str] = json.loads((ROOT / "web" / "headers.json").read_text())
        kind = _KINDS.get(found.suffix, "text/plain")
        self.send(HTTPStatus.OK, {"content-type": kind, **headers}, found.read_bytes())

    def send(self, status: int, headers: Mapping[str, Any], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if status != HTTPStatus.NOT_MODIFIED:
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer  # noqa: N815 - as the server calls them

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(stage: Stage) -> Iterator[Served]:
    """Serve on this machine until the block ends; the session is an admin's, whoever asks."""
    server = _Server(stage)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server.served
    finally:
        server.shutdown()
        server.server_close()
