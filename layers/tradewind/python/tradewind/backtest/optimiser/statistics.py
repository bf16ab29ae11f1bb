"""How much of a backtest's success is luck: the statistics of having tried many times.

Sources
-------
- Bailey & López de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15 (2), 2012: the probabilistic
  Sharpe ratio, equation 8.
- Bailey & López de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management 40 (5), 2014: the expected
  maximum of many trials, equation 1, and the deflated ratio, equation 2.
- Bailey, Borwein, López de Prado & Zhu, "The Probability of Backtest Overfitting", Journal of Computational Finance
  20 (4), 2017: combinatorially symmetric cross-validation, algorithm 2.3.
- Efron, "Bootstrap Methods", Annals of Statistics 7 (1), 1979: resampling with replacement.

Sharpe ratios here are per period and not annualised, the rate without risk taken as nought.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import e, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from tradewind.domain.errors import BadInputError

type Floats = np.ndarray[Any, np.dtype[np.float64]]

EULER_MASCHERONI = 0.5772156649015329
_NORMAL = NormalDist()
_FEWEST = 2
_CHUNK = 1_000_000


@dataclass(frozen=True, slots=True)
class Moments:
    """What a series of returns says of itself.

    Attributes
    ----------
    count : int
        Returns.
    sharpe : float
        Mean over the sample's standard deviation; 0 where nothing varies.
    skew, kurtosis : float
        Standardised third and fourth moments; a normal distribution has 0 and 3.
    """

    count: int
    sharpe: float
    skew: float
    kurtosis: float


def moments(returns: Iterable[float]) -> Moments:
    """Return the moments of a series of returns."""
    values = np.fromiter(returns, np.float64)
    if len(values) < _FEWEST or not (spread := float(values.std(ddof=1))) > 0.0:
        return Moments(len(values), 0.0, 0.0, 3.0)
    scaled = (values - values.mean()) / values.std()
    return Moments(len(values), float(values.mean()) / spread, float((scaled**3).mean()), float((scaled**4).mean()))


def probabilistic_sharpe(observed: Moments, benchmark: float = 0.0) -> float:
    """Return the probability that the true Sharpe ratio is above a benchmark.

    Φ((S − S*) √(n − 1) ⁄ √(1 − γ₃ S + (γ₄ − 1) ⁄ 4 · S²)), with skew γ₃ and kurtosis γ₄.
    """
    if observed.count < _FEWEST:
        return 0.5
    ratio = observed.sharpe
    variance = 1.0 - observed.skew * ratio + (observed.kurtosis - 1.0) / 4.0 * ratio * ratio
    if variance <= 0.0:
        return float(ratio > benchmark)
    return _NORMAL.cdf((ratio - benchmark) * sqrt(observed.count - 1) / sqrt(variance))


def expected_maximum_sharpe(variance: float, trials: int) -> float:
    """Return the Sharpe ratio that the best of many worthless trials has on average.

    √V ((1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e))), with the Euler–Mascheroni constant γ.

    Parameters
    ----------
    variance : float
        Of the trials' Sharpe ratios.
    trials : int
        How many were independent; taking all that were made is on the safe side.
    """
    if trials < _FEWEST:
        return 0.0
    first, second = _NORMAL.inv_cdf(1.0 - 1.0 / trials), _NORMAL.inv_cdf(1.0 - 1.0 / (trials * e))
    return sqrt(variance) * ((1.0 - EULER_MASCHERONI) * first + EULER_MASCHERONI * second)


def deflated_sharpe(observed: Moments, trials: Sequence[float]) -> float:
    """Return the probability that the best trial's Sharpe ratio is better than luck among so many.

    Parameters
    ----------
    trials : sequence of float
        Every trial's Sharpe ratio per period, the best among them.
    """
    variance = float(np.var(trials, ddof=1)) if len(trials) >= _FEWEST else 0.0
    return probabilistic_sharpe(observed, expected_maximum_sharpe(variance, len(trials)))


@dataclass(frozen=True, slots=True)
class Overfitting:
    """What cross-validation says of choosing the best of these trials.

    Attributes
    ----------
    probability : float
        Share of the ways to halve the past in which the best of one half is below the median in the other.
    loss : float
        Share of them in which the best of one half loses in the other.
    ways, trials : int
        How many ways to halve, over how many trials.
    """

    probability: float
    loss: float
    ways: int
    trials: int


def probability_of_overfitting(sums: Floats, squares: Floats, counts: Floats) -> Overfitting:
    """Return how probably the best of these trials is overfitted.

    Time is cut into S blocks. Of each way to choose half of them, the trial with the best Sharpe ratio there is ranked
    among all trials by the Sharpe ratio on the other half; ω is its rank ⁄ (N + 1), and the probability is the share
    of ways with ln(ω ⁄ (1 − ω)) ≤ 0. Equal ratios share their middle rank.

    Parameters
    ----------
    sums, squares : array, shape (S, N)
        Of each trial's returns in each block: their sum, and the sum of their squares.
    counts : array, shape (S,)
        Returns in each block.

    Raises
    ------
    BadInputError
        If the blocks are not an even number of four or more, or there are fewer than two trials.
    """
    blocks, trials = sums.shape
    if blocks % 2 or blocks < 4 or trials < _FEWEST:  # noqa: PLR2004 - two halves of two
        raise BadInputError(f"{trials} trials in {blocks} blocks are too few, or the blocks are odd in number")
    halves = np.array(list(combinations(range(blocks), blocks // 2)))
    below = lost = 0
    for part in np.array_split(halves, max(1, len(halves) * trials // _CHUNK)):
        inside = np.zeros((len(part), blocks))
        np.put_along_axis(inside, part, 1.0, axis=1)
        first, second = _sharpes(inside, sums, squares, counts), _sharpes(1.0 - inside, sums, squares, counts)
        chosen = second[np.arange(len(part)), first.argmax(axis=1)][:, None]
        rank = (second < chosen).sum(axis=1) + ((second == chosen).sum(axis=1) + 1) / 2
        below += int((rank / (trials + 1) <= 0.5).sum())  # noqa: PLR2004 - the median
        lost += int((chosen < 0.0).sum())
    return Overfitting(below / len(halves), lost / len(halves), len(halves), trials)


def _sharpes(inside: Floats, sums: Floats, squares: Floats, counts: Floats) -> Floats:
    """Return each trial's Sharpe ratio over the chosen blocks; shape (ways, N)."""
    count = (inside @ counts)[:, None]
    mean = inside @ sums / count
    variance = np.maximum((inside @ squares / count - mean * mean) * count / np.maximum(count - 1.0, 1.0), 0.0)
    spread = np.sqrt(variance)
    ratio: Floats = np.divide(mean, spread, out=np.zeros_like(mean), where=spread > 0.0)
    return ratio


