"""The fills of several accounts as one list, page by page: each account goes on where it was left."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from tradewind.application.activity import Found
from tradewind.domain.fill import Fill

OVER = 1
"""The number of a journal's entry before which nothing is: all of it is told."""


def together(
    look: Callable[[str, int], Found[Fill]], places: Mapping[str, int], limit: int
) -> tuple[list[Fill], Mapping[str, int]]:
    """Return fills, the latest first, and where to go on with each account.

    Parameters
    ----------
    look : callable
        Returns an account's fills before a number of its journal.
    places : mapping
        Where to begin with each account: 0 for its end, `OVER` where all is told.
    """
    pages = {name: look(name, place) for name, place in places.items() if place != OVER}
    # What is written from now on belongs to no later page.
    after = {**places} | {name: one.numbers[0] + 1 if one.items else one.next or OVER for name, one in pages.items()}
    if any(one.next and not one.items for one in pages.values()):
        return [], after  # what is further back there may be later than what is known of the others
    told: list[Fill] = []
    waiting = {name: deque(_entries(one)) for name, one in pages.items()}
    while len(told) < limit and (heads := [(one[0][1][0].ts, name) for name, one in waiting.items() if one]):
        _, name = max(heads)
        number, fills = waiting[name].popleft()
        told += fills
        after[name] = number
        if not waiting[name]:
            after[name] = pages[name].next or OVER
            if pages[name].next:
                break  # likewise
    return told, after


def _entries(page: Found[Fill]) -> Iterator[tuple[int, list[Fill]]]:
    """Yield what each entry tells of: it is never parted."""
    rows = zip(page.numbers, page.items, strict=True)
    yield from ((number, [fill for _, fill in some]) for number, some in groupby(rows, key=lambda one: one[0]))
