"""Requests of the HTTP API, as API Gateway hands them to its function."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.functions.stage import Stage


@dataclass(frozen=True)
class Answer:
    """What the function answered."""

    status: int
    headers: Mapping[str, str]
    text: str
    cookies: tuple[str, ...] = ()

    def json(self) -> Any:
        return json.loads(self.text)


def request(
    method: str,
    path: str,
    groups: str | None = "viewer",
    *,
    body: object = None,
    query: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return a payload of format 2.0; `groups=None` is nobody, an empty text somebody without a role."""
    claims = {"token_use": "access", "username": f"one-{groups}", "cognito:groups": f"[{groups}]"}
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "queryStringParameters": {name: str(value) for name, value in (query or {}).items()} or None,
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {
            "stage": "$default",
            "requestId": "request",
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
            **({} if groups is None else {"authorizer": {"jwt": {"claims": claims, "scopes": None}}}),
        },
        "body": text,
        "isBase64Encoded": False,
        **more,
    }


def ask(stage: Stage, method: str, path: str, groups: str | None = "viewer", **options: Any) -> Answer:
    """Ask the function."""
    answer = stage.call("http_api", request(method, path, groups, **options))
    text = answer.get("body") or ""
    if answer.get("isBase64Encoded"):
        text = base64.b64decode(text).decode()
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    return Answer(answer["statusCode"], headers, text, tuple(answer.get("cookies", ())))
