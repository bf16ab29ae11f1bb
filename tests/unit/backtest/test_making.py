"""Machine code on disk is found again by what it was made of, and never taken for another's."""

from itertools import combinations
from types import FunctionType

import pytest
from numba import njit

from tests.parity.engines import EXAMPLES
from tradewind.backtest import source
from tradewind.backtest.machine import EXACT, WITHIN
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


def test_what_is_called_within_gets_machine_code_only_in_its_caller() -> None:
    inner = njit(**WITHIN)(lambda number: number / 3.0)
    middle = njit(**WITHIN)(lambda number: inner(number) + 1.0)
    outer = njit(**EXACT)(lambda number: middle(number) * 2.0)

    assert outer(7.0) == (7.0 / 3.0 + 1.0) * 2.0

    (made,) = middle.overloads.values()
    assert not made.library.codegen._engine.is_symbol_defined(made.fndesc.llvm_func_name)


def test_an_error_within_comes_out_of_its_caller() -> None:
    inner = njit(**WITHIN)(lambda number: 1.0 / number)
    outer = njit(**EXACT)(lambda number: inner(number) + 1.0)

    with pytest.raises(ZeroDivisionError):
        outer(0.0)


@pytest.mark.parametrize("called", [False, True])
@pytest.mark.parametrize("name", registry.names(EXAMPLES))
def test_an_answer_takes_of_a_stage_only_what_it_names(name: str, called: bool) -> None:
    text = source.write_answer(registry.build(name, {}, EXAMPLES), called=called)

    assert "staged" not in text
    assert "stage." not in text
    assert ("stage_told" in text) == called
