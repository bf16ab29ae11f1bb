"""Reading one bar file: its columns, its times and its finest decimal, with line-numbered errors."""

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from math import isnan
from pathlib import Path
from typing import Any, NamedTuple

from tradewind.cli.bar_names import BarFile
from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import Instrument
from tradewind.domain.series import Series
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import number, whole

COLUMNS = ("ts", "open", "high", "low", "close", "volume")

_FIRST_MS = 100_000_000_000
"""Earlier times (before March 1973) are seconds taken for milliseconds."""

_RUN = 5
_FINEST = 10
"""More decimals than this were computed (adjusted), not quoted."""

_ADJUSTED_TICK = Decimal("0.0001")
_SMALLEST_ADJUSTED_PRICE = 1.0


class Line(NamedTuple):
    """One row with the place that a message names."""

    place: str
    fields: Sequence[object]


def read_series(file: BarFile, start: int | None, end: int | None, now: int) -> Series:
    """Read one file.

    Parameters
    ----------
    start, end : int, optional
        UTC ms; only bars with `start <= ts_open < end` are kept. The whole file is checked either way.
    now : int
        UTC ms; a bar that closes later is no record.

    Returns
    -------
    Series
        Times are checked here. Values that cannot be (not a number, high below low) are kept as they are: the
        pipeline refuses such bars one by one and records why.

    Raises
    ------
    BadInputError
        If the file cannot be read as bars; it names the file, the line and what to do.
    """
    timeframe = file.timeframe
    instrument, lot = file.instrument()
    lines = list(lines_of(file.path))
    bars = [_bar(file.path, line, timeframe, now) for line in lines]
    if not bars:
        raise BadInputError(f"{file.path.name} has no bars: remove it, or fill it")
    _check_times(file.path, lines, [bar.ts_open for bar in bars], timeframe)
    tick, bars = _on_grid(file.path, _finest(lines), bars)
    kept = [bar for bar in bars if (start is None or bar.ts_open >= start) and (end is None or bar.ts_open < end)]
    return Series(Instrument(instrument, tick, lot), timeframe, kept, file.path.name)


def lines_of(path: Path) -> Iterator[Line]:
    """Yield a file's rows as they are written, each with its place.

    Raises
    ------
    BadInputError
        If the file is damaged, or its columns are not those of bars.
    """
    return _columnar(path) if path.suffix.lower() in {".parquet", ".feather"} else _csv(path)


def _csv(path: Path) -> Iterator[Line]:
    with text_of(path) as text:
        reader = csv.reader(text)
        try:
            header = next(reader, [])
            _check_columns(path, header)
            order = [header.index(column) for column in COLUMNS]
            for fields in filter(None, reader):  # blank lines say nothing
                if len(fields) != len(header):
                    raise BadInputError(
                        f"{path.name} line {reader.line_num}: {len(fields)} fields where the header has {len(header)}"
                    )
                yield Line(f"line {reader.line_num}", [fields[k] for k in order])
        except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
            raise BadInputError(f"{path.name} cannot be read near line {reader.line_num + 1}: {error}") from None


def text_of(path: Path) -> io.TextIOBase:
    """Open a text file, packed or not.

    Raises
    ------
    BadInputError
        If it cannot be opened: a folder, or a file of somebody else.
    """
    try:
        if path.suffix.lower() == ".gz":
            return io.TextIOWrapper(gzip.open(path), "utf-8-sig", newline="")
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise BadInputError(f"{path.name} cannot be opened: {error.strerror}") from None


def _columnar(path: Path) -> Iterator[Line]:
    table = table_of(path)
    _check_columns(path, table.column_names)
    columns = [table.column(column).to_pylist() for column in COLUMNS]
    for row, fields in enumerate(zip(*columns, strict=True), start=1):
        yield Line(f"row {row}", ["" if field is None else field for field in fields])


def table_of(path: Path) -> Any:
    """Read a Parquet or Feather file as an Arrow table.

    Raises
    ------
    BadInputError
        If it is neither.
    """
    import pyarrow as pa
    from pyarrow import feather, parquet

    is_parquet = path.suffix.lower() == ".parquet"
    try:
        return parquet.read_table(path) if is_parquet else feather.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise BadInputError(f"{path.name} is not readable {'Parquet' if is_parquet else 'Feather'}: {error}") from None