@dataclass(frozen=True, slots=True)
class Shuffled:
    """What else the same trades could have come to.

    Attributes
    ----------
    runs : int
        Orders tried.
    drawdown : tuple of float
        Greatest fall from a peak at the 5th, 50th and 95th percentile, where the order is shuffled.
    result : tuple of float
        Return in all at the same percentiles, where trades are drawn with replacement.
    loss : float
        Share of those draws that end below the beginning.
    worse : float
        Share of orders with a deeper fall than the one that happened.
    """

    runs: int
    drawdown: tuple[float, float, float]
    result: tuple[float, float, float]
    loss: float
    worse: float


def shuffle_trades(trades: Sequence[float], seed: int, runs: int = 2000) -> Shuffled:
    """Put trades into other orders, and draw others like them.

    Parameters
    ----------
    trades : sequence of float
        Each round trip's profit as a share of the equity at its entry, in the order of their ends; they compound.
    seed : int
        The same seed gives the same answer.

    Raises
    ------
    BadInputError
        If there are fewer than two.
    """
    if len(trades) < _FEWEST:
        raise BadInputError(f"{len(trades)} trades have no order to shuffle: at least two are needed")
    chance = np.random.default_rng(seed)
    growth = 1.0 + np.asarray(trades, np.float64)
    orders = chance.permuted(np.broadcast_to(growth, (runs, len(growth))), axis=1)
    falls = deepest_fall(orders)
    drawn = chance.choice(growth, (runs, len(growth))).prod(axis=1) - 1.0
    happened = float(deepest_fall(growth[None, :])[0])
    return Shuffled(
        runs, _percentiles(falls), _percentiles(drawn), float((drawn < 0).mean()), float((falls > happened).mean())
    )


def deepest_fall(growth: Floats) -> Floats:
    """Return the greatest fall from a peak of each row of growth factors, as a share of the peak; shape (n,)."""
    equity = np.concatenate([np.ones((len(growth), 1)), growth.cumprod(axis=1)], axis=1)
    falls: Floats = (1.0 - equity / np.maximum.accumulate(equity, axis=1)).max(axis=1)
    return falls


def _percentiles(values: Floats) -> tuple[float, float, float]:
    low, middle, high = np.percentile(values, (5, 50, 95))
    return float(low), float(middle), float(high)
