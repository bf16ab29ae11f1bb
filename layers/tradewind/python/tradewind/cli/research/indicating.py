"""Indicators over a file of bars: the columns that people and checks read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path

from tradewind.cli.bar_files import Line, lines_of
from tradewind.cli.data.writing import decimal, record
from tradewind.cli.errors import InputError
from tradewind.indicators.base import Indicator

type Row = tuple[int, float, float, float, float, float]
"""`ts`, open, high, low, close, volume."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Every indicator's outputs after each row of a file.

    Attributes
    ----------
    names : tuple of str
    times : list of int
        UTC ms of each bar's start.
    values : list of tuple of float
        One tuple a row, in the order of `names`; NaN where an indicator is not warm, or the row is no bar.
    left_out : list of str
        Places of rows that are no bars: no indicator has seen them.
    """

    names: tuple[str, ...]
    times: list[int]
    values: list[tuple[float, ...]]
    left_out: list[str]


def columns(path: Path, lines: Iterable[Line], chosen: Sequence[Indicator]) -> Columns:
    """Run indicators over a file's rows, interpreted as a function would.

    Raises
    ------
    BadInputError, InputError
        If a row is no numbers, or its time is not after the row's before; it names the place.
    """
    names = tuple(name for one in chosen for name in one.outputs)
    result = Columns(names, [], [], [])
    states = [one.new_state() for one in chosen]
    for place, row in _rows(path, lines):
        result.times.append(row[0])
        if not _is_bar(row):
            result.left_out.append(place)
            result.values.append((nan,) * len(names))
            continue
        values: list[float] = []
        for one, state in zip(chosen, states, strict=True):
            one.kernel(state, float(row[0]), *row[1:])
            values += state[: len(one.outputs)]
        result.values.append(tuple(values))
    if not result.times:
        raise InputError(f"{path.name} has no bars: name a file that has some")
    return result


def rows_of(path: Path) -> list[Line]:
    """Return a bar file's rows.

    Raises
    ------
    BadInputError, InputError
        If there is no such file, or its columns are not those of bars.
    """
    if not path.is_file():
        raise InputError(f"{path} is no file: name a bar file (.csv, .csv.gz, .parquet or .feather)")
    return list(lines_of(path))


def _rows(path: Path, lines: Iterable[Line]) -> Iterator[tuple[str, Row]]:
    before = -1
    for line in lines:
        row = record(path.name, line.place, line.fields)
        if row[0] <= before:
            raise InputError(
                f"{path.name} {line.place}: ts {row[0]} is not after {before} of the row before; sort the rows by ts "
                "and keep one of each, as `tradewind data import` does"
            )
        before = row[0]
        yield line.place, row


def _is_bar(row: Row) -> bool:
    _, open_, high, low, close, volume = row
    spans = 0.0 < low <= min(open_, close) and max(open_, close) <= high
    return spans and isfinite(high) and volume >= 0.0 and isfinite(volume)


def csv_text(result: Columns) -> str:
    """Return the columns as CSV: shortest decimals that read as the very floats, nothing where there is no number."""
    lines = (",".join((str(ts), *map(decimal, values))) for ts, values in zip(result.times, result.values, strict=True))
    return "\n".join((",".join(("ts", *result.names)), *lines, ""))
