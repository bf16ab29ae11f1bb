"""What happened on an account, the latest first: its journal leads to orders and fills, which have no order of time.

An account's journal is walked backwards from a number, so a page costs the same however long the journal is, and what
is written meanwhile moves nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.application.ports_reading import LATEST, Records, WrittenOrder
from tradewind.domain.events import Event, JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.order import Order, OrderStatus

FILLED = "ORDER_FILLED"
_UNFILLED = frozenset({OrderStatus.INITIALIZED, OrderStatus.DENIED, OrderStatus.REJECTED, OrderStatus.SUBMITTED})
_ENTRIES = 100
_LOOKS = 800
"""Entries of a journal that one question may look at; a filter that nothing passes must end."""


@dataclass(frozen=True, slots=True)
class Found[T]:
    """Some of what was asked for.

    Attributes
    ----------
    next : int
        The journal's number before which to go on; 0 where there is no more.
    """

    items: list[T]
    next: int


@dataclass(frozen=True, slots=True)
class Activity:
    """Looks at the ledger; changes nothing."""

    records: Records

    def orders(self, account: str, before: int, limit: int, keep: Callable[[Order], bool]) -> Found[Order]:
        """Return orders in their last state, the one that changed last first."""

        def named(page: Sequence[JournalEntry]) -> Iterator[tuple[int, Order]]:
            ids = [(entry.seq, IntentId(one)) for entry in page for one in _values(entry, "order_id")]
            known = self.records.orders(account, {one for _, one in ids})
            for seq, one in ids:
                # Each order is told of once: where it was written last.
                if one in known and known[one].seq == seq and keep(known[one].order):
                    yield seq, known[one].order

        return self._walk(account, before, limit, named)

    def fills(self, account: str, before: int, limit: int, keep: Callable[[Fill], bool]) -> Found[Fill]:
        """Return fills, the latest first."""

        def named(page: Sequence[JournalEntry]) -> Iterator[tuple[int, Fill]]:
            ids = [(entry.seq, one) for entry in page for one in _values(entry, "trade_id")]
            known = self.records.fills(account, {one for _, one in ids})
            yield from ((seq, known[one]) for seq, one in ids if one in known and keep(known[one]))

        return self._walk(account, before, limit, named)

    def fills_of(self, written: WrittenOrder, *, on_paper: bool) -> list[Fill]:
        """Return an order's own fills, the oldest first.

        On paper their ids follow from the order's; a venue gives ids of its own, which the journal tells, back from
        where the order was written last.
        """
        order = written.order
        if on_paper:
            names = [f"{order.id}-{number}" for number in range(1, max(order.parts, 1) + 1)]
            known = self.records.fills(order.account, names)
            return [known[one] for one in names if one in known]

        def named(page: Sequence[JournalEntry]) -> Iterator[tuple[int, Fill]]:
            ids = [(entry.seq, one) for entry in page for one in _values(entry, "trade_id", order.id)]
            known = self.records.fills(order.account, {one for _, one in ids})
            yield from ((seq, known[one]) for seq, one in ids if one in known)

        found = self._walk(order.account, written.seq + 1, _LOOKS, named) if order.status not in _UNFILLED else None
        return found.items[::-1] if found else []

    def events(
        self, journal: str, before: int, limit: int, keep: Callable[[Event], bool]
    ) -> Found[tuple[JournalEntry, int]]:
        """Return events as (entry, place in it), the latest first."""

        def named(page: Sequence[JournalEntry]) -> Iterator[tuple[int, tuple[JournalEntry, int]]]:
            for entry in page:
                yield from ((entry.seq, (entry, i)) for i, event in enumerate(entry.events) if keep(event))

        return self._walk(journal, before, limit, named)

    def _walk[T](
        self, journal: str, before: int, limit: int, named: Callable[[Sequence[JournalEntry]], Iterator[tuple[int, T]]]
    ) -> Found[T]:
        """Turn pages until there is enough; what one entry tells of is never parted."""
        found: list[tuple[int, T]] = []
        seq, left = before or LATEST, _LOOKS
        size = min(limit, _ENTRIES)  # as a rule each entry tells of one thing that is wanted
        while left:
            page = self.records.entries(journal, seq, min(size, left))
            if not page:
                return Found([one for _, one in found], 0)
            found += named(page)
            seq, left, size = page[-1].seq, left - len(page), _ENTRIES
            if len(found) >= limit:
                break
        if len(found) > limit:
            seq = found[limit - 1][0]
            found = [one for one in found if one[0] >= seq]
        return Found([one for _, one in found], seq if seq > 1 else 0)


def _values(entry: JournalEntry, name: str, order: str = "") -> dict[Any, None]:
    """Return what an entry's events, or those of one order, say under a name, each once and in their order."""
    facts = [event.data or {} for event in entry.events]
    return dict.fromkeys(one[name] for one in facts if one.get(name) and order in {"", one.get("order_id")})
