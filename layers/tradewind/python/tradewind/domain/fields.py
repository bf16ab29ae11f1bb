"""Fields of a message, read strictly: what is of another kind is refused."""

from decimal import Decimal
from typing import Any


def text(value: Any) -> str:
    """Return a value that is text.

    Raises
    ------
    TypeError, ValueError, ArithmeticError
        If it is none.
    """
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def whole(value: Any) -> int:
    """Return a value that is a whole number.

    Raises
    ------
    TypeError, ValueError, ArithmeticError
        If it is none.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value


def amount(value: Any) -> Decimal:
    """Return an amount that was written as text: finite, and not below 0.

    Raises
    ------
    TypeError, ValueError, ArithmeticError
        If it is none.
    """
    found = Decimal(text(value))
    if not found.is_finite() or found < 0:
        raise ValueError(f"{value!r} is no amount")
    return found


def positive(value: Any) -> Decimal:
    """Return an amount above 0.

    Raises
    ------
    TypeError, ValueError, ArithmeticError
        If it is none.
    """
    found = amount(value)
    if not found:
        raise ValueError(f"{value!r} is not positive")
    return found


def listed(value: Any) -> list[Any]:
    """Return a value that is a list.

    Raises
    ------
    TypeError
        If it is none.
    """
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value
