from datetime import UTC, date, datetime

import pytest

from tradewind.domain.calendar import Calendar, CalendarName, calendar_of
from tradewind.domain.timeframe import DAY, MINUTE, Timeframe

ALWAYS, SHARES = Calendar(), Calendar(CalendarName.NEW_YORK)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def trading_days(year: int) -> set[date]:
    closes = SHARES.closes(Timeframe.D1, at(f"{year}-01-01"), at(f"{year + 1}-01-01"))
    return {datetime.fromtimestamp(ts / 1000 - 86_400, UTC).date() for ts in closes}


def minutes(day: str) -> tuple[str, str, int]:
    """Return the first open, the last close and the number of a day's minutes, UTC."""
    closes = SHARES.closes(Timeframe.M1, at(day), at(day) + DAY)
    first, last = (datetime.fromtimestamp(ts / 1000, UTC) for ts in (closes[0] - MINUTE, closes[-1]))
    return f"{first:%H:%M}", f"{last:%H:%M}", len(closes)


@pytest.mark.parametrize(
    ("year", "days"), [(1990, 253), (1998, 252), (2001, 248), (2012, 250), (2019, 252), (2020, 253), (2022, 251),
                       (2023, 250), (2024, 252), (2025, 250), (2026, 251)],
)  # fmt: skip
def test_a_year_of_shares_has_as_many_days_as_the_exchange_counts(year: int, days: int) -> None:
    assert len(trading_days(year)) == days


HOLIDAYS = [
    "2021-01-01", "2021-01-18", "2021-02-15", "2021-04-02", "2021-05-31", "2021-07-05", "2021-09-06", "2021-11-25",
    "2021-12-24", "2022-01-17", "2022-02-21", "2022-04-15", "2022-05-30", "2022-06-20", "2022-07-04", "2022-09-05",
    "2022-11-24", "2022-12-26", "2023-01-02", "2023-04-07", "2023-06-19", "2024-03-29", "2025-01-09", "2025-04-18",
    "2026-04-03", "2026-07-03", "2001-09-11", "2012-10-29",
]  # fmt: skip


@pytest.mark.parametrize("day", HOLIDAYS)
def test_on_a_holiday_no_bar_of_a_share_is_due(day: str) -> None:
    assert date.fromisoformat(day) not in trading_days(int(day[:4]))
    assert SHARES.closes(Timeframe.M1, at(day), at(day) + DAY) == []


@pytest.mark.parametrize("day", ["2021-12-31", "2010-12-31", "2021-06-18", "1997-01-20", "2021-12-23", "2026-12-24"])
def test_what_is_no_holiday_is_traded(day: str) -> None:
    """New Year's Day on a Saturday is not made up for; Juneteenth is one since 2022, King's day since 1998."""
    assert date.fromisoformat(day) in trading_days(int(day[:4]))


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2024-01-16", ("14:30", "21:00", 390)),
        ("2024-07-16", ("13:30", "20:00", 390)),
        ("2024-03-08", ("14:30", "21:00", 390)),
        ("2024-03-11", ("13:30", "20:00", 390)),
        ("2024-11-01", ("13:30", "20:00", 390)),
        ("2024-11-04", ("14:30", "21:00", 390)),
        ("2006-04-03", ("13:30", "20:00", 390)),
        ("2006-03-31", ("14:30", "21:00", 390)),
        ("2006-10-27", ("13:30", "20:00", 390)),
        ("2006-10-30", ("14:30", "21:00", 390)),
        ("2024-07-03", ("13:30", "17:00", 210)),
        ("2024-11-29", ("14:30", "18:00", 210)),
        ("2024-12-24", ("14:30", "18:00", 210)),
        ("2002-07-05", ("13:30", "17:00", 210)),
        ("2003-12-26", ("14:30", "18:00", 210)),
        ("2022-07-01", ("13:30", "20:00", 390)),
    ],
)
def test_sessions_follow_new_york_through_clock_changes_and_half_days(day: str, hours: tuple[str, str, int]) -> None:
    assert minutes(day) == hours


def test_an_hour_is_due_where_any_minute_of_it_is_traded() -> None:
    closes = SHARES.closes(Timeframe.H1, at("2024-01-16"), at("2024-01-17"))

    assert [(ts - at("2024-01-16")) // (60 * MINUTE) for ts in closes] == [15, 16, 17, 18, 19, 20, 21]


def test_crypto_is_always_due() -> None:
    assert ALWAYS.closes(Timeframe.M5, 1, 15 * MINUTE) == [5 * MINUTE, 10 * MINUTE, 15 * MINUTE]
    assert ALWAYS.is_due(Timeframe.D1, at("2024-12-25"))
    assert not ALWAYS.is_due(Timeframe.M5, 7 * MINUTE)
    assert ALWAYS.closes(Timeframe.M1, 5 * MINUTE, 5 * MINUTE) == []


@pytest.mark.parametrize(
    ("now", "timeframe", "last"),
    [
        ("2024-01-16T14:30:59", Timeframe.M1, "2024-01-12T21:00"),
        ("2024-01-16T14:31:00", Timeframe.M1, "2024-01-16T14:31"),
        ("2024-01-16T23:00:00", Timeframe.M1, "2024-01-16T21:00"),
        ("2024-01-15T12:00:00", Timeframe.M1, "2024-01-12T21:00"),
        ("2024-01-15T12:00:00", Timeframe.D1, "2024-01-13"),
        ("2024-01-17T00:00:00", Timeframe.D1, "2024-01-17"),
        ("2024-01-16T16:59:00", Timeframe.H4, "2024-01-16T16:00"),
        ("2024-07-03T22:00:00", Timeframe.H1, "2024-07-03T17:00"),
        ("2001-09-16T12:00:00", Timeframe.M15, "2001-09-10T20:00"),
    ],
)
def test_the_last_bar_that_was_due_is_the_last_minute_of_a_session(now: str, timeframe: Timeframe, last: str) -> None:
    assert SHARES.last_close(timeframe, at(now)) == at(last)
    assert SHARES.is_due(timeframe, at(last))


def test_venues_keep_the_calendar_of_what_they_trade() -> None:
    assert [calendar_of(venue) for venue in ("US", "KRAKEN", "ALPACA")] == ["XNYS", "24/7", "XNYS"]
