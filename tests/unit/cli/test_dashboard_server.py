"""The dashboard's server on this machine: files, the API handed on, and nothing else to nobody else."""

import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tradewind.cli.local.certificate import ensure_certificate
from tradewind.cli.local.dashboard_server import DashboardServer

HEADERS = {"Content-Security-Policy": "default-src 'none'"}


class _Api(BaseHTTPRequestHandler):
    """Answers with what it was asked, as the emulator's gateway would."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        told = {"path": self.path, "method": self.command, "body": body, "headers": dict(self.headers)}
        content = b"" if self.headers.get("if-none-match") == '"same"' else json.dumps(told).encode()
        self.send_response(200 if content else 304)
        self.send_header("ETag", '"same"')
        self.send_header("X-Inside", "not for browsers")
        self.send_header("Set-Cookie", "tradewind_refresh=r; Path=/api/session; Secure; HttpOnly; SameSite=Strict")
        if content:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_PUT = do_GET  # noqa: N815 - the standard library asks for this name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ThreadingHTTPServer, Path]]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "server.crt", folder / "server.key"
    ensure_certificate(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, certificate
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def dashboard(api: tuple[ThreadingHTTPServer, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    built = tmp_path_factory.mktemp("built")
    (built / "assets").mkdir()
    (built / "index.html").write_text("<title>Tradewind</title>")
    (built / "assets" / "main-1a2b.js").write_text("export {}")
    (built / ".digest").write_text("not for browsers")
    (built.parent / "secret").write_text("not for browsers")
    upstream = f"https://127.0.0.1:{api[0].server_address[1]}/_aws/execute-api/abc"
    server = DashboardServer(0, built, upstream, api[1], HEADERS)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.port
    server.shutdown()
    server.server_close()


def _ask(port: int, path: str, method: str = "GET", **options: Any) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, **options)
    answer = connection.getresponse()
    try:
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/chart?symbol=AAPL.US", "/login"])
def test_every_address_of_the_dashboard_is_the_one_page_under_its_security_headers(dashboard: int, path: str) -> None:
    status, headers, body = _ask(dashboard, path)

    assert (status, body) == (200, "<title>Tradewind</title>")
    assert headers["content-security-policy"] == "default-src 'none'"
    assert headers["cache-control"] == "no-cache"


def test_built_files_may_be_kept_for_good_and_the_way_in_leads_to_the_dashboard(dashboard: int) -> None:
    _, headers, _ = _ask(dashboard, "/assets/main-1a2b.js")
    status, way, _ = _ask(dashboard, "/")

    assert headers["cache-control"].endswith("immutable")
    assert headers["content-type"] in {"text/javascript", "application/javascript"}
    assert (status, way["location"]) == (302, "/dashboard")


@pytest.mark.parametrize(
    "path", ["/../secret", "/%2e%2e/secret", "/.digest", "/assets", "/nothing", "/assets/../../secret"]
)
def test_nothing_but_built_files_is_served(dashboard: int, path: str) -> None:
    status, headers, body = _ask(dashboard, path)

    assert status == 404
    assert headers["content-type"] == "application/problem+json"
    assert "not for browsers" not in body


def test_what_is_asked_of_the_api_is_handed_on_with_its_token_and_little_else(dashboard: int) -> None:
    given = {"Authorization": "Bearer t", "Idempotency-Key": "k" * 8, "Cookie": "c=1", "X-Forwarded-For": "9.9.9.9"}
    status, headers, body = _ask(dashboard, "/api/orders/1?x=a%20b", "PUT", body="{}", headers=given)
    told = json.loads(body)

    assert (status, told["path"], told["method"]) == (200, "/_aws/execute-api/abc/api/orders/1?x=a%20b", "PUT")
    assert told["body"] == "{}"
    assert {told["headers"].get(name.lower(), "") for name in ("Authorization", "Cookie")} == {"Bearer t", "c=1"}
    assert "x-forwarded-for" not in told["headers"]
    assert headers["etag"] == '"same"'
    assert "x-inside" not in headers


def test_the_cookie_stays_out_of_scripts_reach_and_comes_over_loopback_without_tls(dashboard: int) -> None:
    _, headers, _ = _ask(dashboard, "/api/session", "PUT")

    assert "HttpOnly" in headers["set-cookie"]
    assert "SameSite=Strict" in headers["set-cookie"]
    assert "Secure" not in headers["set-cookie"]


def test_one_connection_serves_what_is_new_and_what_is_unchanged(dashboard: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", dashboard, timeout=10)
    said = []
    for path, tag in (("/api/a", ""), ("/api/a", '"same"'), ("/dashboard", ""), ("/api/b", "")):
        connection.request("GET", path, headers={"If-None-Match": tag} if tag else {})
        answer = connection.getresponse()
        said.append((answer.status, len(answer.read()) > 0))

    assert said == [(200, True), (304, False), (200, True), (200, True)]


def test_another_site_s_name_a_form_and_an_endless_body_are_refused(dashboard: int) -> None:
    assert _ask(dashboard, "/dashboard", headers={"Host": "evil.example"})[0] == 421
    assert _ask(dashboard, "/dashboard", "PUT", body="x")[0] == 405
    assert _ask(dashboard, "/api/session", "PUT", headers={"Content-Length": "99999999"})[0] == 413
    assert _ask(dashboard, "/api/session", "PUT", headers={"Content-Length": "-1"})[0] == 413


def test_while_the_stack_is_away_the_answer_is_a_problem_with_one_sentence(
    api: tuple[ThreadingHTTPServer, Path], tmp_path: Path
) -> None:
    server = DashboardServer(0, tmp_path, "https://127.0.0.1:9", api[1], HEADERS)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        status, headers, body = _ask(server.port, "/api/health")
    finally:
        server.shutdown()
        server.server_close()

    assert (status, headers["content-type"]) == (502, "application/problem+json")
    assert json.loads(body)["detail"] == "the local stack does not answer: is it up? `tradewind local status`"
