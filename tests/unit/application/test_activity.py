"""What an order came to is told whole, whoever gave its trades their ids."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import cast

import pytest

from tests.builders import PAPER, day, entry, order_id
from tradewind.application.activity import Activity
from tradewind.application.ports_reading import Records, WrittenOrder
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.fill import Fill
from tradewind.domain.order import Order, OrderStatus


@dataclass
class Known:
    """A journal with an entry a trade, and the fills that it tells of."""

    trades: Mapping[str, Fill]
    asked: list[int] = field(default_factory=list)

    def entries(self, journal: str, before: int, limit: int) -> Sequence[JournalEntry]:
        self.asked.append(before)
        told = [
            JournalEntry(PAPER, number, number, (_told(fill),), "")
            for number, fill in enumerate(self.trades.values(), 1)
        ]
        return [one for one in reversed(told) if one.seq < before][:limit]

    def fills(self, account: str, trade_ids: Iterable[str]) -> Mapping[str, Fill]:
        return {one: self.trades[one] for one in trade_ids if one in self.trades}


def _told(fill: Fill) -> Event:
    return Event("ORDER_FILLED", Severity.INFO, "", "", {"order_id": fill.order_id, "trade_id": fill.trade_id})


def traded(order: Order, *names: str) -> dict[str, Fill]:
    made = Fill.of(order, 1, Decimal(1), Decimal(100), Decimal(0), Decimal(0), 1)
    return {name: replace(made, trade_id=name) for name in names}


@pytest.mark.parametrize(("on_paper", "names"), [(True, ("{0}-1", "{0}-2", "{0}-3")), (False, ("T9", "T4", "T7"))])
def test_an_order_that_filled_in_parts_is_shown_with_each_of_them(on_paper: bool, names: tuple[str, ...]) -> None:
    order = replace(entry(), status=OrderStatus.FILLED, parts=3 if on_paper else 0)
    other = replace(order, id=order_id(ts=day(2)))
    trades = traded(order, *(one.format(order.id) for one in names))
    known = Known({**traded(other, "T1"), **trades, **traded(other, "T2")})

    found = Activity(cast("Records", known)).fills_of(WrittenOrder(order, 4), on_paper=on_paper)

    assert [one.trade_id for one in found] == list(trades)
    assert known.asked[:1] == ([] if on_paper else [5])  # nothing after the entry that wrote it last is looked at


def test_nothing_is_looked_for_of_an_order_that_was_never_let_in() -> None:
    known, order = Known({}), replace(entry(), status=OrderStatus.DENIED)

    assert Activity(cast("Records", known)).fills_of(WrittenOrder(order, 4), on_paper=False) == []
    assert known.asked == []
