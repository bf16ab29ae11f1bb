"""The OpenAPI document, made of the handlers themselves."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer

from tradewind.api.access import Role
from tradewind.api.gateway import KEY, KEY_FORM
from tradewind.api.problems import PROBLEM_JSON

if TYPE_CHECKING:
    from tradewind.api.gateway import Endpoint, Gateway

type Json = dict[str, Any]

_ABOUT = (
    "See a Tradewind environment and steer it. Money, prices and quantities are decimals as text, times UTC "
    "milliseconds. Whatever is read carries an ETag; lists go on at `next`. Whatever changes something needs an "
    "`Idempotency-Key`, and the same key is answered as the first time. Errors are problem details (RFC 9457)."
)
_MEANINGS: Mapping[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "What is asked cannot be meant",
    HTTPStatus.UNAUTHORIZED: "Nobody is logged in, or the token has ended",
    HTTPStatus.FORBIDDEN: "The role does not allow it",
    HTTPStatus.NOT_FOUND: "There is no such thing",
    HTTPStatus.METHOD_NOT_ALLOWED: "The path knows other methods",
    HTTPStatus.CONFLICT: "It contradicts what is there, or the same key is at work",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Too much is sent or asked for",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Only JSON is read",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A field is missing, unknown or out of range",
    HTTPStatus.TOO_MANY_REQUESTS: "More requests a second than the gateway lets through",
    HTTPStatus.INTERNAL_SERVER_ERROR: "It failed here, and is logged",
    HTTPStatus.SERVICE_UNAVAILABLE: "A service behind this did not answer in time",
}
_PROBLEM: Json = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence that says what to do."},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["where", "why"],
                "properties": {"where": {"type": "string"}, "why": {"type": "string"}},
            },
        },
    },
}
_KEY_PARAMETER: Json = {
    "name": KEY,
    "in": "header",
    "required": True,
    "description": "The same key is the same request, however often it is sent.",
    "schema": {"type": "string", "pattern": f"^{KEY_FORM}$"},
}
_OF_THE_GATEWAY: Json = {"type": "object", "properties": {"message": {"type": ["string", "null"]}}}
"""What API Gateway answers by itself, before the function hears of a request."""


def document(gateway: "Gateway") -> Json:
    """Return the whole document as JSON values, the same at each call."""
    text = gateway.app.get_openapi_json_schema(
        title="Tradewind",
        version="1",
        description=_ABOUT,
        security_schemes={"token": HTTPBearer(bearerFormat="JWT")},
    )
    whole: Json = json.loads(text)
    whole["servers"] = [{"url": "/"}]
    whole["components"].setdefault("schemas", {})["Problem"] = _PROBLEM
    whole["components"]["schemas"]["GatewayMessage"] = _OF_THE_GATEWAY
    whole["components"]["responses"] = {status.name: _response(status) for status in _MEANINGS}
    whole["components"]["parameters"] = {"IdempotencyKey": _KEY_PARAMETER}
    for name in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        whole["components"]["schemas"].pop(name, None)
    for endpoint in gateway.endpoints:
        path = endpoint.path.replace("<", "{").replace(">", "}")
        _complete(whole["paths"][path][endpoint.method.lower()], endpoint)
    return whole


def _complete(operation: Json, endpoint: "Endpoint") -> None:
    """Add what is the same for every operation: how it may fail, and that it may not have changed."""
    told = {status: row for status, row in operation["responses"].items() if status != "422"}
    if endpoint.method == "GET":
        told["304"] = {"description": "Nothing has changed since the ETag that was shown"}
    for status in _failures(endpoint):
        told[str(int(status))] = {"$ref": f"#/components/responses/{status.name}"}
    operation["responses"] = dict(sorted(told.items()))
    if endpoint.changes:
        operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IdempotencyKey"})


def _failures(endpoint: "Endpoint") -> Iterator[HTTPStatus]:
    never = {HTTPStatus.FORBIDDEN} if endpoint.role is Role.NOBODY else set()
    if endpoint.method == "GET":
        never |= {HTTPStatus.CONFLICT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
    yield from (status for status in _MEANINGS if status not in never)


def _response(status: HTTPStatus) -> Json:
    content: Json = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.NOT_FOUND}:
        content["application/json"] = {"schema": {"$ref": "#/components/schemas/GatewayMessage"}}
    return {"description": _MEANINGS[status], "content": content}
