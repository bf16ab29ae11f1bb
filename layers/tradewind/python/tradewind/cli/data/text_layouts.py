"""CSV files as CryptoDataDownload and most others write them: named columns in any order, times in many forms."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path

from tradewind.cli.bar_files import table_of, text_of
from tradewind.cli.bar_names import name
from tradewind.cli.data.foreign import Foreign, Row, interval_of, moment
from tradewind.domain.errors import BadInputError
from tradewind.domain.validation import number

SUFFIXES = (".csv", ".csv.gz", ".txt", ".parquet", ".feather")

_TIMES = ("ts", "unix", "timestamp", "unix timestamp", "open_time", "open time", "time", "datetime", "date")
_VALUES = (("open", "o"), ("high", "h"), ("low", "l"), ("close", "c"))
_VOLUMES = ("volume", "v", "vol", "base_volume")
_CDD_NAME = re.compile(r"(?P<venue>[A-Za-z]+)_(?P<symbol>[A-Za-z0-9]+)_(?:\d{4}_)?(?P<interval>[0-9A-Za-z]+)")
_PLAIN_NAME = re.compile(r"(?P<symbol>[A-Za-z0-9.-]+)(?:_(?P<interval>\d+[a-z]+))?")
_NEAR = 0.5
_BANNER = 3


def is_cryptodatadownload(path: Path) -> bool:
    """Tell whether a file begins as CryptoDataDownload's do: with its address, or a volume for each currency."""
    if not path.name.lower().endswith((".csv", ".csv.gz")):
        return False
    with text_of(path) as text:
        top = "".join(islice(text, _BANNER)).lower()
    return "cryptodatadownload" in top or ("symbol" in top and top.count("volume ") > 1)


def read_cryptodatadownload(path: Path) -> Foreign:
    """Read one of CryptoDataDownload's files.

    They begin with the site's address, run from the newest bar to the oldest, and have a volume in each currency of the
    pair. In some older rows the two are swapped: there the one that times the close gives the other is taken.

    Raises
    ------
    BadInputError
        If the file is none, or a row cannot be read.
    """
    header, rows = _table(path)
    columns = [column for column in header if column.startswith("volume ")]
    if len(columns) < 2:  # noqa: PLR2004 - one for each currency of the pair
        raise BadInputError(f"{path.name}: CryptoDataDownload has two volumes, this has {', '.join(header)}")
    base, quote = (header.index(column) for column in columns[:2])
    match = _CDD_NAME.fullmatch(_stem(path))
    swapped, read = 0, []
    picked = _picked(path, header, _TIMES[1:], header.index(columns[0]))
    for place, fields in rows:
        row = _row(path, place, fields, picked)
        if _is_swapped(row.close, fields[base], fields[quote]):
            swapped, row = swapped + 1, row._replace(volume=fields[quote])
        read.append(row)
    notes = (f"{swapped} rows had the volumes of base and quote swapped: set right",) if swapped else ()
    facts = match.groupdict() if match else {"venue": "", "symbol": _symbol(header, rows), "interval": ""}
    return Foreign(
        path, "cryptodatadownload", facts["venue"], facts["symbol"], interval_of(facts["interval"]), read, notes
    )


def read_plain(path: Path) -> Foreign:
    """Read a file with a time and open, high, low, close, volume under their usual names.

    Raises
    ------
    BadInputError
        If a column is not there, or a row cannot be read.
    """
    header, rows = _columns(path) if path.suffix.lower() in {".parquet", ".feather"} else _table(path)
    volume = next((header.index(column) for column in _VOLUMES if column in header), None)
    if volume is None:
        raise BadInputError(f"{path.name} has no volume: its columns are {', '.join(header)}")
    picked = _picked(path, header, _TIMES, volume)
    read = [_row(path, place, fields, picked) for place, fields in rows]
    known = name(path)
    if known:
        return Foreign(path, "plain", known.venue, known.symbol, interval_of(known.interval), read)
    match = _PLAIN_NAME.fullmatch(_stem(path))
    facts: Mapping[str, str | None] = match.groupdict() if match else {}
    return Foreign(path, "plain", "", facts.get("symbol") or "", interval_of(facts.get("interval") or ""), read)


def _table(path: Path) -> tuple[list[str], list[tuple[str, list[object]]]]:
    """Return the header in lower case and the rows with their places; lines before the header are skipped."""
    header: list[str] = []
    rows: list[tuple[str, list[object]]] = []
    with text_of(path) as text:
        reader = csv.reader(text)
        try:
            for fields in filter(None, reader):
                if not header:
                    header = _header(fields)
                elif len(fields) != len(header):
                    raise BadInputError(
                        f"{path.name} line {reader.line_num}: {len(fields)} fields where the header has {len(header)}"
                    )
                else:
                    rows.append((f"line {reader.line_num}", list(fields)))
        except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
            raise BadInputError(f"{path.name} cannot be read near line {reader.line_num + 1}: {error}") from None
    if not header:
        raise BadInputError(f"{path.name}: no line names the columns open, high, low and close; add a header")
    return header, rows


def _header(fields: Sequence[str]) -> list[str]:
    names = [field.strip().lower() for field in fields]
    return names if {"close", "c"} & set(names) else []


def _columns(path: Path) -> tuple[list[str], list[tuple[str, list[object]]]]:
    table = table_of(path)
    columns = [column.to_pylist() for column in table.columns]
    rows = [(f"row {number}", list(fields)) for number, fields in enumerate(zip(*columns, strict=True), start=1)]
    return [column.lower() for column in table.column_names], rows


def _picked(path: Path, header: Sequence[str], times: Iterable[str], volume: int) -> list[int]:
    """Return the places of time, open, high, low, close and volume."""
    time = next((header.index(column) for column in times if column in header), None)
    prices = [next((header.index(column) for column in one if column in header), None) for one in _VALUES]
    wanted = {"a time": time, **{one[0]: place for one, place in zip(_VALUES, prices, strict=True)}}
    lacking = [what for what, place in wanted.items() if place is None]
    if lacking:
        raise BadInputError(f"{path.name} lacks {', '.join(lacking)}: its columns are {', '.join(header)}")
    return [*(place for place in wanted.values() if place is not None), volume]


def _row(path: Path, place: str, fields: Sequence[object], picked: Sequence[int]) -> Row:
    when, *values = (fields[k] for k in picked)
    return Row(place, moment(path, place, when), *("" if value is None else value for value in values))


def _is_swapped(close: object, base: object, quote: object) -> bool:
    price, first, second = number(close), number(base), number(quote)
    if not price or not first or not second:
        return False
    return abs(second * price / first - 1) < _NEAR < abs(first * price / second - 1)


def _symbol(header: Sequence[str], rows: Sequence[tuple[str, Sequence[object]]]) -> str:
    if "symbol" not in header or not rows:
        return ""
    return str(rows[0][1][header.index("symbol")]).replace("/", "")


def _stem(path: Path) -> str:
    lower = path.name.lower()
    return next((path.name[: -len(suffix)] for suffix in (".csv.gz", *SUFFIXES) if lower.endswith(suffix)), "")
