"""The HTTP API as it is deployed: a real login, the gateway's own verdict, and every answer as documented."""

import json
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.replays import ROOT
from tradewind.cli.commands.user import put
from tradewind.cli.deployed import Deployed

pytestmark = pytest.mark.e2e

PASSWORD = "Correct-horse-1x"  # noqa: S105 - of users that live as long as this test
DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text())
ODD = ["", "x" * 600, "%00", "-1", "1e999", "AAPL.US", "'; --", "9" * 30, "null", "[]"]


@pytest.fixture(scope="module")
def client(deployed: Deployed) -> Iterator[httpx.Client]:
    assert deployed.local is not None
    trust = ssl.create_default_context(cafile=str(deployed.local.certificate))
    with httpx.Client(base_url=deployed.local.api_url, verify=trust, trust_env=False, timeout=60) as made:
        yield made


@pytest.fixture(scope="module")
def token(deployed: Deployed, client: httpx.Client) -> str:
    put(deployed, "ann", PASSWORD, "admin")
    answer = client.post("/api/session", json={"name": "ann", "password": PASSWORD})
    assert (answer.status_code, answer.json()["role"]) == (200, "admin")
    return str(answer.json()["access_token"])


def test_whoever_logs_in_is_known_and_the_refresh_token_is_out_of_a_script_s_reach(
    deployed: Deployed, client: httpx.Client, token: str
) -> None:
    put(deployed, "bob", PASSWORD, "viewer")
    headers = {"authorization": f"Bearer {token}"}
    login = client.post("/api/session", json={"name": "bob", "password": PASSWORD})
    cookie = login.headers["set-cookie"]
    renewed = client.put("/api/session", headers={"cookie": cookie.partition(";")[0]}).json()

    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert "SameSite=Strict" in cookie
    assert (renewed["name"], renewed["role"]) == ("bob", "viewer")
    assert client.post("/api/session", json={"name": "bob", "password": "Wrong-horse-1xx"}).status_code == 401
    trail = client.get("/api/audit", headers=headers).json()["items"]
    told = [(one["by"], one["body"].partition(",")[0]) for one in trail if one["by"] in {"bob", "bo…"}]
    assert told[:2] == [("bo…", "refused"), ("bob", "logged in")]


@pytest.mark.parametrize("shown", ["", "Bearer nonsense", "Bearer e30.e30.e30"])
def test_the_gateway_lets_nobody_in_without_a_token_of_the_pool(client: httpx.Client, shown: str) -> None:
    assert client.get("/api/account", headers={"authorization": shown} if shown else {}).status_code == 401
    assert client.get("/api/health/simple").status_code == 200


def test_a_token_that_was_altered_counts_for_nothing(client: httpx.Client, token: str) -> None:
    head, body, sign = token.split(".")
    forged = f"{head}.{body}.{sign[:-6]}AAAAAA"

    assert client.get("/api/account", headers={"authorization": f"Bearer {forged}"}).status_code == 401


def test_whatever_is_asked_is_answered_as_documented(client: httpx.Client, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    for path, operations in DOCUMENT["paths"].items():
        if "get" not in operations:
            continue
        operation = operations["get"]
        for query in _questions(operation):
            where = path.replace("{symbol}", "AAPL.US").replace("{order_id}", "0" * 36).replace("{name}", "none")
            answer = client.get(where, headers=headers, params=query)
            assert str(answer.status_code) in operation["responses"], f"{path} {query}: {answer.text[:300]}"
            assert answer.status_code < 500, f"{path} {query}: {answer.text[:300]}"
            assert len(answer.content) <= 256 * 1024, path


def _questions(operation: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Yield nothing at all, and each parameter once with something odd."""
    yield {}
    for place, one in enumerate(operation.get("parameters", ())):
        if one.get("in") == "query":
            yield {one["name"]: ODD[place % len(ODD)]}
