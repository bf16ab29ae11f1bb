"""A report is due by the clock on the wall, and its picture hides no fall."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tradewind.application.report_text import picture, thinned
from tradewind.domain.reporting import EquityPoint, slot_of

BERLIN = "Europe/Berlin"
AT = ("09:00", "17:00")


def ms(text: str, zone: str = BERLIN) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("now", "name", "hours"),
    [
        ("2026-03-02 09:00", "2026-03-02T09:00", 16),
        ("2026-03-02 08:59", "2026-03-01T17:00", 8),
        ("2026-03-02 17:01", "2026-03-02T17:00", 8),
        ("2026-03-29 09:00", "2026-03-29T09:00", 15),  # an hour is missing from this night
        ("2026-10-25 09:00", "2026-10-25T09:00", 17),  # and one comes twice in this one
        ("2026-10-25 17:00", "2026-10-25T17:00", 8),
    ],
)
def test_a_report_is_due_at_nine_and_five_on_the_wall_over_both_changes_of_the_clock(
    now: str, name: str, hours: int
) -> None:
    slot = slot_of(ms(now), BERLIN, AT)

    assert (slot.name, slot.due - slot.since) == (name, hours * 3_600_000)
    assert slot.due <= ms(now)


def test_a_time_that_the_clock_skips_is_due_once_it_has_gone_forward() -> None:
    skipped = slot_of(ms("2026-03-29 12:00"), BERLIN, ("02:30",))

    assert datetime.fromtimestamp(skipped.due / 1000, UTC).hour == 1  # 03:30 there
    assert skipped.name == "2026-03-29T02:30"


def test_every_moment_of_a_year_has_the_slot_before_it_and_slots_never_overlap() -> None:
    step, begin = 3_600_000, ms("2026-01-01 00:00", "America/New_York")
    slots = {slot_of(begin + hour * step, "America/New_York", AT) for hour in range(365 * 24)}

    ordered = sorted(slots, key=lambda one: one.due)
    assert all(before.due == after.since for before, after in pairwise(ordered))
    assert len({one.name for one in ordered}) == len(ordered) in {730, 731}


def curve(*values: int) -> list[EquityPoint]:
    return [EquityPoint(i * 1000, Decimal(value)) for i, value in enumerate(values)]


def test_a_long_curve_keeps_its_ends_its_highest_and_its_lowest() -> None:
    values = [1000 + i for i in range(5000)]
    values[2345], values[3456] = 1, 99_999

    kept = thinned(curve(*values), 300)

    assert len(kept) <= 302
    assert {1, 99_999, 1000, 5999} <= {int(one.equity) for one in kept}
    assert [one.ts for one in kept] == sorted(one.ts for one in kept)


def test_the_picture_is_drawn_without_any_library_and_says_in_words_what_it_shows() -> None:
    drawn = picture(curve(100, 50, 120), "UTC")

    assert drawn.startswith('<figure><svg viewBox="0 0 720 240" role="img"')
    assert "Equity from 100.00 to 120.00, between 50.00 and 120.00" in drawn
    points = [tuple(map(float, one.split(","))) for one in drawn.partition('points="')[2].partition('"')[0].split()]
    (_, first), (_, lowest), (_, highest) = points
    assert highest < first < lowest  # in a picture, down is more


@pytest.mark.parametrize("values", [(), (100,)])
def test_what_says_nothing_is_not_drawn(values: tuple[int, ...]) -> None:
    assert "<svg" not in picture(curve(*values), "UTC")


def test_a_flat_curve_is_a_line() -> None:
    assert "<polyline" in picture(curve(100, 100), "UTC")
