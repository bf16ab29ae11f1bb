"""Bars as others write them: their rows, and what their file's name says of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tradewind.domain.errors import BadInputError

INTERVALS = {
    "minute": "1m", "1min": "1m", "5min": "5m", "15min": "15m", "hour": "1h", "60m": "1h", "1hour": "1h",
    "d": "1d", "day": "1d", "daily": "1d", "1D": "1d", "240m": "4h",
}  # fmt: skip
"""Other spellings of Tradewind's intervals."""

_SECONDS, _MILLISECONDS, _MICROSECONDS = 100_000_000_000, 100_000_000_000_000, 100_000_000_000_000_000
_FORMS = ("%Y-%m-%d %I-%p", "%Y-%m-%d %I:%M %p", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y%m%d")


class Row(NamedTuple):
    """One row: UTC ms of the bar's start, and the values as they were written."""

    place: str
    ts: int
    open: object
    high: object
    low: object
    close: object
    volume: object

    @property
    def values(self) -> tuple[object, ...]:
        """Open, high, low, close, volume."""
        return self[2:]


@dataclass(frozen=True, slots=True)
class Foreign:
    """A file in another's layout.

    Attributes
    ----------
    venue, symbol, interval : str
        As far as the file says; empty where it does not.
    notes : tuple of str
        What was odd and has been set right.
    """

    path: Path
    layout: str
    venue: str
    symbol: str
    interval: str
    rows: Sequence[Row]
    notes: tuple[str, ...] = ()


type Reader = Callable[[Path], Foreign]


def moment(path: Path, place: str, text: object) -> int:
    """Return UTC ms of a time in seconds, milliseconds or microseconds, or as text in one of the usual forms.

    Raises
    ------
    BadInputError
        If it is none of these.
    """
    if isinstance(text, datetime):
        return _ms(text)
    told = str(text).strip()
    try:
        return _of_number(float(told))
    except ValueError:
        pass
    try:
        return _ms(datetime.fromisoformat(told))
    except ValueError:
        pass
    for form in _FORMS:
        try:
            return _ms(datetime.strptime(told, form))  # noqa: DTZ007 - `_ms` gives it UTC
        except ValueError:
            continue
    raise BadInputError(f"{path.name} {place}: {told!r} is no time that is known here; write ISO times or UTC ms")


def _of_number(value: float) -> int:
    if value < _SECONDS:
        return int(value * 1000)
    return int(value) if value < _MILLISECONDS else int(value / (1e3 if value < _MICROSECONDS else 1e6))


def _ms(when: datetime) -> int:
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)


def interval_of(text: str) -> str:
    """Return an interval as Tradewind spells it, or as it was."""
    return INTERVALS.get(text, INTERVALS.get(text.lower(), text))
