"""Our own logarithm and exponential, beside numbers of fifty digits."""

from decimal import Context, Decimal
from math import inf, isnan, nan, ulp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.backtest.compiler import compiled
from tradewind.indicators.elementary import exponential, natural_logarithm

EXACT = Context(prec=50)
TWO_UNITS = 2

everything = st.floats(min_value=5e-324, allow_infinity=False)
near_one = st.floats(0.5, 2.0)
exponents = st.floats(-700, 709) | st.floats(-1, 1)


def units_apart(ours: float, exact: Decimal) -> float:
    nearest = float(exact)
    return abs(float(Decimal(ours) - exact)) / ulp(nearest)


@given(everything | near_one)
def test_a_logarithm_is_right_to_two_units_in_the_last_place(x: float) -> None:
    assert units_apart(natural_logarithm(x), EXACT.ln(Decimal(x))) <= TWO_UNITS


@given(exponents)
def test_an_exponential_is_right_to_two_units_in_the_last_place(x: float) -> None:
    assert units_apart(exponential(x), EXACT.exp(Decimal(x))) <= TWO_UNITS


@given(everything, exponents)
def test_both_give_the_same_bits_compiled(x: float, exponent: float) -> None:
    assert compiled(natural_logarithm, within=False)(x).hex() == natural_logarithm(x).hex()
    assert compiled(exponential, within=False)(exponent).hex() == exponential(exponent).hex()


@pytest.mark.parametrize(("x", "expected"), [(0.0, -inf), (inf, inf), (1.0, 0.0)])
def test_the_logarithm_s_ends(x: float, expected: float) -> None:
    assert natural_logarithm(x) == expected


@pytest.mark.parametrize(("x", "expected"), [(-inf, 0.0), (inf, inf), (0.0, 1.0), (-1e9, 0.0), (1e9, inf)])
def test_the_exponential_s_ends(x: float, expected: float) -> None:
    assert exponential(x) == expected


def test_what_is_no_number_stays_none() -> None:
    assert all(isnan(value) for value in (natural_logarithm(-1.0), natural_logarithm(nan), exponential(nan)))
