"""Recorded answers of the real interfaces, which lie beside the repository where they are at hand at all."""

import gzip
import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Self

import pytest

FOLDER = Path(__file__).parents[5] / "shared/data/api"


def needed() -> None:
    if not (FOLDER / "INDEX.tsv").exists():
        pytest.skip(f"the recorded answers are not here: {FOLDER}")


@cache
def index() -> tuple[str, ...]:
    """Return the recordings that are there, by their paths."""
    if not (FOLDER / "INDEX.tsv").exists():
        return ()
    paths = (line.split("\t")[0] for line in (FOLDER / "INDEX.tsv").read_text().splitlines()[1:])
    return tuple(path for path in paths if (FOLDER / path).exists())


def text(path: str) -> bytes:
    data = (FOLDER / path).read_bytes()
    return gzip.decompress(data) if path.endswith(".gz") else data


def bodies(path: str) -> list[tuple[str, bytes]]:
    """Return what each recording of a file was asked for and what was answered, the answer as JSON text.

    Some files hold one answer, some an answer with its request, some a list of these, some a session line by line.
    """
    raw = text(path)
    if ".txt" in path:
        lines = [line for line in raw.decode().splitlines() if line.startswith("http")]
        return [(line.split(" -> ", 1)[0], line.split(": ", 1)[1].encode()) for line in lines]
    loaded = json.loads(raw, parse_float=_Number, parse_int=_Number)
    if isinstance(loaded, dict) and "response" in loaded:
        return [(str(loaded.get("path", "")), _dumped(loaded["response"]))]
    if isinstance(loaded, list) and loaded and isinstance(loaded[0], dict) and "response" in loaded[0]:
        return [(one["url"], _dumped(one["response"])) for one in loaded]
    return [("", raw)]


class _Number(float):
    """A number that is written again digit by digit."""

    def __new__(cls, digits: str) -> Self:
        made = super().__new__(cls, digits)
        made.digits = digits
        return made

    digits: str

    def __repr__(self) -> str:
        return self.digits


def _dumped(value: Any) -> bytes:
    """Write JSON by hand, since the library's writer would round numbers."""
    if isinstance(value, dict):
        return b"{" + b",".join(json.dumps(key).encode() + b":" + _dumped(one) for key, one in value.items()) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(_dumped, value)) + b"]"
    return value.digits.encode() if isinstance(value, _Number) else json.dumps(value).encode()


def second(body: bytes) -> Any:
    """Read an answer by other means than the product does: numbers become decimals at once."""
    return json.loads(body, parse_float=Decimal, parse_int=Decimal)
