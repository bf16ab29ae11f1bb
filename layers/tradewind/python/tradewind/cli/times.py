"""Times as people write them: a date, an ISO time, or UTC milliseconds."""

from datetime import UTC, datetime

from tradewind.domain.errors import BadInputError
from tradewind.domain.moments import iso

_FIRST_MS = 100_000_000_000
_EARLIEST, _LATEST = -2_208_988_800_000, 7_258_118_400_000
"""1900 and 2200: no bar lies beyond, and what reckons with times stays within what a calendar knows."""

_DIGITS = 20
"""More of them are no time, and more than some thousand no number that Python reads."""


def parse_time(text: str, what: str = "time") -> int:
    """Return UTC ms of `2024-05-01`, `2024-05-01T12:30`, `2024-05-01T12:30:00+02:00` or `1714521600000`.

    A time without a zone is UTC.

    Raises
    ------
    BadInputError
        If it is none of these, or lies before 1900 or after 2199.
    """
    ts = int(text) if _is_ms(text) else _moment(text, what)
    if not _EARLIEST <= ts < _LATEST:
        raise BadInputError(f"{what} {text!r} lies outside the years 1900 to 2199")
    return ts


def _is_ms(text: str) -> bool:
    return text.isdecimal() and len(text) < _DIGITS and int(text) >= _FIRST_MS


def _moment(text: str, what: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInputError(
            f"{what} {text!r} is no time: write 2024-05-01, 2024-05-01T12:30 (UTC) or UTC milliseconds"
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def bar_text(ts_close: int, bar_ms: int) -> str:
    """Name a bar as traders do, by when it opened: Monday's daily bar is Monday's, though it closes at midnight."""
    return iso(ts_close - bar_ms)
