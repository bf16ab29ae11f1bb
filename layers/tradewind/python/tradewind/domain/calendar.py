"""Venue calendars: which bars are due. Crypto trades always; US shares by the rules of the New York Stock Exchange.

Sources: NYSE Rule 7.2 and https://www.nyse.com/trade/hours-calendars for holidays, half days and sessions; closings by
decree from https://www.nyse.com/publicdocs/nyse/regulation/nyse/NYSE_Historical_Market_Hours.pdf; Good Friday by the
"anonymous Gregorian" computus (Nature, 20 April 1876); clock changes by 15 U.S.C. 260a. Rules and lists reach back to
1993; older years follow today's rules.

Days are numbered from 1970-01-01; a daily bar spans a whole UTC day, whatever the hours of its session.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

_OPEN, _CLOSE, _EARLY = 9 * 60 + 30, 16 * 60, 13 * 60
"""Minutes of the New York day."""

_EPOCH = date(1970, 1, 1).toordinal()
_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY, _FRIDAY, _SATURDAY, _SUNDAY = range(7)

_CLOSED_BY_DECREE = frozenset(
    date(*day)
    for day in (
        (1994, 4, 27), (2001, 9, 11), (2001, 9, 12), (2001, 9, 13), (2001, 9, 14), (2004, 6, 11), (2007, 1, 2),
        (2012, 10, 29), (2012, 10, 30), (2018, 12, 5), (2025, 1, 9),
    )
)  # fmt: skip
"""State funerals, 11 September 2001, Hurricane Sandy."""

_SHORT_BY_DECREE = frozenset({date(1997, 12, 26), date(1999, 12, 31), date(2003, 12, 26)})

_MARTIN_LUTHER_KING, _JUNETEENTH, _EVE_OF_A_THURSDAY, _LONG_SUMMERS = 1998, 2022, 2013, 2007
"""Years from which a rule holds."""


class CalendarName(StrEnum):
    """Calendars by the names that configurations use."""

    ALWAYS = "24/7"
    NEW_YORK = "XNYS"


_VENUES: Mapping[str, CalendarName] = {
    "US": CalendarName.NEW_YORK,
    "NYSE": CalendarName.NEW_YORK,
    "NASDAQ": CalendarName.NEW_YORK,
    "ARCA": CalendarName.NEW_YORK,
    "ALPACA": CalendarName.NEW_YORK,
}


def calendar_of(venue: str) -> CalendarName:
    """Return the calendar that a venue keeps, unless its market says another: shares New York's, all else always."""
    return _VENUES.get(venue, CalendarName.ALWAYS)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which bars of a timeframe are due."""

    name: CalendarName = CalendarName.ALWAYS

    @property
    def has_splits(self) -> bool:
        """Whether shares are traded there, which companies split."""
        return self.name is CalendarName.NEW_YORK

    def is_due(self, timeframe: Timeframe, ts_close: int) -> bool:
        """Say whether a bar that closes then is due: one with a minute of a session in it."""
        if ts_close % timeframe.ms:
            return False
        return self.name is CalendarName.ALWAYS or _in_session(ts_close - timeframe.ms, ts_close)

    def is_open(self, at: int) -> bool:
        """Say whether the venue trades at a moment, UTC ms."""
        return self.name is CalendarName.ALWAYS or _in_session(at, at + 1)

    def next_close(self, at: int) -> int:
        """Return when the session that is on, or the next one, ends, UTC ms; of what never closes, the day."""
        for day in range(at // DAY, at // DAY + 31):
            end = (day + 1) * DAY if self.name is CalendarName.ALWAYS else (_session(day) or (0, 0))[1]
            if end > at:
                return end
        return 0

    def closes(self, timeframe: Timeframe, start: int, end: int) -> list[int]:
        """Return every `ts_close` in (start, end] at which a bar is due, ascending."""
        first = start - start % timeframe.ms + timeframe.ms
        every = range(first, end + 1, timeframe.ms)
        if self.name is CalendarName.ALWAYS:
            return list(every)
        return [ts for ts in every if _in_session(ts - timeframe.ms, ts)]

    def last_close(self, timeframe: Timeframe, at: int) -> int:
        """Return the latest `ts_close` not after `at` at which a bar was due; 0 if there was none in a month."""
        ts = at - at % timeframe.ms
        if self.name is CalendarName.ALWAYS:
            return ts
        for day in range(ts // DAY, ts // DAY - 31, -1):
            hours = _session(day)
            if timeframe is Timeframe.D1:
                if hours and (day + 1) * DAY <= ts:
                    return (day + 1) * DAY
            elif hours and hours[0] < ts:
                last = min(ts, -(-hours[1] // timeframe.ms) * timeframe.ms)
                if last > hours[0]:
                    return last
        return 0


def _in_session(start: int, end: int) -> bool:
    for day in range(start // DAY, (end - 1) // DAY + 1):
        hours = _session(day)
        if hours and hours[0] < end and start < hours[1]:
            return True
    return False


@cache
def _session(day: int) -> tuple[int, int] | None:
    """Return a day's first and last moment of trading in New York, UTC ms; None where it has none."""
    when = date.fromordinal(day + _EPOCH)
    if when.weekday() >= _SATURDAY or when in _holidays(when.year) or when in _CLOSED_BY_DECREE:
        return None
    close = _EARLY if when in _half_days(when.year) or when in _SHORT_BY_DECREE else _CLOSE
    behind = 4 * 60 if _is_summer(when) else 5 * 60  # sessions begin after the clocks have changed
    return tuple(day * DAY + (minute + behind) * MINUTE for minute in (_OPEN, close))  # type: ignore[return-value]


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(day for day in _every_holiday(year) if day.year == year)


