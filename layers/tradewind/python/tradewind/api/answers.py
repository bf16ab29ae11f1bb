"""Answers as text, named by their content; and those that were made, kept as long as nothing changed.

Who has an answer already is told so with 304 and no body.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from tradewind.api.problems import Problem

type Middleware = Callable[..., Response[Any]]

LARGEST_ANSWER = 256 * 1024
_ASKED = "_route_args"
"""Where the event handler keeps what a request was found to ask for; it calls the path's handler with that."""
LARGEST_OF_ALL = 8 * 1024 * 1024
"""Bytes of all answers that a warm function keeps."""


@dataclass
class KnownAnswers:
    """Answers by their question, the one that was asked for longest ago first to go."""

    largest: int = LARGEST_OF_ALL
    _kept: OrderedDict[str, tuple[Hashable, str]] = field(default_factory=OrderedDict)
    _size: int = 0

    def while_at(self, version: Callable[..., Hashable], of: str = "") -> Middleware:
        """Return what answers as before until a version changes that is asked for each time.

        Parameters
        ----------
        of : str
            Which part of the question the version is of, and is asked with; empty where it is of all that there is.
        """

        def known(app: APIGatewayHttpResolver, next_middleware: Callable[..., Response[Any]]) -> Response[Any]:
            question = f"{app.current_event.path}?{app.current_event.raw_query_string}"
            at = version(app.context[_ASKED][of]) if of else version()
            text = self.get(question, at)
            if text is not None:
                return _named(app, Response(int(HTTPStatus.OK), "application/json", text))
            response = _whole(app, next_middleware)
            if response.status_code == HTTPStatus.OK:
                self.put(question, at, str(response.body))
            return _named(app, response)

        return known

    def get(self, question: str, version: Hashable) -> str | None:
        """Return the answer of this version; None where there is none, and always where the version is None."""
        kept = self._kept.get(question)
        if version is None or kept is None or kept[0] != version:
            return None
        self._kept.move_to_end(question)
        return kept[1]

    def put(self, question: str, version: Hashable, answer: str) -> None:
        """Keep an answer, unless its version is None, in place of what was known to the question."""
        if question in self._kept:
            self._size -= _size(question, self._kept.pop(question)[1])
        if version is None:
            return
        self._kept[question] = version, answer
        self._size += _size(question, answer)
        while self._size > self.largest:
            oldest, (_, text) = self._kept.popitem(last=False)
            self._size -= _size(oldest, text)


def _size(question: str, answer: str) -> int:
    """Return about how many bytes an answer takes: text beyond ASCII has up to four a letter."""
    return (len(question) + len(answer)) * (1 if answer.isascii() else 4)


def conditional(app: APIGatewayHttpResolver, next_middleware: Callable[..., Response[Any]]) -> Response[Any]:
    """Name what is answered by its content, and answer 304 where the asker has just that."""
    return _named(app, _whole(app, next_middleware))


def _whole(app: APIGatewayHttpResolver, next_middleware: Callable[..., Response[Any]]) -> Response[Any]:
    """Return an answer with its body as text; a page that would be too large is made anew with fewer items.

    Its cursor leads on to what it left, so that a limit that is allowed never fails for what there is to tell.
    """
    asked = app.context[_ASKED]
    while True:
        response = next_middleware(app)
        if response.status_code != HTTPStatus.OK:
            return response
        items = _longest(response.body)
        if not isinstance(response.body, str):
            response.body = dumped(response.body)
        size = len(response.body.encode())
        if size <= LARGEST_ANSWER:
            return response
        asked["limit"] = _fewer(asked.get("limit", 0), items, size)


def _longest(body: Any) -> int:
    """Return how many rows a document has: those of its longest list."""
    return max((len(one) for one in body.values() if isinstance(one, list)), default=0) if isinstance(body, dict) else 0


def _fewer(limit: int, items: int, size: int) -> int:
    """Return a limit of which an answer should have room, smaller than the one before.

    Raises
    ------
    Problem
        413 where nothing smaller can be asked for.
    """
    fewer = min(items * LARGEST_ANSWER * 9 // (size * 10), limit - 1)
    if fewer < 1:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the answer would be too large: ask for less")
    return fewer


def _named(app: APIGatewayHttpResolver, response: Response[Any]) -> Response[Any]:
    if response.status_code != HTTPStatus.OK:
        return response
    tag = f'"{blake2b(str(response.body).encode(), digest_size=12).hexdigest()}"'
    response.headers["ETag"] = tag
    if tag in _tags(app.current_event.headers.get("if-none-match", "")):
        return Response(status_code=int(HTTPStatus.NOT_MODIFIED), headers={"ETag": tag})
    return response


def dumped(body: Any) -> str:
    """Return an answer's body as text."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _tags(header: str) -> list[str]:
    """Return what `If-None-Match` names; a weak name counts as the strong one, for bodies are compared whole."""
    return [one.strip().removeprefix("W/") for one in header.split(",")]
