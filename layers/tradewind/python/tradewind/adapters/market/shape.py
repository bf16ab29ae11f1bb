"""Strict reading of a venue's JSON: whatever is not as promised is an error that names its field.

By hand and not by pydantic, whose import costs a cold start more than everything else that fetching loads (docs/adr).
Numbers are kept as the venue's text until they become `Decimal`, so no digit is lost on the way.
"""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from tradewind.domain.errors import TransientError

_NAMES = {dict: "an object", list: "an array", str: "text", int: "a number", bool: "true or false", type(None): "null"}
_SHOWN = 60


class ShapeError(TransientError):
    """An answer is not shaped as its venue's documentation promises; `field` says where."""

    def __init__(self, field: str, wanted: str, found: object) -> None:
        shown = f"{found!r}"[:_SHOWN] if isinstance(found, str | int) else _NAMES.get(type(found), "something else")
        super().__init__(f"{field or 'the answer'} must be {wanted}, not {shown}")
        self.field = field


class Text(str):
    """A JSON number with a fraction or an exponent, as it was written."""

    __slots__ = ()


class Node:
    """A value of an answer, and the path that leads to it."""

    __slots__ = ("path", "value")

    def __init__(self, value: Any, path: str = "") -> None:
        self.value = value
        self.path = path

    def __getitem__(self, name: str) -> "Node":
        """Return a member that must be there."""
        members = self.members
        if name not in members:
            raise ShapeError(self._below(name), "there", None)
        return Node(members[name], self._below(name))

    def get(self, name: str) -> "Node | None":
        """Return a member; None where it is absent or null."""
        value = self.members.get(name)
        return None if value is None else Node(value, self._below(name))

    @property
    def members(self) -> dict[str, Any]:
        """The object's members, unread."""
        if not isinstance(self.value, dict):
            raise ShapeError(self.path, "an object", self.value)
        return self.value

    @property
    def elements(self) -> list[Any]:
        """The array's elements, unread."""
        if not isinstance(self.value, list):
            raise ShapeError(self.path, "an array", self.value)
        return self.value

    def __iter__(self) -> Iterator["Node"]:
        """Yield an array's elements."""
        for index, value in enumerate(self.elements):
            yield Node(value, f"{self.path}[{index}]")

    def entries(self) -> Iterator[tuple[str, "Node"]]:
        """Yield an object's members with their names."""
        for name, value in self.members.items():
            yield name, Node(value, self._below(name))

    def at(self, index: int) -> "Node":
        """Return an array's element that must be there."""
        elements = self.elements
        if index >= len(elements):
            raise ShapeError(f"{self.path}[{index}]", "there", None)
        return Node(elements[index], f"{self.path}[{index}]")

    def text(self) -> str:
        """Return a JSON string that is not empty."""
        if not isinstance(self.value, str) or isinstance(self.value, Text) or not self.value:
            raise ShapeError(self.path, "text", self.value)
        return self.value

    def truth(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise ShapeError(self.path, "true or false", self.value)
        return self.value

    def decimal(self) -> Decimal:
        """Return a finite number, from a JSON number or from its text, to the last digit."""
        value = self.value
        if isinstance(value, str | int) and not isinstance(value, bool) and _is_plain(str(value)):
            try:
                number = Decimal(value)
            except InvalidOperation:
                number = Decimal("NaN")
            if number.is_finite():
                return number
        raise ShapeError(self.path, "a number", value)

    def positive(self) -> Decimal:
        """Return a number above zero."""
        number = self.decimal()
        if number <= 0:
            raise ShapeError(self.path, "above 0", self.value)
        return number

    def whole(self) -> int:
        """Return a whole number, from a JSON number or from its text."""
        number = self.decimal()
        if number != int(number):
            raise ShapeError(self.path, "a whole number", self.value)
        return int(number)

    def _below(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def decimal_or_none(node: Node | None) -> Decimal | None:
    """Return a number above zero; None where a venue leaves it out, empty or at zero because it has none."""
    if node is None or node.value == "":
        return None
    return node.decimal() or None


def parse(content: bytes) -> Node:
    """Parse an answer.

    Raises
    ------
    ShapeError
        If it is no JSON, or holds NaN or an infinity, which JSON has not.
    """
    try:
        return Node(json.loads(content, parse_float=Text, parse_constant=_refuse))
    except (ValueError, RecursionError):
        raise ShapeError("", "JSON", content[:_SHOWN].decode("ascii", "replace")) from None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _is_plain(text: str) -> bool:
    return "_" not in text and text.strip() == text