def _check_columns(path: Path, header: Sequence[str]) -> None:
    lacking = [column for column in COLUMNS if column not in header]
    if lacking or len(set(header)) != len(header):
        raise BadInputError(
            f"{path.name} line 1: the columns are {','.join(header) or 'absent'} and must be {','.join(COLUMNS)}"
            + (f"; missing: {', '.join(lacking)}" if lacking else "; one of them is there twice")
        )


def _bar(path: Path, line: Line, timeframe: Timeframe, now: int) -> Bar:
    ts = whole(line.fields[0])
    if ts is None:
        raise BadInputError(f"{path.name} {line.place}: ts is {line.fields[0]!r}, not UTC milliseconds")
    values = [_value(path, line, column, field) for column, field in zip(COLUMNS, line.fields, strict=True)][1:]
    bar = Bar(ts, ts + timeframe.ms, *values)
    if ts < _FIRST_MS:
        raise BadInputError(f"{path.name} {line.place}: ts {ts} looks like seconds; multiply the column by 1000")
    if bar.ts_close > now:
        raise BadInputError(f"{path.name} {line.place}: the bar of ts {ts} has not closed yet; remove it")
    return bar


def _value(path: Path, line: Line, column: str, field: object) -> float:
    value = float("nan") if field == "" else number(str(field) if isinstance(field, Decimal) else field)
    if value is None:
        raise BadInputError(f"{path.name} {line.place}: {column} is {field!r}, not a number; correct or empty it")
    return value


def _check_times(path: Path, lines: Sequence[Line], times: Sequence[int], timeframe: Timeframe) -> None:
    for line, ts in zip(lines, times, strict=True):
        if ts % timeframe.ms:
            raise BadInputError(
                f"{path.name} {line.place}: ts {ts} is not the start of a {timeframe} bar in UTC "
                "(wrong interval in the file's name, or another time zone)"
            )
    gaps = [later - earlier for earlier, later in pairwise(times)]
    for line, gap, ts in zip(lines[1:], gaps, times[1:], strict=True):
        if gap <= 0:
            what = "occurs twice; keep one of the rows" if gap == 0 else "is earlier than the row before; sort by ts"
            raise BadInputError(f"{path.name} {line.place}: ts {ts} {what}")
    _check_interval(path, lines, gaps, timeframe)


def _check_interval(path: Path, lines: Sequence[Line], gaps: Sequence[int], timeframe: Timeframe) -> None:
    """Refuse longer bars among shorter ones: a run of equal gaps that is another timeframe's length."""
    longer = {other.ms: other for other in Timeframe if other.ms > timeframe.ms}
    usual = Counter(gaps).most_common(1)[0][0] if gaps else timeframe.ms
    if usual in longer:
        raise BadInputError(f"{path.name}: most rows are {longer[usual]} apart, not {timeframe}; rename the file")
    run = 0
    for line, gap, before in zip(lines[1:], gaps, [0, *gaps], strict=False):
        run = run + 1 if gap == before else 1
        if gap in longer and run >= _RUN:
            raise BadInputError(
                f"{path.name} {line.place}: mixed intervals, the rows up to here are {longer[gap]} apart and others "
                f"{timeframe}; put them into files of their own"
            )


def _finest(lines: Iterable[Line]) -> int:
    """Return the most decimals that any price is written with."""
    return max((_decimals(str(field)) for line in lines for field in line.fields[1:5]), default=0)


def _decimals(text: str) -> int:
    """Count the decimals of a number's text, without trailing zeros."""
    if "e" in text or "E" in text:
        exponent = Decimal(text).normalize().as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0
    return len(text.partition(".")[2].rstrip("0"))


def _on_grid(path: Path, decimals: int, bars: list[Bar]) -> tuple[Decimal, list[Bar]]:
    """Return the tick, and the bars on it.

    Prices with very many decimals were computed: they are rounded to 0.0001, which moves none above 1 by more
    than 0.005 %. Rounding keeps order, so no bar becomes impossible.
    """
    if decimals <= _FINEST:
        return Decimal(1).scaleb(-decimals), bars
    lowest = min((bar.low for bar in bars if not isnan(bar.low)), default=0.0)
    if lowest < _SMALLEST_ADJUSTED_PRICE:
        raise BadInputError(
            f"{path.name}: prices have {decimals} decimals, which no venue quotes; round them to at most {_FINEST}"
        )
    return _ADJUSTED_TICK, [bar._replace(**{k: round(getattr(bar, k), 4) for k in COLUMNS[1:5]}) for bar in bars]
