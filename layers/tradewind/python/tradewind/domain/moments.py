"""Moments as people read them."""

from datetime import UTC, datetime

from tradewind.domain.timeframe import DAY, MINUTE


def iso(ts: int) -> str:
    """Write UTC ms as people read it; whole days without a time."""
    moment = datetime.fromtimestamp(ts / 1000, UTC)
    if ts % DAY == 0:
        return f"{moment:%Y-%m-%d}"
    return f"{moment:%Y-%m-%dT%H:%MZ}" if ts % MINUTE == 0 else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def iso_or_never(ts: int) -> str:
    """Write UTC ms as people read it where 0 stands for what has not been yet."""
    return iso(ts) if ts else "never"
