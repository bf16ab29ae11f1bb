"""On which UTC day a fill counts, told alike by every sum of profit and loss. Pure.

A fill counts on the day of its own time. What filled at the end of a bar that closes at midnight counts on the day that
ends there, what filled at the open of the next one on the day that begins: both bear the same time, and the journal
tells them apart, for a bar is booked when it closes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.timeframe import DAY


def booked_at(entries: Iterable[JournalEntry]) -> dict[str, int]:
    """Return when each trade was booked, UTC ms, by its id."""
    return {
        str(event.data["trade_id"]): entry.ts
        for entry in entries
        for event in entry.events
        if event.data and event.data.get("trade_id")
    }


def day_of_fill(fill: Fill, booked: Mapping[str, int]) -> int:
    """Return the UTC day number on which a fill counts.

    Parameters
    ----------
    booked : mapping
        By `booked_at`; where it does not name the fill, the fill's own time decides.
    """
    return (fill.ts - _ends_its_day(fill, booked)) // DAY


def within_days(fills: Iterable[Fill], booked: Mapping[str, int]) -> list[Fill]:
    """Return fills with times that lie within the days on which they count: a day's end is its last millisecond."""
    return [replace(fill, ts=fill.ts - 1) if _ends_its_day(fill, booked) else fill for fill in fills]


def _ends_its_day(fill: Fill, booked: Mapping[str, int]) -> bool:
    return fill.ts % DAY == 0 and booked.get(fill.trade_id) == fill.ts
