"""JSON numbers written as a venue writes them, digit by digit."""

import json
import re
from typing import Any

from tests.venues.server import Reply


class Number(str):
    """Text that stands in an answer as a number."""

    __slots__ = ()


def numbers(body: Any) -> Reply:
    """Answer in JSON, with every `Number` bare."""
    text = json.dumps(_marked(body))
    return Reply(200, re.sub(r'"\\u0000([^"]*)"', r"\1", text).encode(), {"Content-Type": "application/json"})


def _marked(value: Any) -> Any:
    if isinstance(value, Number):
        return f"\0{value}"
    if isinstance(value, dict):
        return {name: _marked(one) for name, one in value.items()}
    return [_marked(one) for one in value] if isinstance(value, list) else value
