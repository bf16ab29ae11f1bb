from itertools import combinations
from math import sqrt
from statistics import fmean, stdev

import numpy as np
import pytest

from tradewind.backtest.optimiser.statistics import (
    Moments,
    deepest_fall,
    deflated_sharpe,
    expected_maximum_sharpe,
    moments,
    probabilistic_sharpe,
    probability_of_overfitting,
    shuffle_trades,
)
from tradewind.domain.errors import BadInputError

# ── the example of the paper on the deflated Sharpe ratio: five years of days, a yearly ratio of 2.5 ────────────────
PAPER = Moments(1250, 2.5 / sqrt(250), -3.0, 10.0)


def spread_of(count: int, variance: float) -> list[float]:
    """Return so many ratios with this sample variance."""
    half = sqrt(variance * (count - 1) / count)
    return [half, -half] * (count // 2)


def test_moments_are_those_worked_out_by_hand() -> None:
    # Deviations from the mean of 0.02: −0.01, 0.03, −0.03, 0.01, whose squares sum to 0.002 and cubes to 0.
    # Their fourth powers sum to 1.64e-6; the population's variance is 0.0005.
    found = moments([0.01, 0.05, -0.01, 0.03])

    assert found.count == 4
    assert found.sharpe == pytest.approx(0.02 / sqrt(0.002 / 3))
    assert found.skew == pytest.approx(0.0, abs=1e-12)
    assert found.kurtosis == pytest.approx(1.64e-6 / 4 / 0.0005**2)


def test_returns_that_do_not_vary_have_no_ratio() -> None:
    assert moments([0.0] * 10).sharpe == moments([0.01]).sharpe == moments([]).sharpe == 0.0


def test_the_expected_maximum_is_the_papers() -> None:
    assert expected_maximum_sharpe(0.5 / 250, 100) == pytest.approx(0.1132, abs=5e-5)


def test_the_deflated_ratio_is_the_papers() -> None:
    assert deflated_sharpe(PAPER, spread_of(100, 0.5 / 250)) == pytest.approx(0.9004, abs=5e-5)


def test_fewer_trials_are_deflated_less_as_in_the_paper() -> None:
    # The paper has the same strategy accepted at 95 % where it was found after 46 trials.
    assert deflated_sharpe(PAPER, spread_of(46, 0.5 / 250)) == pytest.approx(0.9505, abs=5e-5)


def test_the_probabilistic_ratio_is_worked_out_by_hand() -> None:
    # S = 0.1, n = 101, normal: 0.1 · √100 ⁄ √(1 + 0.5 · 0.01) = 0.99751…, whose Φ is 0.84074.
    assert probabilistic_sharpe(Moments(101, 0.1, 0.0, 3.0)) == pytest.approx(0.84074, abs=1e-5)
    assert probabilistic_sharpe(Moments(101, 0.1, 0.0, 3.0), 0.1) == 0.5


def test_one_trial_needs_no_deflating() -> None:
    assert deflated_sharpe(PAPER, [PAPER.sharpe]) == probabilistic_sharpe(PAPER)


# ── the probability of backtest overfitting ──────────────────────────────────────────────────────────────────────


def blocks(returns: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    parts = np.array_split(returns, count)
    return (
        np.array([part.sum(axis=0) for part in parts]),
        np.array([(part**2).sum(axis=0) for part in parts]),
        np.array([float(len(part)) for part in parts]),
    )


def test_four_blocks_by_hand() -> None:
    # Two trials, four blocks of two returns: A earns in blocks 0 and 1 and loses in 2 and 3, B the other way about.
    # Chosen by {0,1} A is last elsewhere, and B by {2,3}; each mixed half ties, and a tie is the middle rank 1.5 of 3.
    a = [0.02, 0.01, 0.02, 0.01, -0.02, -0.01, -0.02, -0.01]
    b = [-0.02, -0.01, -0.02, -0.01, 0.02, 0.01, 0.02, 0.01]

    found = probability_of_overfitting(*blocks(np.array([a, b]).T, 4))

    assert (found.ways, found.trials) == (6, 2)
    assert found.probability == 1.0
    assert found.loss == pytest.approx(2 / 6)


def slowly(returns: np.ndarray, count: int) -> float:
    """Go through the algorithm as the paper writes it."""
    parts, below, ways = np.array_split(returns, count), 0, 0
    for chosen in combinations(range(count), count // 2):
        halves = [
            np.concatenate([parts[k] for k in range(count) if (k in chosen) is wanted]) for wanted in (True, False)
        ]
        first, second = ([fmean(column) / stdev(column) for column in half.T.tolist()] for half in halves)
        best = second[first.index(max(first))]
        rank = sum(one < best for one in second) + (sum(one == best for one in second) + 1) / 2
        below += rank / (len(second) + 1) <= 0.5
        ways += 1
    return below / ways


@pytest.mark.parametrize("seed", range(4))
def test_the_fast_way_is_the_papers_algorithm(seed: int) -> None:
    returns = np.random.default_rng(seed).normal(0, 0.01, (61, 7))

    assert probability_of_overfitting(*blocks(returns, 6)).probability == slowly(returns, 6)


def test_skill_is_told_from_luck() -> None:
    chance = np.random.default_rng(5)
    luck = chance.normal(0, 0.01, (1600, 40))
    skill = luck + np.linspace(-0.002, 0.002, 40)

    assert probability_of_overfitting(*blocks(luck, 16)).probability > 0.25
    assert probability_of_overfitting(*blocks(skill, 16)).probability < 0.01


@pytest.mark.parametrize(("count", "trials"), [(3, 5), (2, 5), (16, 1)])
def test_too_little_to_cross_validate_is_refused(count: int, trials: int) -> None:
    with pytest.raises(BadInputError, match="too few, or the blocks are odd"):
        probability_of_overfitting(np.ones((count, trials)), np.ones((count, trials)), np.ones(count))


# ── the order of trades ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_deepest_fall_is_worked_out_by_hand() -> None:
    # 1 → 1.5 → 0.75 → 0.9: half of the peak is lost. 1 → 0.8 → 1.2: a fifth, from the beginning.
    rows = np.array([[1.5, 0.5, 1.2], [0.8, 1.5, 1.0]])

    assert deepest_fall(rows) == pytest.approx([0.5, 0.2])


def test_two_trades_have_two_orders() -> None:
    # +50 % then −50 % falls by half; −50 % first falls by half of the beginning too. +50 % twice never falls.
    shuffled = shuffle_trades([0.5, -0.5], seed=1)

    assert shuffled.drawdown == pytest.approx((0.5, 0.5, 0.5))
    assert shuffled.loss == pytest.approx(0.75, abs=0.04)
    assert shuffled.result[2] == pytest.approx(1.25)


def test_a_lucky_order_is_told_as_such() -> None:
    lucky = [0.05, -0.05] * 20
    unlucky = [0.05] * 20 + [-0.05] * 20

    assert shuffle_trades(lucky, seed=3).worse > 0.9
    assert shuffle_trades(unlucky, seed=3).worse == 0.0


def test_the_same_seed_gives_the_same_answer() -> None:
    trades = [0.01, -0.02, 0.03, 0.005, -0.01]

    assert shuffle_trades(trades, seed=3) == shuffle_trades(trades, seed=3) != shuffle_trades(trades, seed=4)


def test_one_trade_has_no_order() -> None:
    with pytest.raises(BadInputError, match="1 trades have no order to shuffle"):
        shuffle_trades([0.1], seed=1)
