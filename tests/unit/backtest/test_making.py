"""Machine code on disk is found again by what it was made of, and never taken for another's."""

from itertools import combinations
from types import FunctionType

import pytest

from tests.parity.engines import EXAMPLES
from tradewind.backtest.making import identity
from tradewind.indicators.averages import ema, sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.channels import regression
from tradewind.indicators.higher import higher
from tradewind.indicators.momentum import rsi
from tradewind.strategies import registry


def kernel_of(one: Indicator) -> FunctionType:
    assert isinstance(one.kernel, FunctionType)
    return one.kernel


KINDS = {
    "ema": ema(20),
    "sma": sma(20),
    "higher ema": higher(4, ema(20)),
    "higher sma": higher(4, sma(20)),
    "higher rsi": higher(4, rsi(14)),
    "higher regression": higher(4, regression(20, 2)),
    "higher higher ema": higher(4, higher(4, ema(20))),
}


@pytest.mark.parametrize(("one", "other"), list(combinations(KINDS, 2)))
def test_kernels_that_close_over_others_are_told_apart(one: str, other: str) -> None:
    assert identity(kernel_of(KINDS[one])) != identity(kernel_of(KINDS[other]))


def test_other_settings_of_an_indicator_are_the_same_code() -> None:
    assert identity(kernel_of(higher(4, ema(20)))) == identity(kernel_of(higher(6, ema(50))))


def test_no_two_kernels_of_all_strategies_share_what_they_are_known_by() -> None:
    kernels = {
        kernel_of(one) for name in registry.names(EXAMPLES) for one in registry.build(name, {}, EXAMPLES).indicators
    }

    assert len({identity(one) for one in kernels}) == len(kernels)
