"""What happened on an account, the latest first: its journal leads to orders and fills, which have no order of time.

An account's journal is walked backwards from a number, so a page costs the same however long the journal is, and what
is written meanwhile moves nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.application.in_time import EVER, Span
from tradewind.application.ports_reading import ALWAYS, LATEST, Records, WrittenOrder
from tradewind.domain.events import Event, JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.order import Order, OrderStatus

type Named[T] = Iterator[tuple[int, T]]
"""What entries tell of, each with its entry's number."""

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
    numbers : list of int
        Of the entries that the items are told by.
    """

    items: list[T]
    next: int
    numbers: list[int]


@dataclass(frozen=True, slots=True)
class Activity:
    """Looks at the ledger; changes nothing."""

    records: Records

    def orders(
        self, account: str, before: int, limit: int, keep: Callable[[Order], bool], span: Span = EVER
    ) -> Found[Order]:
        """Return orders in their last state, the one that changed last first; those changed last in a span."""

        def named(page: Sequence[JournalEntry]) -> Iterator[tuple[int, Order]]:
            told = (entry for entry in page if span.has(entry.ts))
            ids = [(entry.seq, IntentId(one)) for entry in told for one in _values(entry, "order_id")]
            known = self.records.orders(account, {one for _, one in ids})
            for seq, one in ids:
                # Each order is told of once: where it was written last.
                if one in known and known[one].seq == seq and keep(known[one].order):
                    yield seq, known[one].order

        return self._walk(account, before, limit, named, span)

    def fills(
        self, account: str, before: int, limit: int, keep: Callable[[Fill], bool], span: Span = EVER
    ) -> Found[Fill]:
        """Return fills within a span, the latest first."""

        def named(page: Sequence[JournalEntry]) -> Iterator[tuple[int, Fill]]:
            ids = [(entry.seq, one) for entry in page for one in _values(entry, "trade_id")]
            known = self.records.fills(account, {one for _, one in ids})
            kept = (one for one in known if span.has(known[one].ts) and keep(known[one]))
            wanted = frozenset(kept)
            yield from ((seq, known[one]) for seq, one in ids if one in wanted)

        return self._walk(account, before, limit, named, span)

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

        if order.status in _UNFILLED:
            return []
        return self._walk(order.account, written.seq + 1, _LOOKS, named, EVER).items[::-1]

    def events(
        self, journal: str, before: int, limit: int, keep: Callable[[Event], bool], span: Span = EVER
    ) -> Found[tuple[JournalEntry, int]]:
        """Return events within a span as (entry, place in it), the latest first."""

        def named(page: Sequence[JournalEntry]) -> Iterator[tuple[int, tuple[JournalEntry, int]]]:
            for entry in (one for one in page if span.has(one.ts)):
                yield from ((entry.seq, (entry, i)) for i, event in enumerate(entry.events) if keep(event))

        return self._walk(journal, before, limit, named, span)

    def _walk[T](
        self, journal: str, before: int, limit: int, named: Callable[[Sequence[JournalEntry]], Named[T]], span: Span
    ) -> Found[T]:
        """Turn pages until there is enough; what one entry tells of is never parted."""
        found: list[tuple[int, T]] = []
        seq, left = before or self._begin(journal, span), _LOOKS
        size = min(limit, _ENTRIES)  # as a rule each entry tells of one thing that is wanted
        while left and len(found) < limit:
            page = self.records.entries(journal, seq, min(size, left))
            if not page:
                return _found(found, 0)
            found += named(page)
            seq, left, size = page[-1].seq, left - len(page), _ENTRIES
            if page[-1].ts <= span.first:
                seq = 1  # whatever is before it is too early as well
        if len(found) > limit:
            seq = found[limit - 1][0]
            found = [one for one in found if one[0] >= seq]
        return _found(found, seq if seq > 1 else 0)

    def _begin(self, journal: str, span: Span) -> int:
        """Return the number of a journal's entry before which everything is that can belong to a span."""
        return LATEST if span.until >= ALWAYS else self.records.first_later(journal, span.last)


def _found[T](rows: Sequence[tuple[int, T]], further: int) -> Found[T]:
    return Found([one for _, one in rows], further, [seq for seq, _ in rows])


def _values(entry: JournalEntry, name: str, order: str = "") -> dict[Any, None]:
    """Return what an entry's events, or those of one order, say under a name, each once and in their order."""
    facts = [event.data or {} for event in entry.events]
    return dict.fromkeys(one[name] for one in facts if one.get(name) and order in {"", one.get("order_id")})
