"""Times as people write them: a date, an ISO time, or UTC milliseconds."""

from datetime import UTC, datetime

from tradewind.domain.errors import BadInputError

_FIRST_MS = 100_000_000_000


def parse_time(text: str, what: str = "time") -> int:
    """Return UTC ms of `2024-05-01`, `2024-05-01T12:30`, `2024-05-01T12:30:00+02:00` or `1714521600000`.

    A time without a zone is UTC.

    Raises
    ------
    BadInputError
        If it is none of these.
    """
    if text.isdigit() and int(text) >= _FIRST_MS:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInputError(
            f"{what} {text!r} is no time: write 2024-05-01, 2024-05-01T12:30 (UTC) or UTC milliseconds"
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def iso(ts: int) -> str:
    """Write UTC ms as people read it; whole days without a time."""
    moment = datetime.fromtimestamp(ts / 1000, UTC)
    if ts % 86_400_000 == 0:
        return f"{moment:%Y-%m-%d}"
    return f"{moment:%Y-%m-%dT%H:%MZ}" if ts % 60_000 == 0 else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def bar_text(ts_close: int, bar_ms: int) -> str:
    """Name a bar as traders do, by when it opened: Monday's daily bar is Monday's, though it closes at midnight."""
    return iso(ts_close - bar_ms)
