from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import ACME, COIN, SHARE, share
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import Instrument


@pytest.mark.parametrize(
    ("price", "ticks"), [(100.0, 10_000), (0.01, 1), (99.994, 9_999), (99.996, 10_000), (99.9951, 10_000)]
)
def test_a_price_becomes_the_nearest_whole_ticks(price: float, ticks: int) -> None:
    assert SHARE.ticks(price) == ticks


@pytest.mark.parametrize(("quantity", "lots"), [(9.0, 9), (9.999, 9), (0.999, 0), (0.0, 0), (8.9999999999, 9)])
def test_a_quantity_becomes_whole_lots_rounded_down_but_for_a_hair(quantity: float, lots: int) -> None:
    assert SHARE.lots(quantity) == lots


@given(st.integers(1, 10**9))
def test_a_price_on_the_tick_survives_the_float_and_comes_back(ticks: int) -> None:
    for one in (SHARE, COIN):
        assert one.ticks(float(one.price(ticks))) == ticks


@given(st.integers(0, 10**9))
def test_a_quantity_on_the_lot_survives_the_float_and_comes_back(lots: int) -> None:
    for one in (SHARE, COIN):
        assert one.lots(float(one.quantity(lots))) == lots


@given(st.floats(0, 1e6))
def test_lots_are_never_more_than_was_asked_for(quantity: float) -> None:
    assert float(COIN.quantity(COIN.lots(quantity))) <= quantity + 1e-6 * float(COIN.lot) * 1.001 + quantity * 1e-15


@given(st.floats(0.01, 1e6))
def test_the_nearest_tick_is_at_most_half_a_tick_away(price: float) -> None:
    assert abs(float(SHARE.price(SHARE.ticks(price))) - price) <= 0.005 * 1.0001


def test_prices_keep_the_tick_s_decimals() -> None:
    assert str(SHARE.price(10_000)) == "100.00"
    assert str(COIN.quantity(3)) == "0.00003"


@pytest.mark.parametrize("rules", [{"tick": Decimal(0)}, {"lot": Decimal(0)}, {"tick": Decimal(-1)}])
def test_a_grid_without_a_step_is_refused(rules: dict[str, Decimal]) -> None:
    with pytest.raises(BadInputError, match=r"ACME.TEST: tick and lot must be positive"):
        share(ACME, **rules)


def test_no_order_value_is_too_small_unless_said_so() -> None:
    assert Instrument(ACME, Decimal(1), Decimal(1)).minimum_notional == 0
