"""Bringing others' files into a folder of Tradewind's own."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tradewind.cli.bar_names import BarFile
from tradewind.cli.data import freqtrade, text_layouts
from tradewind.cli.data.foreign import Foreign, Reader, Row
from tradewind.cli.data.writing import Record, record
from tradewind.cli.errors import InputError
from tradewind.domain.errors import BadInputError
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import number

LAYOUTS: Mapping[str, Reader] = {
    "freqtrade": freqtrade.read,
    "cryptodatadownload": text_layouts.read_cryptodatadownload,
    "plain": text_layouts.read_plain,
}
SUFFIXES = tuple(dict.fromkeys((*freqtrade.SUFFIXES, *text_layouts.SUFFIXES)))


@dataclass(frozen=True, slots=True)
class Naming:
    """What the person says of the files; empty where the files say it."""

    venue: str = ""
    symbol: str = ""
    interval: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """A file set in order: strictly ascending, closed bars, one row each."""

    foreign: Foreign
    venue: str
    symbol: str
    timeframe: Timeframe
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    @property
    def stem(self) -> str:
        """The name that Tradewind gives it, without a suffix."""
        return f"{self.venue}_{self.symbol}_{self.timeframe}"


def sources(paths: Iterable[Path]) -> list[Path]:
    """Return the files that are named, and those in the folders that are named, with their sub-folders.

    Raises
    ------
    InputError
        If there are none.
    """
    every = list(paths)
    found: list[Path] = []
    for path in every:
        if path.is_dir():
            found.extend(
                one for one in sorted(path.rglob("*")) if one.is_file() and one.name.lower().endswith(SUFFIXES)
            )
        elif path.is_file():
            found.append(path)
        else:
            raise InputError(f"{path} is neither a file nor a folder")
    if not found:
        raise InputError(f"{', '.join(map(str, every))}: no file ends with {', '.join(SUFFIXES)}")
    return found


def check_asked(layout: str, symbol: str, files: Sequence[Path]) -> None:
    """Raise if the layout is unknown, or one symbol is to name several files.

    Raises
    ------
    InputError
        It says what to do.
    """
    if layout not in {"auto", *LAYOUTS}:
        raise InputError(f"--layout {layout} is unknown: it is auto, {', '.join(LAYOUTS)}")
    if symbol and len(files) > 1:
        raise InputError(
            f"--symbol {symbol} names one market and {len(files)} files were given: import them one by one"
        )


def read(path: Path, layout: str, naming: Naming, now: int) -> Imported:
    """Read a file in another's layout and set it in order.

    Parameters
    ----------
    layout : str
        One of `LAYOUTS`, or `auto`.
    now : int
        UTC ms; a bar that closes later is left out, and told.

    Raises
    ------
    BadInputError
        If it cannot be read, names no interval that Tradewind trades, or has two different rows for one time.
    """
    foreign = LAYOUTS[layout if layout != "auto" else detect(path)](path)
    if not foreign.rows:
        raise BadInputError(f"{path.name} has no bars")
    venue, symbol = naming.venue or foreign.venue, naming.symbol or foreign.symbol
    if not venue or not symbol:
        lacking = "the venue: give --venue" if symbol else "the symbol: give --symbol"
        raise BadInputError(f"{path.name} does not say {lacking}")
    timeframe = _timeframe(foreign, naming.interval)
    rows, notes = _in_order(foreign, timeframe, now)
    return Imported(foreign, venue.lower(), symbol.upper(), timeframe, rows, (*foreign.notes, *notes))


def detect(path: Path) -> str:
    """Return the layout that a file seems to have."""
    if freqtrade.is_layout(path):
        return "freqtrade"
    return "cryptodatadownload" if text_layouts.is_cryptodatadownload(path) else "plain"


def as_file(imported: Imported, folder: Path, suffix: str) -> BarFile:
    """Return the file that it becomes."""
    path = folder / f"{imported.stem}{suffix}"
    return BarFile(path, imported.venue, imported.symbol, str(imported.timeframe))


def records(imported: Imported) -> list[Record]:
    """Return the rows' numbers.

    Raises
    ------
    BadInputError
        If one is none.
    """
    name = imported.foreign.path.name
    return [record(name, row.place, (row.ts, *row.values)) for row in imported.rows]


def _timeframe(foreign: Foreign, given: str) -> Timeframe:
    told = given or foreign.interval or _usual(foreign)
    try:
        return Timeframe.parse(told)
    except BadInputError as error:
        raise BadInputError(f"{foreign.path.name}: {error}") from None


def _usual(foreign: Foreign) -> str:
    """Return the interval that most rows are apart."""
    times = sorted({row.ts for row in foreign.rows})
    gaps = Counter(later - earlier for earlier, later in pairwise(times))
    usual = gaps.most_common(1)[0][0] if gaps else 0
    known = [frame for frame in Timeframe if frame.ms == usual]
    if not known:
        raise BadInputError(f"{foreign.path.name} does not say its interval: give --interval")
    return known[0]


def _in_order(foreign: Foreign, timeframe: Timeframe, now: int) -> tuple[tuple[Row, ...], list[str]]:
    rows, notes = list(foreign.rows), []
    if any(later.ts < earlier.ts for earlier, later in pairwise(rows)):
        order = "newest first" if rows[0].ts > rows[-1].ts else "out of order"
        notes.append(f"the rows were {order}: sorted")
        rows.sort(key=lambda row: row.ts)
    kept, doubles = _distinct(foreign.path, rows)
    if doubles:
        notes.append(f"{doubles} rows were there twice: one of each kept")
    closed = [row for row in kept if row.ts + timeframe.ms <= now]
    if len(closed) < len(kept):
        notes.append(f"{len(kept) - len(closed)} bars had not closed yet: left out")
    return tuple(closed), notes


def _distinct(path: Path, rows: Sequence[Row]) -> tuple[list[Row], int]:
    kept: dict[int, Row] = {}
    for row in rows:
        first = kept.setdefault(row.ts, row)
        if first is not row and list(map(number, map(_plain, first.values))) != list(
            map(number, map(_plain, row.values))
        ):
            raise BadInputError(
                f"{path.name} {row.place}: another bar of ts {row.ts} than {first.place}; nobody knows which is right, "
                "so remove one"
            )
    return list(kept.values()), len(rows) - len(kept)


def _plain(value: object) -> object:
    return value if isinstance(value, float | int | str) else str(value)
