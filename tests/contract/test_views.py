"""What the ledger comes to: one who follows it knows what he read, and never what somebody else has changed since."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import PAPER, day, entry, exit_order
from tests.contract.backends import AwsBackend
from tradewind.adapters.dynamodb.table import Item, Key, Table, key_of
from tradewind.adapters.dynamodb.views import DynamoViews
from tradewind.application.trade_view import View, add
from tradewind.domain.errors import ConflictError
from tradewind.domain.fill import Fill
from tradewind.domain.order import Order


@dataclass(frozen=True)
class Counted(Table):
    """A table that tells which items were asked for."""

    asked: list[Key] = field(default_factory=list)

    def get_many(self, keys: Any) -> dict[Key, Item]:
        wanted = list(keys)
        self.asked.extend(wanted)
        return Table.get_many(self, wanted)


def fills(quantity: int) -> list[Fill]:
    """Return the fills of a round trip of so many shares, which earn one each."""

    def filled(order: Order, price: int, earned: int, ts: int) -> Fill:
        return Fill.of(order, 1, Decimal(quantity), Decimal(price), Decimal("0.1"), Decimal(earned), ts)

    return [filled(entry(), 100, 0, day(2)), filled(exit_order(), 101, quantity, day(3))]


def bring_on(views: DynamoViews, *quantities: int) -> View:
    """Bring the stored view on by some round trips, each in a write of its own."""
    view = views.load(PAPER)
    for quantity in quantities:
        after, closed = add(view, fills(quantity))
        view = replace(after, seq=view.seq + 2, version=view.version + 1)
        views.save(PAPER, view, closed)
    return view


def told(views: DynamoViews) -> Sequence[int]:
    """Load the view, and return the quantities of its round trips, the latest first."""
    trips = views.trips(PAPER, range(views.load(PAPER).trips, 0, -1))
    return [int(one.quantity) for one in trips]


@pytest.fixture
def table(aws: AwsBackend) -> Counted:
    return Counted(aws.ledger.client, aws.ledger.name)


def test_what_was_stored_and_read_is_known(table: Counted) -> None:
    mine = DynamoViews(table)
    stored = bring_on(mine, 1, 2, 3)
    assert mine.load(PAPER) == stored == DynamoViews(table).load(PAPER)
    assert told(mine) == [3, 2, 1]
    assert table.asked == []

    other = DynamoViews(table)
    assert told(other) == told(other) == [3, 2, 1]
    assert len(table.asked) == 3


def test_what_somebody_else_has_brought_on_is_read_anew(table: Counted) -> None:
    mine, other = DynamoViews(table), DynamoViews(table)
    bring_on(mine, 1, 2)
    bring_on(other, 3)

    with pytest.raises(ConflictError):
        mine.save(PAPER, replace(View(), version=3), [])
    assert mine.version(PAPER) == 3
    assert told(mine) == [3, 2, 1]


def test_a_view_that_was_thrown_away_and_made_anew_is_another_though_its_number_is_the_same(table: Counted) -> None:
    mine, other = DynamoViews(table), DynamoViews(table)
    bring_on(mine, 1, 2)
    for pk in (f"VIEW#{PAPER}", f"VIEW#TRIPS#{PAPER}"):
        for item in list(table.query(pk)):
            table.delete(*key_of(item))
    assert (mine.version(PAPER), mine.load(PAPER)) == (0, View())
    bring_on(mine, 1, 2)
    table.delete(f"VIEW#{PAPER}", "SUMS")
    bring_on(other, 5, 4)

    assert mine.version(PAPER) == 2
    assert [int(one.quantity) for one in mine.trips(PAPER, (2, 1))] == [4, 5]  # as by a cursor: nobody loads the view
    assert told(mine) == [4, 5]


def test_only_the_latest_round_trips_stay_known(table: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.adapters.dynamodb.views._KEPT", 2)
    mine = DynamoViews(table)
    bring_on(mine, 1, 2, 3, 4)

    assert told(mine) == told(mine) == [4, 3, 2, 1]
    assert [int(sk) for _, sk in table.asked] == [2, 1, 2, 1]
