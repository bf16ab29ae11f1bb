"""Columns of numbers as compact bytes with a checksum, the same on every machine."""

import json
import sys
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tradewind.domain.errors import PermanentError

_LENGTH = 4
_LEVEL = 6  # the next ones take several times as long for a percent
_SIGNED = bytes((byte >> 1 ^ -(byte & 1)) & 255 for byte in range(256))
"""Of each byte that has its sign in the lowest bit the byte that has it in the highest."""
_CODES = {1: "B", 2: "H", 4: "I", 8: "q"}
"""Arrays of whole numbers by the bytes that each takes."""


def seal(header: Mapping[str, Any], body: bytes) -> bytes:
    """Join a checksum, a JSON header and a body, the latter two compressed.

    Parameters
    ----------
    header : mapping
        JSON values; callers put their schema number in it.
    body : bytes
        The packed columns.
    """
    text = json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    packed = zlib.compress(len(text).to_bytes(_LENGTH) + text + body, _LEVEL)
    return zlib.crc32(packed).to_bytes(_LENGTH) + packed


def unseal(where: str, schema: int, data: bytes) -> tuple[dict[str, Any], bytes]:
    """Open what `seal` closed.

    Parameters
    ----------
    where : str
        What is being read, for the error's text.
    schema : int
        The schema number that the caller understands.

    Raises
    ------
    PermanentError
        If the bytes are damaged or of another schema.
    """
    packed = bytes(data[_LENGTH:])
    if not packed or int.from_bytes(data[:_LENGTH]) != zlib.crc32(packed):
        raise PermanentError(f"{where}: checksum mismatch, the stored bytes are damaged; restore or rebuild them")
    plain = zlib.decompress(packed)
    end = _LENGTH + int.from_bytes(plain[:_LENGTH])
    header: dict[str, Any] = json.loads(plain[_LENGTH:end])
    if header.get("schema") != schema:
        raise PermanentError(f"{where}: schema {header.get('schema')} is unknown here (this version reads {schema})")
    return header, plain[end:]


def to_little_endian(values: Sequence[int] | Sequence[float], typecode: str) -> bytes:
    """Return the values as little-endian `q` (int64) or `d` (float64)."""
    column = array(typecode, values)
    if sys.byteorder == "big":  # pragma: no cover - no such machine is at hand
        column.byteswap()
    return column.tobytes()


def from_little_endian(data: bytes, typecode: str) -> "array[Any]":
    """Return the array that `to_little_endian` wrote."""
    column: array[Any] = array(typecode)
    column.frombytes(data)
    if sys.byteorder == "big":  # pragma: no cover - no such machine is at hand
        column.byteswap()
    return column


def shuffle(data: bytes) -> bytes:
    """Gather equal places of 8-byte words, so that the many zero bytes of small integers lie together."""
    return b"".join(data[place::8] for place in range(8))


def unshuffle(data: bytes, width: int = 8) -> bytes:
    """Undo `shuffle`; of words whose higher bytes are zero only so many bytes."""
    words = len(data) // 8
    out = bytearray(words * width)
    for place in range(width):
        out[place::width] = data[place * words : (place + 1) * words]
    return bytes(out)


def pack_integers(values: Iterable[int]) -> bytes:
    """Pack signed integers with the sign in the lowest bit, so that small ones have mostly zero bytes."""
    return shuffle(to_little_endian([value << 1 if value >= 0 else ~(value << 1) for value in values], "q"))


def unpack_integers(*packed: bytes) -> list[int]:
    """Return what each `pack_integers` packed, joined; where each took but a byte, in a fifth of the time."""
    width = max(map(_width, packed), default=1)
    if width == 1:
        whole = b"".join(data[: len(data) // 8] for data in packed)
        return memoryview(whole.translate(_SIGNED)).cast("b").tolist()
    whole = b"".join(unshuffle(data, width) for data in packed)
    return [value >> 1 ^ -(value & 1) for value in from_little_endian(whole, _CODES[width])]


def _width(data: bytes) -> int:
    """Return how many bytes of each shuffled word are used."""
    words = len(data) // 8
    return next(one for one in _CODES if data.count(0, one * words) == len(data) - one * words)


_HEAVY = 2
"""Bytes of a float64 that hold its sign, its exponent and the first bits of its fraction."""


def part(data: bytes) -> bytes:
    """Gather the heavy bytes of little-endian float64, which are much alike, before the rest, which is not.

    The rest of a number stays together, so that a number that comes again is still found by the compression.
    """
    light = 8 - _HEAVY
    heavy = b"".join(data[place::8] for place in range(light, 8))
    return heavy + b"".join(data[start : start + light] for start in range(0, len(data), 8))


def rejoin(data: bytes) -> bytes:
    """Undo `part`."""
    light, count = 8 - _HEAVY, len(data) // 8
    whole = bytearray(len(data))
    for place in range(_HEAVY):
        whole[light + place :: 8] = data[place * count : (place + 1) * count]
    rest = data[_HEAVY * count :]
    for place in range(light):
        whole[place::8] = rest[place::light]
    return bytes(whole)
