"""Numbers as people write them: what could be read in two ways is no number."""

import re
from decimal import Decimal, InvalidOperation

_PLAIN = re.compile(r"[+-]?(\d+|\d{1,3}([,_])\d{3}(\2\d{3})*)?(\.\d*)?([eE][+-]?\d+)?", re.ASCII)
"""Digits, or groups of three between commas or underscores: 1,5 would be 15 to one and one and a half to another."""


def decimal_of(text: str) -> Decimal | None:
    """Return a finite number, or None where the text is none."""
    if not _PLAIN.fullmatch(text):
        return None
    try:
        amount = Decimal(text.replace(",", "").replace("_", ""))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
