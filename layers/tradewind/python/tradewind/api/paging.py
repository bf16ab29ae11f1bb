"""Cursors: where to go on, in a form that nobody need understand."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, cast

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from tradewind.api.models.base import Page
from tradewind.api.problems import Problem

Cursor = Annotated[str | None, Query(description="`next` of the page before.", max_length=512)]
Limit = Annotated[int, Query(description="Most items of a page; a page may have fewer.", ge=1, le=500)]


def page_of[T, D: BaseModel](
    kind: str, rows: Sequence[T], limit: int, cursor: str | None, document: Callable[[T], D]
) -> Page[D]:
    """Return the page of a list that is known whole at which a cursor points."""
    start = position_of(kind, cursor, 0)
    more = cursor_of(kind, start + limit) if start + limit < len(rows) else None
    return Page(items=list(map(document, rows[start : start + limit])), next=more)


def cursor_of(kind: str, position: Any) -> str:
    """Return the cursor of a position, any JSON value; `kind` tells it from other lists' cursors."""
    text = json.dumps([kind, position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of[T](kind: str, cursor: str | None, start: T) -> T:
    """Return the position that a cursor stands for, or `start` without one.

    Raises
    ------
    Problem
        400 if it is none of this list's.
    """
    if cursor is None:
        return start
    position: Any
    try:
        found, position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, binascii.Error):
        found, position = "", None
    if found != kind or not _alike(position, start) or not _sound(position):
        raise Problem(HTTPStatus.BAD_REQUEST, "this cursor is none of this list: begin again without one")
    return cast("T", position)


def _alike(position: Any, start: Any) -> bool:
    """Whether a position has the form of the first one: anybody may write a cursor by hand."""
    if isinstance(position, list) and isinstance(start, list):
        return len(position) == len(start) and all(map(_alike, position, start))
    return type(position) is type(start)


_LARGEST = 10**15


def _sound(position: Any) -> bool:
    """Whether numbers are in a range that a key can have."""
    if isinstance(position, list):
        return all(map(_sound, position))
    return not isinstance(position, int) or 0 <= position < _LARGEST
