"""The dashboard on this machine: its built files, and `/api` handed on, so that the origin is one as on AWS.

A program of its own that imports nothing but the standard library: it is small, and stays as long as the stack.
"""

import argparse
import http.client
import json
import mimetypes
import ssl
import sys
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

HOST = "127.0.0.1"
ENTRY = "index.html"
PATIENCE = 30.0
LARGEST_BODY = 1 << 20
_FORWARDED = ("accept", "authorization", "content-type", "cookie", "idempotency-key", "if-none-match")
_RETURNED = ("content-type", "etag", "retry-after", "www-authenticate", "allow", "cache-control")
_NAMES = frozenset({"127.0.0.1", "localhost"})
_REDIRECTS = {"/": "/dashboard"}


class DashboardServer(ThreadingHTTPServer):
    """Serves one stack's dashboard on loopback.

    Attributes
    ----------
    folder : Path
        What the build wrote.
    upstream : str
        Where `/api` answers.
    """

    daemon_threads = True

    def __init__(self, port: int, folder: Path, upstream: str, certificate: Path, headers: Mapping[str, str]) -> None:
        super().__init__((HOST, port), _Handler)
        self.folder, self.upstream, self.headers = folder.resolve(), urlsplit(upstream), headers
        self._trust = ssl.create_default_context(cafile=str(certificate))
        self._open = threading.local()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> http.client.HTTPResponse:
        """Ask the API, over a connection that the same browser connection has asked over before.

        Raises
        ------
        OSError, http.client.HTTPException
            If it cannot be reached.
        """
        connection: http.client.HTTPSConnection | None = getattr(self._open, "connection", None)
        if connection is not None:
            try:
                return self._asked(connection, method, path, headers, body)
            except (ConnectionError, ssl.SSLError, http.client.BadStatusLine):  # it had been idle for too long
                self.forget()
        self._open.connection = connection = http.client.HTTPSConnection(
            str(self.upstream.hostname), self.upstream.port, timeout=PATIENCE, context=self._trust
        )
        return self._asked(connection, method, path, headers, body)

    def forget(self) -> None:
        """Close this thread's connection to the API."""
        connection: http.client.HTTPSConnection | None = getattr(self._open, "connection", None)
        if connection is not None:
            connection.close()
        self._open.connection = None

    def _asked(
        self,
        connection: http.client.HTTPSConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> http.client.HTTPResponse:
        connection.request(method, self.upstream.path + path, body or None, dict(headers))
        return connection.getresponse()


class _Handler(BaseHTTPRequestHandler):
    server: DashboardServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "tradewind", ""
    timeout = 90
    # One packet an answer: without it each waits for the other side's acknowledgement.
    wbufsize = 1 << 16

    def do_GET(self) -> None:
        """Answer with a file, the page itself, or what the API says."""
        self._answer()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - names that the standard library asks for

    def _answer(self) -> None:
        # Another site may not be served under its own name from this address (DNS rebinding).
        if (urlsplit(f"//{self.headers.get('host', '')}").hostname or "") not in _NAMES:
            self.close_connection = True  # what the request brought along has not been read
            self._problem(HTTPStatus.MISDIRECTED_REQUEST, f"ask for http://{HOST}:{self.server.port}")
        elif self._path.startswith("/api/"):
            self._hand_on()
        elif self.command not in {"GET", "HEAD"}:
            self.close_connection = True
            self._problem(HTTPStatus.METHOD_NOT_ALLOWED, "this path knows GET, HEAD")
        elif self._path in _REDIRECTS:
            self._send(HTTPStatus.FOUND, {"Location": _REDIRECTS[self._path]}, b"")
        else:
            self._file()

    @property
    def _path(self) -> str:
        return urlsplit(self.path).path

    def _file(self) -> None:
        is_page = self._path in {"/login", "/dashboard"} or self._path.startswith("/dashboard/")
        wanted = (self.server.folder / (ENTRY if is_page else self._path.lstrip("/"))).resolve()
        inside = wanted.is_relative_to(self.server.folder) and not wanted.name.startswith(".")
        if not inside or not wanted.is_file():
            self._problem(HTTPStatus.NOT_FOUND, "there is nothing at this path: the dashboard is at /dashboard")
            return
        kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
        # Built files carry the hash of their content in their names; the page itself names the newest ones.
        lasting = "public, max-age=31536000, immutable" if self._path.startswith("/assets/") else "no-cache"
        self._send(HTTPStatus.OK, {"Content-Type": kind, "Cache-Control": lasting}, wanted.read_bytes())

    def _hand_on(self) -> None:
        told = self.headers.get("content-length") or "0"
        length = int(told) if told.isdecimal() else LARGEST_BODY + 1
        if length > LARGEST_BODY or self.headers.get("transfer-encoding"):
            self.close_connection = True
            self._problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"send at most {LARGEST_BODY} bytes")
            return
        body = self.rfile.read(length)
        shown = {name: value for name in _FORWARDED if (value := self.headers.get(name))}
        try:
            answer = self.server.ask(self.command, self.path, shown, body)
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.server.forget()
            self._problem(HTTPStatus.BAD_GATEWAY, "the local stack does not answer: is it up? `tradewind local status`")
            return
        kept = [(name, value) for name in _RETURNED if (value := answer.getheader(name))]
        # Loopback has no TLS, and not every browser keeps a cookie for TLS from it; it never leaves this machine.
        cookies = answer.headers.get_all("set-cookie") or []
        kept += [("Set-Cookie", one.replace("; Secure", "")) for one in cookies]
        self._send(HTTPStatus(answer.status), kept, content)

    def _problem(self, status: HTTPStatus, detail: str) -> None:
        told = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail}
        self._send(status, {"Content-Type": "application/problem+json"}, json.dumps(told).encode())

    def _send(self, status: HTTPStatus, headers: Mapping[str, str] | list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        for name, value in (*self.server.headers.items(), *pairs):
            self.send_header(name, value)
        if status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's own name
        """Say nothing: the functions log what was asked."""


def main() -> int:
    """Serve until ended; the port is written to `--announce` once it listens."""
    parser = argparse.ArgumentParser()
    for name in ("folder", "certificate", "announce", "headers"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    headers = json.loads(asked.headers.read_text())
    try:
        server = DashboardServer(asked.port, asked.folder, asked.upstream, asked.certificate, headers)
    except OSError:  # taken: any other will do, and it is announced
        server = DashboardServer(0, asked.folder, asked.upstream, asked.certificate, headers)
    fresh = asked.announce.with_suffix(".new")
    fresh.write_text(str(server.port))
    fresh.replace(asked.announce)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
