"""Sizes: never more at risk than asked, never more than may be spent, and no lot less than that allows."""

from fractions import Fraction
from math import nextafter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tradewind.risk.sizing import Budget, Size, size_lots, size_position

prices = st.floats(0.01, 100_000)
lots = st.sampled_from([1.0, 100.0, 0.001, 1e-8])
ROUNDING = Fraction(1, 10**14)
"""What a few roundings of a float may hide, as a share."""


def exact(lots: int, lot: float, price: float) -> Fraction:
    return Fraction(lots) * Fraction(lot) * Fraction(price)


@given(st.floats(1, 1e9), st.floats(0.0001, 0.1), prices, st.floats(0.5, 0.9999), lots, st.floats(1, 1e9))
def test_a_size_never_risks_or_costs_more_than_asked_and_one_lot_more_would(
    equity: float, fraction: float, entry: float, stop_share: float, lot: float, cap: float
) -> None:
    stop = entry * stop_share
    size = size_lots(equity, fraction, entry, stop, lot, cap)
    budget, distance = Fraction(equity) * Fraction(fraction), Fraction(entry) - Fraction(stop)

    assert size >= 0
    assert exact(size, lot, entry) <= Fraction(cap) * (1 + ROUNDING)
    assert Fraction(size) * Fraction(lot) * distance <= budget * (1 + ROUNDING)
    one_more = size + 1 + Fraction(size, 10**8)
    assert one_more * Fraction(lot) * Fraction(entry) >= Fraction(cap) * (1 - ROUNDING) or one_more * Fraction(
        lot
    ) * distance >= budget * (1 - ROUNDING)


@given(st.integers(1, 10_000), st.integers(1, 1_000), st.sampled_from([100.0, 1.0, 2.0**-10]))
def test_a_budget_for_whole_lots_buys_all_of_them(count: int, distance: int, lot: float) -> None:
    entry, stop = 2_000.0, 2_000.0 - distance

    assert size_lots(count * lot * distance, 1.0, entry, stop, lot, 1e18) == count
    assert size_lots(1e18, 1.0, entry, stop, lot, count * lot * entry) == count


@given(st.integers(1, 10_000), st.sampled_from([0.001, 1e-8]))
def test_a_lot_that_is_no_binary_fraction_costs_at_most_one_lot(count: int, lot: float) -> None:
    cap = count * lot * 2_000.0

    assert size_lots(1e18, 1.0, 2_000.0, 1_000.0, lot, cap) in {count - 1, count}
    assert size_lots(1e18, 1.0, 2_000.0, 1_000.0, lot, cap * (1 + 1e-15)) == count


@given(st.integers(1, 10_000), st.integers(1, 1_000))
def test_a_cent_less_than_a_whole_lot_buys_one_less(count: int, distance: int) -> None:
    entry, stop = 2_000.0, 2_000.0 - distance

    assert size_lots(count * distance - 0.01, 1.0, entry, stop, 1.0, 1e18) == count - 1
    assert size_lots(1e18, 1.0, entry, stop, 1.0, count * entry - 0.01) == count - 1


@given(st.integers(1, 10_000))
def test_the_least_bit_less_than_a_whole_lot_buys_one_less(count: int) -> None:
    assert size_lots(1e18, 1.0, 2_000.0, 1_000.0, 1.0, nextafter(count * 2_000.0, 0.0)) == count - 1
    assert size_lots(nextafter(count * 1_000.0, 0.0), 1.0, 2_000.0, 1_000.0, 1.0, 1e18) == count - 1


def test_a_quotient_that_rounds_below_a_whole_number_loses_no_lot() -> None:
    price = 332.55177561726333
    assert 991 * price / price < 991

    assert size_lots(1e18, 1.0, price, 1.0, 1.0, 991 * price) == 991


@pytest.mark.parametrize(
    "asked",
    [
        (100_000.0, 0.02, 100.0, 100.0, 1.0, 1e6),
        (100_000.0, 0.02, 100.0, 101.0, 1.0, 1e6),
        (100_000.0, 0.02, 100.0, 0.0, 1.0, 1e6),
        (100_000.0, 0.02, 100.0, float("nan"), 1.0, 1e6),
        (0.0, 0.02, 100.0, 95.0, 1.0, 1e6),
        (-5.0, 0.02, 100.0, 95.0, 1.0, 1e6),
        (100_000.0, 0.0, 100.0, 95.0, 1.0, 1e6),
        (100_000.0, 0.02, 100.0, 95.0, 1.0, 0.0),
        (100_000.0, 0.02, 100.0, 95.0, 1.0, 99.99),
    ],
)
def test_what_cannot_be_sized_is_no_lot(asked: tuple[float, float, float, float, float, float]) -> None:
    assert size_lots(*asked) == 0


PLENTY = Budget(equity=100_000.0, free_cash=100_000.0, risk_fraction=0.02, exposure_fraction=0.25)


def test_risk_decides_where_the_stop_is_far() -> None:
    assert size_position(PLENTY, 100.0, 80.0, 1.0) == Size(100)


def test_exposure_decides_where_the_stop_is_near() -> None:
    assert size_position(PLENTY, 100.0, 99.0, 1.0) == Size(250)


def test_cash_decides_where_there_is_little_and_pays_fee_and_collar() -> None:
    poor = PLENTY._replace(free_cash=1_250.0)

    assert size_position(poor, 100.0, 99.0, 1.0) == Size(12)
    assert size_position(poor._replace(collar=0.25), 100.0, 99.0, 1.0) == Size(10)
    assert size_position(poor._replace(collar=0.25, fee=0.25), 100.0, 99.0, 1.0) == Size(8)


@pytest.mark.parametrize(
    ("budget", "stop", "reason"),
    [
        (PLENTY, 0.0, "NO_STOP"),
        (PLENTY, 100.0, "NO_STOP"),
        (PLENTY._replace(free_cash=99.0), 95.0, "NO_CASH"),
        (PLENTY._replace(equity=1_000.0), 50.0, "BELOW_ONE_LOT"),
        (PLENTY._replace(minimum_notional=25_001.0), 99.0, "BELOW_MINIMUM_NOTIONAL"),
    ],
)
def test_no_size_says_why(budget: Budget, stop: float, reason: str) -> None:
    assert size_position(budget, 100.0, stop, 1.0) == Size(0, reason)


@given(st.floats(1, 1e6), st.floats(0, 1e6), prices, st.floats(0.5, 0.999), lots, st.floats(0, 0.1), st.floats(0, 0.01))
def test_a_position_can_always_be_paid_for(
    equity: float, cash: float, entry: float, stop_share: float, lot: float, collar: float, fee: float
) -> None:
    budget = Budget(equity, cash, 0.02, 0.25, collar, fee)
    size = size_position(budget, entry, entry * stop_share, lot)
    assume(size.lots)

    cost = exact(size.lots, lot, entry) * (1 + Fraction(collar)) * (1 + Fraction(fee))
    assert cost <= Fraction(cash) * (1 + ROUNDING)
    assert exact(size.lots, lot, entry) <= Fraction(equity) / 4 * (1 + ROUNDING)
