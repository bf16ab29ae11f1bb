"""Slices: every bar of one shard for one timestep, packed into one item."""

import json
import zlib
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError, PermanentError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe

MAXIMUM_INSTRUMENTS = 90
"""A shard's size: ninety bars stay within the write units of about four kilobytes."""

_SCHEMA = 1
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Slice:
    """All bars of a shard that closed at `ts_close`.

    Attributes
    ----------
    rev : int
        1 for the first edition; each correction is a new revision, and none is ever edited.
    bars : Mapping[InstrumentId, Bar]
        The valid bars. All of them open and close together.
    missing : Mapping[InstrumentId, str]
        Instruments of the shard that were expected and have no valid bar here, each with its reason.
    """

    shard: str
    timeframe: Timeframe
    ts_close: int
    bars: Mapping[InstrumentId, Bar]
    missing: Mapping[InstrumentId, str] = field(default_factory=dict)
    rev: int = 1

    def __post_init__(self) -> None:
        if len(self.bars) > MAXIMUM_INSTRUMENTS:
            raise BadInputError(
                f"slice {self.shard} has {len(self.bars)} bars: a shard takes {MAXIMUM_INSTRUMENTS}, split it"
            )

    @property
    def ts_open(self) -> int:
        """Start of the interval, UTC ms."""
        return self.ts_close - self.timeframe.ms

    def to_bytes(self) -> bytes:
        """Pack into a checksum and a compressed body: ids and reasons as text, values as little-endian float64."""
        header = json.dumps([_SCHEMA, self.timeframe, list(self.bars), dict(self.missing)], separators=(",", ":"))
        values = array("d", [value for bar in self.bars.values() for value in bar[2:]])
        body = zlib.compress(len(header).to_bytes(4) + header.encode() + values.tobytes(), 6)
        return zlib.crc32(body).to_bytes(4) + body

    @classmethod
    def from_bytes(cls, shard: str, ts_close: int, rev: int, data: bytes) -> "Slice":
        """Unpack what `to_bytes` packed.

        Raises
        ------
        PermanentError
            If the bytes are damaged or of an unknown schema.
        """
        where = f"slice {shard} {ts_close} rev {rev}"
        body = _unpack(where, data)
        size = int.from_bytes(body[:4])
        schema, timeframe, ids, missing = json.loads(body[4 : 4 + size])
        if schema != _SCHEMA:
            raise PermanentError(f"{where}: schema {schema} is unknown here (this version reads {_SCHEMA})")
        frame = Timeframe(timeframe)
        values = array("d", body[4 + size :])
        rows = (values[i : i + _FIELDS] for i in range(0, len(values), _FIELDS))
        bars = {
            InstrumentId(name): Bar(ts_close - frame.ms, ts_close, *row) for name, row in zip(ids, rows, strict=True)
        }
        return cls(shard, frame, ts_close, bars, missing, rev)


def _unpack(where: str, data: bytes) -> bytes:
    body = bytes(data[4:])
    if int.from_bytes(data[:4]) != zlib.crc32(body):
        raise PermanentError(f"{where}: checksum mismatch, the stored bytes are damaged; restore or re-fetch it")
    return zlib.decompress(body)
