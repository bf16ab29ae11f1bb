"""Writing bars: CSV plain or packed, Parquet, Feather; in Tradewind's columns or in freqtrade's."""

import gzip
from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import nan
from pathlib import Path
from typing import Any

from tradewind.cli.bar_files import COLUMNS, lines_of
from tradewind.cli.errors import InputError
from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError
from tradewind.domain.validation import number, whole

FORMATS = {"csv": ".csv", "csv.gz": ".csv.gz", "parquet": ".parquet", "feather": ".feather"}

type Record = tuple[int, float, float, float, float, float]
"""A bar as files have it: the start, then the values."""


def records(bars: Iterable[Bar]) -> list[Record]:
    """Return bars as files have them."""
    return [(bar.ts_open, *bar[2:]) for bar in bars]


def exact_records(path: Path) -> list[Record]:
    """Read a bar file's rows as they are, sound or not.

    Raises
    ------
    BadInputError
        If a time or a value is no number; it names the place.
    """
    return [record(path.name, line.place, line.fields) for line in lines_of(path)]


def record(source: str, place: str, fields: Sequence[object]) -> Record:
    """Return a row's numbers; an empty value is not a number.

    Raises
    ------
    BadInputError
        If a time or a value is no number.
    """
    ts, *values = (field if isinstance(field, float | int) else str(field) for field in fields)
    start, numbers = whole(ts), [nan if value == "" else number(value) for value in values]
    wrong = [repr(value) for value, read in zip(values, numbers, strict=True) if read is None]
    if start is None or wrong:
        raise BadInputError(
            f"{source} {place}: {repr(ts) if start is None else ', '.join(wrong)} is no number; correct it"
        )
    o, h, low, c, volume = (value for value in numbers if value is not None)
    return start, o, h, low, c, volume


def write(path: Path, rows: Sequence[Record], *, force: bool = False) -> None:
    """Write one file in the format that its name says; a reader sees the old file or the new one.

    Raises
    ------
    InputError
        If the file is there already and `force` is off.
    """
    if path.exists() and not force:
        raise InputError(f"{path} is there already: give --force to overwrite it")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    if path.suffix.lower() in {".parquet", ".feather"}:
        _write_table(fresh, rows, path.suffix)
    else:
        data = csv_text(rows).encode()
        fresh.write_bytes(gzip.compress(data, mtime=0) if path.suffix.lower() == ".gz" else data)
    fresh.replace(path)


def csv_text(rows: Iterable[Record]) -> str:
    """Return the rows as CSV, each number in its shortest decimal, never in powers of ten."""
    lines = (",".join((str(ts), *map(decimal, values))) for ts, *values in rows)
    return "\n".join((",".join(COLUMNS), *lines, ""))


def decimal(value: float) -> str:
    """Write the shortest decimal that reads as this very float; nothing where it is no number."""
    if value != value:  # noqa: PLR0124 - NaN
        return ""
    text = repr(value)
    if "e" in text:
        return f"{Decimal(text):f}"
    return text.removesuffix(".0")


def _write_table(path: Path, rows: Sequence[Record], suffix: str) -> None:
    import pyarrow as pa
    from pyarrow import feather, parquet

    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    types = [pa.int64()] + [pa.float64()] * (len(COLUMNS) - 1)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    table = pa.table(arrays, names=list(COLUMNS))
    if suffix == ".parquet":
        parquet.write_table(table, path, compression="zstd")
    else:
        feather.write_feather(table, path, compression="lz4")
