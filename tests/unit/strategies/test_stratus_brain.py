"""The chain of market states: what it counts, and how far its counts can be trusted."""

import random
from math import isnan, nan, sqrt

import numpy as np
import pytest

from tests.walks import walk
from tradewind.backtest.compiler import compiled
from tradewind.indicators.regime import BEAR, BULL, QUIET, TURBULENT, regime
from tradewind.strategies.stratus_brain import unopposed


def chain(returns: list[float], period: float = 20, memory: float = 1e9) -> list[list[float]]:
    """Return the five outputs after each of the closes that some returns lead to."""
    indicator, close, rows = regime(period, memory), 100.0, []
    s = indicator.new_state()
    for change in (0.0, *returns):
        close *= 1.0 + change
        indicator.kernel(s, 0.0, close, close, close, close, 1.0)
        rows.append(s[:5])
    return rows


def noise(count: int, *, drift: float = 0.0, size: float = 0.01) -> list[float]:
    chance = random.Random(5)  # noqa: S311 - the same walk every time is the point
    return [chance.gauss(drift, size) for _ in range(count)]


def test_what_always_alternates_is_certain_of_its_next_step() -> None:
    _, state, edge, error, samples = chain([0.01, -0.01] * 200)[-1]

    assert (state, edge, error) == (0.0, 1.0, 0.0)
    assert samples == pytest.approx(190, abs=2)


def test_what_knows_no_past_has_no_edge_beyond_its_error() -> None:
    rows = chain(noise(5_000))[2_000:]

    assert sum(abs(edge) < 2 * error for _, _, edge, error, _ in rows) > 0.85 * len(rows)


def test_the_error_shrinks_with_the_root_of_the_samples() -> None:
    rows = chain(noise(8_000))
    few, many = rows[1_000], rows[-1]

    assert few[3] * sqrt(few[4]) == pytest.approx(many[3] * sqrt(many[4]), rel=0.15)
    assert many[3] < 0.5 * few[3]


def test_older_transitions_count_less() -> None:
    forgetting = chain([0.01, -0.01] * 600 + [0.01] * 60, memory=20)[-1]

    assert forgetting[1] == 2.0
    assert forgetting[2] > 0.9
    assert forgetting[4] < 25


def test_nothing_is_said_before_the_deviation_is_known() -> None:
    rows = chain(noise(40), period=20)

    assert all(isnan(value) for value in rows[20])
    assert not isnan(rows[21][1])
    assert regime(20).warmup == 22


@pytest.mark.parametrize(
    ("returns", "regime"),
    [
        (noise(400, drift=0.01), BULL),
        (noise(400, drift=-0.01), BEAR),
        ([0.01, -0.01] * 200, QUIET),
        ([0.001, -0.001] * 400 + [0.05, -0.05] * 10, TURBULENT),
    ],
)
def test_the_regime_is_named_by_drift_and_deviation(returns: list[float], regime: float) -> None:
    assert chain(returns)[-1][0] == regime


def test_prices_that_never_move_are_quiet_and_raise_nothing() -> None:
    assert chain([0.0] * 100)[-1] == [QUIET, 1.0, 0.0, 0.0, pytest.approx(79)]


def test_the_same_bits_come_out_compiled() -> None:
    indicator = regime(20, 20)
    fast, slow_state = compiled(indicator.kernel, within=False), indicator.new_state()
    fast_state = np.array(slow_state)
    for each in walk(seed=2, count=3_000):
        indicator.kernel(slow_state, 0.0, *each[2:])
        fast(fast_state, 0.0, *each[2:])
    assert [value.hex() for value in slow_state] == [value.hex() for value in fast_state.tolist()]


@pytest.mark.parametrize(
    ("edge", "error", "samples", "passed"),
    [
        (-0.21, 0.1, 100, False),
        (-0.19, 0.1, 100, True),
        (-0.9, 0.1, 29, True),
        (0.5, 0.1, 100, True),
        (nan, nan, nan, True),
    ],
    ids=["evidence against", "within its error", "too few samples", "for it", "not warm"],
)
def test_the_veto_needs_evidence_against_the_entry(edge: float, error: float, samples: float, passed: bool) -> None:
    assert unopposed(edge, error, samples).passed is passed
