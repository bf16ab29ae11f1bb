"""Recorded bars as one object per instrument and timeframe: what the laptop writes and the replay provider reads."""

from array import array
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.packing import from_little_endian, seal, to_little_endian, unseal
from tradewind.domain.series import Series
from tradewind.domain.timeframe import Timeframe

PREFIX = "replay/"
"""Where datasets lie in the bucket."""

_SCHEMA = 1
_COLUMNS = 6


def dataset_key(instrument: InstrumentId, timeframe: Timeframe) -> str:
    """Return the object key of one instrument's recorded bars."""
    return f"{PREFIX}{timeframe}/{instrument}.bin"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One instrument's recorded bars as columns.

    Attributes
    ----------
    ts_open : array of int64
        UTC ms, strictly ascending.
    values : tuple of five arrays of float64
        Open, high, low, close, volume; as recorded, not yet validated.
    """

    instrument: Instrument
    timeframe: Timeframe
    ts_open: "array[int]"
    values: "tuple[array[float], ...]"

    def to_bytes(self) -> bytes:
        """Pack into a checksum, a header with the instrument's rules, and little-endian columns."""
        rules = self.instrument
        header = {
            "schema": _SCHEMA,
            "instrument": rules.id,
            "timeframe": self.timeframe,
            "tick": str(rules.tick),
            "lot": str(rules.lot),
            "count": len(self.ts_open),
        }
        body = to_little_endian(self.ts_open, "q") + b"".join(to_little_endian(column, "d") for column in self.values)
        return seal(header, body)

    @classmethod
    def from_bytes(cls, key: str, data: bytes) -> "Dataset":
        """Unpack what `to_bytes` packed.

        Raises
        ------
        PermanentError
            If the bytes are damaged, of an unknown schema, or not what the key says.
        """
        header, body = unseal(f"object {key}", _SCHEMA, data)
        name, timeframe = InstrumentId(header["instrument"]), Timeframe(header["timeframe"])
        width = 8 * header["count"]
        if key != dataset_key(name, timeframe) or len(body) != _COLUMNS * width:
            raise BadInputError(f"object {key} holds {name} {timeframe} in {len(body)} bytes: upload the bars again")
        parts: list[array[Any]] = [
            from_little_endian(body[k * width : (k + 1) * width], "d" if k else "q") for k in range(_COLUMNS)
        ]
        rules = Instrument(name, Decimal(header["tick"]), Decimal(header["lot"]))
        return cls(rules, timeframe, parts[0], tuple(parts[1:]))


def dataset(series: Series) -> Dataset:
    """Turn a series into columns."""
    columns = list(zip(*series.bars, strict=True)) or [()] * 7
    values = tuple(array("d", column) for column in columns[2:])
    return Dataset(series.instrument, series.timeframe, array("q", map(int, columns[0])), values)