def _every_holiday(year: int) -> Iterator[date]:
    new_year = date(year, 1, 1)
    if new_year.weekday() != _SATURDAY:  # it is not observed on the year's last day, when books are closed
        yield _observed(new_year)
    if year >= _MARTIN_LUTHER_KING:
        yield _nth(year, 1, _MONDAY, 3)
    yield _nth(year, 2, _MONDAY, 3)  # Washington
    yield _easter(year) - timedelta(days=2)
    yield _nth(year, 6, _MONDAY, 1) - timedelta(days=7)  # Memorial Day, May's last Monday
    if year >= _JUNETEENTH:
        yield _observed(date(year, 6, 19))
    yield _observed(date(year, 7, 4))
    yield _nth(year, 9, _MONDAY, 1)
    yield _nth(year, 11, _THURSDAY, 4)
    yield _observed(date(year, 12, 25))


@cache
def _half_days(year: int) -> frozenset[date]:
    fourth, eve = date(year, 7, 4).weekday(), date(year, 12, 24)
    days = {_nth(year, 11, _THURSDAY, 4) + timedelta(days=1)}
    if fourth in {_TUESDAY, _WEDNESDAY, _FRIDAY} or (fourth == _THURSDAY and year >= _EVE_OF_A_THURSDAY):
        days.add(date(year, 7, 3))
    elif fourth == _THURSDAY:
        days.add(date(year, 7, 5))
    if eve.weekday() < _FRIDAY:
        days.add(eve)
    return frozenset(days)


def _observed(holiday: date) -> date:
    shift = {_SATURDAY: -1, _SUNDAY: 1}.get(holiday.weekday(), 0)
    return holiday + timedelta(days=shift)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _easter(year: int) -> date:
    golden = year % 19
    century, rest = divmod(year, 100)
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    return date(year, 3, 22) + timedelta(days=moon + sunday - 7 * late)


def _is_summer(when: date) -> bool:
    """Say whether New York's clocks are an hour ahead on this day."""
    if when.year >= _LONG_SUMMERS:
        return _nth(when.year, 3, _SUNDAY, 2) <= when < _nth(when.year, 11, _SUNDAY, 1)
    return _nth(when.year, 4, _SUNDAY, 1) <= when < _nth(when.year, 11, _SUNDAY, 1) - timedelta(days=7)
