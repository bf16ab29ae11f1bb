"""From API Gateway's event to its answer: who asks, what they may, and every error as one sentence.

Powertools' event handler finds the handler and checks what is asked against its types; everything that is the same
for every path stands here.
"""

import base64
import json
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
    ResponseValidationError,
)

from tradewind.api.access import ANYBODY, Principal, Role, principal_of, require
from tradewind.api.answers import KnownAnswers, conditional, dumped
from tradewind.api.problems import PROBLEM_JSON, Problem, invalid
from tradewind.application.once import AtWorkError, Done, MismatchError, Once, Request
from tradewind.domain.errors import BadInputError, ConflictError, TransientError
from tradewind.domain.identifiers import content_hash

type Event = Mapping[str, Any]
type Handler = Callable[..., Any]

LARGEST_BODY = 16 * 1024
KEY = "Idempotency-Key"
KEY_FORM = "[A-Za-z0-9._-]{8,64}"
_KEY = re.compile(KEY_FORM)
FAILED = "this failed here, and is logged: try again"
NOWHERE = "there is nothing at this path: /api/openapi.json lists what there is"
_HEADERS = {
    "Cache-Control": "private, no-cache",  # kept, and asked about again each time: that is what the ETag is for
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=63072000",
    "Vary": "Authorization",
}


