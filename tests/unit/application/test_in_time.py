"""A time is found in a list of any length by a few looks, and lists of several accounts become one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import accumulate, chain

import pytest

from tests.builders import entry
from tradewind.application.activity import Found
from tradewind.application.in_time import ASIDE, Span, first_later
from tradewind.application.together import OVER, together
from tradewind.domain.fill import Fill

FILL = Fill.of(entry(), 1, Decimal(1), Decimal(100), Decimal(0), Decimal(0), 1)


@pytest.mark.parametrize("count", [0, 1, 2, 99, 100, 101, 10_007])
def test_the_first_that_is_later_is_found_at_every_place(count: int) -> None:
    times = list(accumulate(number % 3 for number in range(count)))  # some at the same time

    def known(numbers: Sequence[int]) -> Mapping[int, int]:
        return {one: times[one - 1] for one in numbers}

    for ts in {-1, 0, 1, count // 2, count - 1, count, 2 * count}:
        expected = next((number for number, one in enumerate(times, 1) if one > ts), count + 1)
        assert first_later(known, count, ts) == expected, ts


def test_twice_a_hundred_thousand_are_searched_by_three_requests() -> None:
    asked: list[int] = []

    def known(numbers: Sequence[int]) -> Mapping[int, int]:
        asked.append(len(numbers))
        return {one: one for one in numbers}

    assert first_later(known, 200_000, 123_456) == 123_457
    assert len(asked) == 3
    assert max(asked) <= 100


def test_a_span_reaches_aside_by_what_may_be_booked_late() -> None:
    span = Span(10, 20)

    assert [ts for ts in range(30) if span.has(ts)] == list(range(11, 21))
    assert (span.first, span.last) == (10 - ASIDE, 20 + ASIDE)


def page(rows: Sequence[tuple[int, int]], further: int = 0) -> Found[Fill]:
    """Return fills by (entry's number, time)."""
    fills = [replace(FILL, trade_id=f"{number}-{ts}", ts=ts) for number, ts in rows]
    return Found(fills, further, [number for number, _ in rows])


def test_two_accounts_become_one_list_that_goes_on_where_it_was_left() -> None:
    books = {"a": [(9, 90), (7, 50), (7, 49), (2, 10)], "b": [(5, 80), (4, 70), (3, 60)]}

    def look(name: str, before: int) -> Found[Fill]:
        rows = [one for one in books[name] if not before or one[0] < before]
        chosen = [one for one in rows if one[0] >= rows[1][0]] if len(rows) > 2 else rows
        return page(chosen, chosen[-1][0] if len(chosen) < len(rows) else 0)

    places: Mapping[str, int] = dict.fromkeys(books, 0)
    pages = []
    while any(one != OVER for one in places.values()):
        told, places = together(look, places, 2)
        pages.append([fill.ts for fill in told])

    assert list(chain(*pages)) == sorted((ts for rows in books.values() for _, ts in rows), reverse=True)
    assert len(pages) > 2


def test_what_is_written_meanwhile_belongs_to_no_later_page() -> None:
    pages = {"a": page([(9, 90)]), "b": page([(4, 10)])}

    _, after = together(lambda name, _: pages[name], dict.fromkeys(pages, 0), 1)

    assert after == {"a": OVER, "b": 5}


def test_who_was_not_looked_through_yet_holds_the_others_back() -> None:
    pages = {"a": page([(9, 90)]), "b": page([], 300)}

    told, after = together(lambda name, _: pages[name], dict.fromkeys(pages, 0), 5)

    assert (told, after) == ([], {"a": 10, "b": 300})
