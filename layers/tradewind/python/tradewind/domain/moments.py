"""Moments as people read them."""

from datetime import UTC, datetime

from tradewind.domain.timeframe import DAY, MINUTE


def iso(ts: int) -> str:
    """Write UTC ms as people read it; whole days without a time, and none as `never`."""
    moment = datetime.fromtimestamp(ts / 1000, UTC)
    if not ts:
        return "never"
    if ts % DAY == 0:
        return f"{moment:%Y-%m-%d}"
    return f"{moment:%Y-%m-%dT%H:%MZ}" if ts % MINUTE == 0 else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
