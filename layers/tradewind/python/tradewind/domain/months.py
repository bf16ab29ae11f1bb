"""Calendar months in UTC: the parts into which the cold tier puts bars."""

from collections.abc import Iterator
from datetime import UTC, datetime

_DECEMBER = 12


def month_start(ts: int) -> int:
    """Return the start of the month that holds a moment; both UTC ms."""
    day = datetime.fromtimestamp(ts // 1000, UTC)
    return _start(day.year, day.month)


def month_end(month: int) -> int:
    """Return the end, exclusive, of the month that starts at `month`; both UTC ms."""
    day = datetime.fromtimestamp(month // 1000, UTC)
    return _start(day.year + 1, 1) if day.month == _DECEMBER else _start(day.year, day.month + 1)


def months(start: int, end: int) -> Iterator[int]:
    """Yield the start of each month with a moment in [start, end), oldest first; UTC ms."""
    month = month_start(start)
    while month < end:
        yield month
        month = month_end(month)


def month_name(month: int) -> str:
    """Return a month as text that sorts by time: `2026-11`."""
    return f"{datetime.fromtimestamp(month // 1000, UTC):%Y-%m}"


def month_named(name: str) -> int:
    """Return the start, UTC ms, of what `month_name` named."""
    year, month = name.split("-")
    return _start(int(year), int(month))


def _start(year: int, month: int) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * 1000
