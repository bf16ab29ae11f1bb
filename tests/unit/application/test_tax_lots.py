"""What each sale had cost, by either method, to the last digit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import ACME, BOLT, PAPER, STRATEGY
from tradewind.application.tax_lots import Method, SplitTime, tax_lots
from tradewind.domain.errors import BadInputError
from tradewind.domain.fill import Fill
from tradewind.domain.identifiers import IntentId
from tradewind.domain.order import NOTHING, Leg, Side


def fill(ts: int, quantity: object, price: object, fee: object = 0, name: str = ACME) -> Fill:
    """Return a purchase, or a sale where the quantity is negative."""
    amount = Decimal(str(quantity))
    side, leg = (Side.BUY, Leg.ENTRY) if amount > 0 else (Side.SELL, Leg.EXIT)
    return Fill(
        trade_id=f"{name}-{ts}", order_id=IntentId(f"o{ts}"), account=PAPER, instrument=name,  # type: ignore[arg-type]
        strategy=STRATEGY, leg=leg, side=side, quantity=abs(amount), price=Decimal(str(price)), fee=Decimal(str(fee)),
        realised=NOTHING, ts=ts, parent=IntentId("p"),
    )  # fmt: skip


TWO_PURCHASES = [fill(1, 10, 100, 1), fill(2, 10, 120, 1), fill(3, -15, 130, 3)]


def test_first_in_is_first_out_with_the_fees_of_both_sides() -> None:
    lots = tax_lots(TWO_PURCHASES, Method.FIFO)

    assert [(one.acquired, one.quantity, one.proceeds, one.cost) for one in lots.disposals] == [
        (1, Decimal(10), Decimal(1298), Decimal(1001)),
        (2, Decimal(5), Decimal(649), Decimal("600.5")),
    ]
    assert [(one.acquired, one.quantity, one.cost) for one in lots.held] == [(2, Decimal(5), Decimal("600.5"))]


def test_on_average_every_share_cost_the_same() -> None:
    lots = tax_lots(TWO_PURCHASES, Method.AVERAGE)

    assert [(one.acquired, one.quantity, one.cost, one.gain) for one in lots.disposals] == [
        (1, Decimal(15), Decimal("1651.5"), Decimal("295.5"))
    ]
    assert [(one.quantity, one.cost) for one in lots.held] == [(Decimal(5), Decimal("550.5"))]


def test_a_split_between_purchase_and_sale_changes_the_number_and_not_the_cost() -> None:
    lots = tax_lots([fill(1, 10, 100), fill(9, -20, 60)], Method.FIFO, [SplitTime(ACME, 5, Decimal(2))])

    assert [(one.quantity, one.cost, one.gain) for one in lots.disposals] == [
        (Decimal(20), Decimal(1000), Decimal(200))
    ]


def test_instruments_do_not_mix() -> None:
    lots = tax_lots([fill(1, 1, 10), fill(2, 1, 50, name=BOLT), fill(3, -1, 60, name=BOLT)], Method.FIFO)

    assert [(one.instrument, one.gain) for one in lots.disposals] == [(BOLT, Decimal(10))]
    assert [one.instrument for one in lots.held] == [ACME]


def test_a_sale_of_what_was_never_bought_is_refused_by_its_trade() -> None:
    with pytest.raises(BadInputError, match=r"sold 2 more of ACME\.TEST than it had bought: ACME\.TEST-2"):
        tax_lots([fill(1, 3, 10), fill(2, -5, 10)], Method.FIFO)


AMOUNTS = st.decimals("0.01", "999", places=2)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, st.decimals(0, 9, places=3)), min_size=1, max_size=6), AMOUNTS, st.data())
def test_whatever_the_method_the_gains_are_what_came_back_less_what_was_paid(
    purchases: list[tuple[Decimal, Decimal, Decimal]], price: Decimal, data: st.DataObject
) -> None:
    bought = [fill(i, *one) for i, one in enumerate(purchases)]
    left = whole = sum((one.quantity for one in bought), NOTHING)
    sold = list[Fill]()
    while left:
        part = min(left, data.draw(AMOUNTS) if len(sold) < 5 else whole)
        sold.append(fill(100 + len(sold), -part, price, "0.07"))
        left -= part
    flow = sum((one.quantity * one.price - one.fee for one in sold), NOTHING)
    flow -= sum((one.quantity * one.price + one.fee for one in bought), NOTHING)

    for method in Method:
        lots = tax_lots([*bought, *sold], method)
        assert sum((one.gain for one in lots.disposals), NOTHING) == flow
        assert lots.held == ()
