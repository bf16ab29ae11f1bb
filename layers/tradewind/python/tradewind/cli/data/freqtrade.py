"""freqtrade's data folder: `user_data/data/VENUE/BASE_QUOTE-INTERVAL.feather`, .parquet, .json or .json.gz.

Layout by freqtrade's documentation, *Data downloading*: columns date, open, high, low, close, volume, the date being
the bar's start in UTC; futures lie in `futures/` as `BASE_QUOTE_SETTLE-INTERVAL-futures`.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from tradewind.cli.bar_files import table_of, text_of
from tradewind.cli.data.foreign import Foreign, Row, moment
from tradewind.domain.errors import BadInputError

SUFFIXES = (".feather", ".parquet", ".json", ".json.gz")

_NAME = re.compile(
    r"(?P<base>[A-Za-z0-9]+)_(?P<quote>[A-Za-z0-9]+)(?:_(?P<settle>[A-Za-z0-9]+))?-(?P<interval>\d+[mhdwMy]o?)"
    r"(?:-(?P<kind>\w+))?\.(?:feather|parquet|json|json\.gz)"
)
_COLUMNS = ("date", "open", "high", "low", "close", "volume")


def is_layout(path: Path) -> bool:
    """Tell whether a file is named as freqtrade names bars."""
    return _NAME.fullmatch(path.name) is not None


def read(path: Path) -> Foreign:
    """Read one file.

    Raises
    ------
    BadInputError
        If it holds no bars that can be traded on (funding rates, mark prices), or is damaged.
    """
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise BadInputError(f"{path.name}: freqtrade names bars BASE_QUOTE-INTERVAL.feather, as BTC_USDT-5m.feather")
    if match["kind"] not in {None, "futures"}:
        raise BadInputError(f"{path.name} holds {match['kind']} prices, which are no trades: leave it out")
    symbol = f"{match['base']}-PERP" if match["settle"] else f"{match['base']}{match['quote']}"
    folder = path.resolve().parent
    venue = folder.parent.name if folder.name == "futures" else folder.name
    is_table = path.suffix.lower() in {".feather", ".parquet"}
    rows = list(_from_table(path) if is_table else _from_json(path))
    return Foreign(path, "freqtrade", venue, symbol, match["interval"], rows)


def _from_table(path: Path) -> Iterable[Row]:
    table = table_of(path)
    lacking = [name for name in _COLUMNS if name not in table.column_names]
    if lacking:
        raise BadInputError(f"{path.name} lacks the columns {', '.join(lacking)} of freqtrade's bars")
    columns = [table.column(name).to_pylist() for name in _COLUMNS]
    for number, (when, *values) in enumerate(zip(*columns, strict=True), start=1):
        yield _row(path, f"row {number}", when, values)


def _from_json(path: Path) -> Iterable[Row]:
    with text_of(path) as text:
        try:
            rows = json.load(text)
        except (ValueError, OSError, EOFError) as error:
            raise BadInputError(f"{path.name} is not readable JSON: {error}") from None
    for number, fields in enumerate(rows, start=1):
        if not isinstance(fields, list) or len(fields) < len(_COLUMNS):
            raise BadInputError(f"{path.name} row {number}: a bar is a list of date,open,high,low,close,volume")
        yield _row(path, f"row {number}", fields[0], fields[1:6])


def _row(path: Path, place: str, when: object, values: Iterable[object]) -> Row:
    return Row(place, moment(path, place, when), *("" if value is None else value for value in values))
