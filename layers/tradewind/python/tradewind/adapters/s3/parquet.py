"""Months of bars as Parquet: one object for each instrument, timeframe and month, in the folders that Athena knows.

The numbers are the very same float64, compressed with zstd. The footer says how many bars there are and their
checksum, both of which are held against the bars with each reading.
"""

import ctypes
import io
from array import array
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from arro3.core import Array, DataType, Table
from arro3.io import read_parquet, write_parquet

from tradewind.application.ports_bars import BarArchive, BarMonth, ObjectStore, StoredMonth
from tradewind.domain.bar import Bar, bar_of
from tradewind.domain.collecting import no_collecting
from tradewind.domain.errors import PermanentError
from tradewind.domain.identifiers import content_hash
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.months import month_name, month_named
from tradewind.domain.packed_bars import ends_of
from tradewind.domain.timeframe import Timeframe

PREFIX = "bars/"
"""Where months of bars lie in the bucket."""

COLUMNS = ("open", "high", "low", "close", "volume")
"""float64; before them `ts`, the bar's start, as a timestamp of milliseconds in UTC."""

COMPRESSION = "zstd(3)"
"""The next levels take twice as long for five per cent."""

TIME = DataType.timestamp("ms", tz="UTC")
_TOGETHER = 1_000_000
_WIDTH = 8
_AT_ONCE = 10
"""Objects that are read side by side: as many as the client has connections."""


def folder(instrument: InstrumentId, timeframe: Timeframe) -> str:
    """Return where an instrument's months lie."""
    symbol, _, venue = instrument.rpartition(".")
    return f"{PREFIX}venue={venue}/interval={timeframe}/instrument={symbol}/"


def object_key(instrument: InstrumentId, timeframe: Timeframe, month: int) -> str:
    """Return the key of one month."""
    return f"{folder(instrument, timeframe)}month={month_name(month)}/bars.parquet"


@dataclass(frozen=True, slots=True)
class ParquetBars(BarArchive):
    """The cold tier over a store of objects."""

    objects: ObjectStore

    def read(self, instrument: InstrumentId, timeframe: Timeframe, month: int) -> StoredMonth | None:
        """Return a month, or None if none is kept."""
        key = object_key(instrument, timeframe, month)
        found = self.objects.read(key)
        return StoredMonth(_bars(key, found.data, timeframe), found.edition) if found else None

    def read_many(self, instrument: InstrumentId, timeframe: Timeframe, months: Sequence[int]) -> list[StoredMonth]:
        """Return those of the months that are kept, in their order, read side by side."""
        keys = [object_key(instrument, timeframe, month) for month in months]
        if len(keys) == 1:
            return [found for month in months if (found := self.read(instrument, timeframe, month))]
        with ThreadPoolExecutor(_AT_ONCE) as pool, no_collecting():  # the first are unpacked while others are fetched
            return [
                StoredMonth(_bars(key, one.data, timeframe), one.edition)
                for key, one in zip(keys, pool.map(self.objects.read, keys), strict=True)
                if one
            ]

    def write(self, month: BarMonth, replacing: str) -> str:
        """Keep a month in place of the edition that was read; return its own edition."""
        key = object_key(month.instrument, month.timeframe, month.month)
        return self.objects.write(key, to_bytes(month.bars), replacing)

    def months(self, instrument: InstrumentId, timeframe: Timeframe) -> list[int]:
        """Return the starts of the months that are kept, oldest first."""
        keys = self.objects.keys(folder(instrument, timeframe))
        return [month_named(key.rpartition("/month=")[2].partition("/")[0]) for key in keys]

    def delete(self, instrument: InstrumentId, timeframe: Timeframe, month: int) -> None:
        """Forget a month; it need not be kept."""
        self.objects.delete(object_key(instrument, timeframe, month))


def to_bytes(bars: Sequence[Bar]) -> bytes:
    """Return bars as a Parquet file."""
    columns = list(zip(*bars, strict=True)) or [()] * 7
    times, values = array("q", columns[0]), [array("d", column) for column in columns[2:]]
    arrays = [Array.from_buffer(times).cast(TIME), *map(Array.from_buffer, values)]
    out = io.BytesIO()
    write_parquet(
        Table.from_arrays(arrays, names=["ts", *COLUMNS]),
        out,
        compression=COMPRESSION,
        column_encoding={"ts": "delta_binary_packed"},
        column_dictionary_enabled={"ts": False},
        key_value_metadata={"bars": str(len(times)), "digest": _digest([times, *values])},
    )
    return out.getvalue()


def _bars(key: str, data: bytes, timeframe: Timeframe) -> list[Bar]:
    facts, columns = _opened(key, data)
    times, *values = columns
    if facts.get(b"bars") != str(len(times)).encode() or facts.get(b"digest") != _digest(columns).encode():
        raise PermanentError(
            f"object {key}: its {len(times)} bars are not those that its checksum was made of; restore a version before"
        )
    opens = times.tolist()
    return list(map(bar_of, zip(opens, ends_of(opens, timeframe.ms), *values, strict=True)))


def _opened(key: str, data: bytes) -> "tuple[Mapping[bytes, bytes], list[array[Any]]]":
    with understood(key):
        table = read_parquet(data, batch_size=_TOGETHER).read_all()
        return table.schema.metadata, [_column(table[name], name) for name in ("ts", *COLUMNS)]


@contextmanager
def understood(key: str) -> Iterator[None]:
    """Say of an object that it is not what it should be, whatever the library says of it.

    Raises
    ------
    PermanentError
        In place of any error, and of a panic, which is what Rust makes of a file that is none.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise PermanentError(f"object {key} is no Parquet as Tradewind writes it: {error}") from error
        raise


class _ArrowArray(ctypes.Structure):
    """The head of an array in memory. Source: Arrow C data interface, "ArrowArray"."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    )


_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


def _column(column: Any, name: str) -> "array[Any]":
    """Copy a column of eight-byte numbers as it lies in memory: to ask for each number takes twenty times as long."""
    whole: array[Any] = array("q" if name == "ts" else "d")
    for chunk in column.chunks:
        _, capsule = chunk.__arrow_c_array__()
        head = ctypes.cast(_pointer(capsule, b"arrow_array"), ctypes.POINTER(_ArrowArray)).contents
        if chunk.type != (TIME if name == "ts" else DataType.float64()) or head.null_count:
            raise ValueError(f"column {name} is {chunk.type} with {head.null_count} nulls")
        start = head.buffers[1] + _WIDTH * head.offset
        whole.frombytes(ctypes.string_at(start, _WIDTH * head.length))
    return whole


def _digest(columns: "Sequence[array[Any]]") -> str:
    return content_hash(b"".join(column.tobytes() for column in columns))
