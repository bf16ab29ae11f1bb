"""A memory of alerts, and a server on this machine that takes them as ntfy, Telegram, Slack and a webhook do."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tradewind.application.ports import AlertChannel
from tradewind.application.ports_alerts import AlertStore, Delivery
from tradewind.domain.alerting import ChannelState
from tradewind.domain.errors import ConflictError
from tradewind.domain.events import Event

TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz012345"  # noqa: S105 - opens nothing
CHAT = "-100200300"


@dataclass
class FakeAlerts(AlertStore):
    deliveries: dict[tuple[int, str], Delivery] = field(default_factory=dict)
    states: dict[str, ChannelState] = field(default_factory=dict)

    def find(self, ts: int, alert_id: str) -> Delivery | None:
        return self.deliveries.get((ts, alert_id))

    def save(self, delivery: Delivery) -> None:
        self.deliveries[delivery.ts, delivery.alert_id] = delivery

    def latest(self, limit: int, before: int, alert_id: str = "") -> list[Delivery]:
        keys = sorted((key for key in self.deliveries if key < (before, alert_id)), reverse=True)
        return [self.deliveries[key] for key in keys[:limit]]

    def state(self, channel: str) -> ChannelState:
        return self.states.get(channel, ChannelState())

    def keep(self, channel: str, state: ChannelState) -> None:
        if state.version != self.state(channel).version + 1:
            raise ConflictError(channel)
        self.states[channel] = state


@dataclass
class FakeChannel(AlertChannel):
    fails: list[Exception] = field(default_factory=list)
    sent: list[tuple[str, Event, int]] = field(default_factory=list)

    def send(self, alert_id: str, event: Event, ts: int) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.sent.append((alert_id, event, ts))


@dataclass
class Servers:
    """What arrived, by path; what is refused as the real servers refuse it.

    Attributes
    ----------
    down : int
        How many of the next requests are answered with a status of 503.
    """

    address: str = ""
    received: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    down: int = 0

    def answer(self, path: str, headers: dict[str, str], body: Any) -> tuple[int, str]:
        if self.down:
            self.down -= 1
            return 503, "busy"
        status, text = self._judged(path, headers, body)
        if status == 200:
            self.received.append((path, headers, body))
        return status, text

    def _judged(self, path: str, headers: dict[str, str], body: Any) -> tuple[int, str]:
        if path.startswith("/bot"):
            return _telegram(path, body)
        if path.startswith("/services/"):
            return _slack(body)
        if path == "/":
            return _ntfy(headers, body)
        return 200, ""


def _telegram(path: str, body: Any) -> tuple[int, str]:
    if path != f"/bot{TOKEN}/sendMessage":
        return 401, json.dumps({"ok": False, "error_code": 401, "description": "Unauthorized"})
    shown = body["text"]
    for tag in ("<b>", "</b>"):
        shown = shown.replace(tag, "", 1)
    for escape, one in (("&lt;", "x"), ("&gt;", "x"), ("&amp;", "x")):
        shown = shown.replace(escape, one)
    if any(one in shown for one in "<>&"):
        return 400, json.dumps({"ok": False, "description": "Bad Request: can't parse entities"})
    if len(shown) > 4096:
        return 400, json.dumps({"ok": False, "description": "Bad Request: message is too long"})
    if body["chat_id"] != CHAT:
        return 400, json.dumps({"ok": False, "description": "Bad Request: chat not found"})
    return 200, json.dumps({"ok": True, "result": {"message_id": 1}})


def _slack(body: Any) -> tuple[int, str]:
    header, section = (block["text"]["text"] for block in body["blocks"])
    if len(header) > 150 or len(section) > 3000:
        return 400, "invalid_blocks"
    return 200, "ok"


def _ntfy(headers: dict[str, str], body: Any) -> tuple[int, str]:
    if headers.get("Authorization") not in {None, "Bearer tk_mine"}:
        return 401, "unauthorized"
    if len(body["message"].encode()) > 4096 or not 1 <= body["priority"] <= 5:
        return 400, "invalid request: too large"
    return 200, json.dumps({"id": "x", "event": "message"})


@contextmanager
def serving() -> Iterator[Servers]:
    """Serve until the end of the block."""
    servers = Servers()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, text = servers.answer(self.path, dict(self.headers), body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    servers.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield servers
    finally:
        server.shutdown()
        server.server_close()
