"""What went wrong, as RFC 9457 has it: a status, a title, and one sentence that says what to do."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

PROBLEM_JSON = "application/problem+json"


class Problem(Exception):  # noqa: N818 - the standard's own word
    """An answer that is not the one asked for.

    Attributes
    ----------
    status : HTTPStatus
    detail : str
        One sentence for a person.
    headers : mapping
        What else belongs to the answer, as `Allow`.
    more : mapping
        Further members of the document.
    """

    def __init__(self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.more = status, detail, dict(headers or {}), more

    def document(self, instance: str) -> str:
        """Return the problem's JSON; `instance` is the path that was asked for."""
        told = {"type": "about:blank", "title": self.status.phrase, "status": int(self.status)}
        return json.dumps({**told, "detail": self.detail, "instance": instance, **self.more})


def unknown(what: str) -> Problem:
    """Return that there is no such thing."""
    return Problem(HTTPStatus.NOT_FOUND, what)


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Return that a request does not have the form that the document says; it names each place."""
    places = [{"where": ".".join(map(str, one["loc"])), "why": str(one["msg"])[:200]} for one in errors[:20]]
    first = places[0] if places else {"where": "request", "why": "cannot be read"}
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{first['where']}: {first['why']}", errors=places)