def _resolver() -> APIGatewayHttpResolver:
    failed = HTTPStatus.INTERNAL_SERVER_ERROR
    return APIGatewayHttpResolver(enable_validation=True, response_validation_error_http_code=failed)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path, and who may use it."""

    method: str
    path: str
    role: Role
    changes: bool
    largest: int

    def matches(self, path: str) -> bool:
        """Whether a path is this one, its variables filled in."""
        return re.fullmatch(re.sub(r"<\w+>", "[^/]+", self.path), path) is not None


@dataclass
class Gateway:
    """Every endpoint, and the way in.

    Attributes
    ----------
    once, now : callable
        What lets a request through once, and UTC ms.
    who, key : Principal, str
        Who sent the request in hand, and its idempotency key; a function serves one at a time.
    """

    log: Logger
    once: Callable[[], Once]
    now: Callable[[], int]
    app: APIGatewayHttpResolver = field(default_factory=_resolver)
    endpoints: list[Endpoint] = field(default_factory=list)
    who: Principal = ANYBODY
    key: str = ""
    _answers: KnownAnswers = field(default_factory=KnownAnswers)

    def __post_init__(self) -> None:
        handle = self.app.exception_handler
        handle(Problem)(self._problem)
        handle(RequestValidationError)(lambda error: self._problem(invalid(error.errors())))
        handle(RequestUnsupportedContentType)(
            lambda _: self._problem(Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON: application/json"))
        )
        handle(BadInputError)(lambda error: self._problem(Problem(HTTPStatus.BAD_REQUEST, str(error))))
        handle(ConflictError)(
            lambda _: self._problem(
                Problem(HTTPStatus.CONFLICT, "somebody else was faster: look again, then ask again")
            )
        )
        handle(TransientError)(self._transient)
        handle(ResponseValidationError)(self._undocumented)
        self.app.not_found(lambda _: self._problem(Problem(HTTPStatus.NOT_FOUND, NOWHERE)))

    # ── declaring ────────────────────────────────────────────────────────────────────────────────────────────────

    def reads(
        self,
        path: str,
        handler: Handler,
        role: Role = Role.VIEWER,
        tag: str = "",
        *,
        version: Callable[..., Hashable] | None = None,
        of: str = "",
        **options: Any,
    ) -> None:
        """Declare what is read: answered with an ETag, and with 304 to whoever has it already.

        Parameters
        ----------
        version : callable, optional
            Returns what changes whenever an answer may, asked before each: until then answers that were made are given
            again. None for what cannot be known.
        of : str
            The part of the question that the version is asked with, where it is that of one instrument, one finding.
        """
        through = self._answers.while_at(version, of) if version else conditional
        found = Endpoint("GET", path, role, changes=False, largest=LARGEST_BODY)
        self._declare(found, handler, tag, middlewares=[through], **options)

    def changes(
        self,
        method: str,
        path: str,
        handler: Handler,
        role: Role,
        tag: str = "",
        *,
        audited: bool = True,
        largest: int = LARGEST_BODY,
        **options: Any,
    ) -> None:
        """Declare what changes something: once for each key, and on the audit trail before it is done."""
        through = [self._through_once] if audited else []
        found = Endpoint(method, path, role, audited, largest)
        self._declare(found, handler, tag, middlewares=through, **options)

    def _declare(self, found: Endpoint, handler: Handler, tag: str, **options: Any) -> None:
        self.endpoints.append(found)
        role = found.role
        summary, _, rest = (handler.__doc__ or "").strip().partition("\n")
        self.app.route(
            found.path, found.method, summary=summary, description=" ".join(rest.split()) or summary,
            tags=[tag] if tag else None,
            operation_id=handler.__name__, security=[{"token": []}] if role else [],
            openapi_extensions={"x-role": role.group}, **options,
        )(handler)  # fmt: skip

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document, made at the first question: it takes half a second."""
        from tradewind.api.document import document  # noqa: PLC0415 - who never asks for it need not wait for it

        return document(self)

    # ── answering ────────────────────────────────────────────────────────────────────────────────────────────────

    def __call__(self, event: Event, context: Any) -> dict[str, Any]:
        """Answer one request; whatever happens, in the shape that API Gateway takes."""
        path = str(event.get("rawPath", ""))
        try:
            self._admit(event, path)
            answer: dict[str, Any] = self.app.resolve(dict(event), context)
        except Problem as problem:
            answer = _plain(problem, path)
        except Exception:  # the handler's edge: who asked gets an answer, and what it was stands in the log
            self.log.exception("request failed", extra={"path": path})
            answer = _plain(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED), path)
        answer["headers"] = {**_HEADERS, **(answer.get("headers") or {})}
        answer["body"] = answer.get("body") or ""  # not every gateway takes none for an empty one
        told = {"method": _method(event), "path": path, "status": answer["statusCode"], "user": self.who.name}
        self.log.info("answered", extra=told)
        return answer

    def _admit(self, event: Event, path: str) -> None:
        """Find the endpoint and ask who it is, before anything of the request is read."""
        self.who, self.key = ANYBODY, ""
        endpoint = self._endpoint(_method(event), path)
        self.who = principal_of(event) if endpoint.role else ANYBODY
        require(self.who, endpoint.role)
        if len(event.get("body") or "") > endpoint.largest:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"send at most {endpoint.largest} bytes")
        _only_json(event.get("headers") or {})
        _readable(event)
        if endpoint.changes:
            self.key = _key(event.get("headers") or {})

    def _endpoint(self, method: str, path: str) -> Endpoint:
        here = [one for one in self.endpoints if one.matches(path)]
        if not here:
            raise Problem(HTTPStatus.NOT_FOUND, NOWHERE)
        for one in here:
            if one.method == method:
                return one
        allowed = ", ".join(sorted({one.method for one in here}))
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"this path knows {allowed}, not {method}", {"Allow": allowed})

    def _through_once(self, app: Any, next_middleware: Callable[..., Response[Any]]) -> Response[Any]:
        """Let a request through the first time, and answer every later one as the first."""
        event = app.current_event
        what, body = f"{event.http_method.upper()} {event.path}", event.decoded_body or ""
        digest = content_hash(f"{what}?{event.raw_query_string}\n{body}".encode())
        request = Request(self.who.name, self.who.role.group, self.key, digest, what, body, self.now())

        def do() -> tuple[Done, bool]:
            try:
                answer = next_middleware(app)
            except Problem as problem:
                answer = self._problem(problem)
            except BadInputError as error:
                answer = self._problem(Problem(HTTPStatus.BAD_REQUEST, str(error)))
            text = answer.body if isinstance(answer.body, str) else dumped(answer.body)
            lasting = answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
            return Done(answer.status_code, answer.content_type or PROBLEM_JSON, text), lasting

        try:
            done = self.once()(request, do)
        except MismatchError:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, "this key was used for something else: take a new one"
            ) from None
        except AtWorkError:
            detail = "this very request is at work: ask again in a moment"
            raise Problem(HTTPStatus.CONFLICT, detail, {"Retry-After": "1"}) from None
        return Response(status_code=done.status, content_type=done.kind, body=done.text)

    def _problem(self, problem: Problem) -> Response[str]:
        return Response(
            status_code=int(problem.status),
            content_type=PROBLEM_JSON,
            body=problem.document(self.app.current_event.path),
            headers=problem.headers,
        )

    def _undocumented(self, error: ResponseValidationError) -> Response[str]:
        self.log.error("answer is not as documented", extra={"errors": error.errors()[:5]})
        return self._problem(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED))

    def _transient(self, error: TransientError) -> Response[str]:
        self.log.warning("not now", extra={"reason": str(error)})
        detail = "a service behind this did not answer in time: try again in a moment"
        return self._problem(Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": "1"}))


def _only_json(headers: Mapping[str, str]) -> None:
    """Refuse forms and whatever else is no JSON before anybody tries to read it."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if kind and kind.partition(";")[0].strip().lower() != "application/json":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON: application/json")


def _readable(event: Event) -> None:
    """Refuse a body that no reader of JSON gets to the end of; a mistake within is told with its place later on."""
    body = event.get("body") or ""
    try:
        json.loads(base64.b64decode(body).decode() if event.get("isBase64Encoded") else body)
    except json.JSONDecodeError:
        return
    except (ValueError, RecursionError):
        why = "nested too deeply, a number too long, or no UTF-8"
        raise invalid([{"loc": ("body",), "msg": f"it cannot be read as JSON: {why}"}]) from None


def _key(headers: Mapping[str, str]) -> str:
    key = next((value for name, value in headers.items() if name.lower() == KEY.lower()), "")
    if not _KEY.fullmatch(key):
        sent = f"it has {len(key)} characters, or others" if key else "there is none"
        text = f"send a header {KEY} of 8 to 64 letters, digits, dots, dashes and underscores: {sent}"
        raise Problem(HTTPStatus.BAD_REQUEST, text)
    return key


def _method(event: Event) -> str:
    return str(event["requestContext"]["http"]["method"]).upper()


def _plain(problem: Problem, path: str) -> dict[str, Any]:
    return {
        "statusCode": int(problem.status),
        "headers": {"Content-Type": PROBLEM_JSON, **problem.headers},
        "body": problem.document(path),
        "isBase64Encoded": False,
    }
