"""What the ledger's values are stored as comes back to the last digit."""

import json
from decimal import Decimal

from tests.builders import ACME, PAPER, account, book, day, entry, held
from tradewind.adapters.dynamodb import codec
from tradewind.domain.ledger import Closed
from tradewind.domain.order import Leg

CLOSED = Closed(day(3), ACME, "dipper", Leg.STOP, Decimal("-50.10"), Decimal("1000.00"), Decimal(100_000))


def test_an_account_s_closed_positions_come_back_and_take_no_room_where_there_are_none() -> None:
    remembering = account(closed=(CLOSED, CLOSED))

    assert codec.account_of(json.loads(json.dumps(codec.account_row(remembering)))) == remembering
    assert "closed" not in codec.account_row(account())


def test_a_ladder_s_entries_come_back_and_where_its_stop_had_stood() -> None:
    before = book(entry(), positions=[held(entries=3, lost_stop=Decimal("97.50"))])

    row = json.loads(json.dumps(codec.book_row(before)))

    after = codec.book_of(PAPER, ACME, row, [0], version=1, last_bar=before.last_bar, mark=before.mark)
    assert after == before
