"""What kind of market this is, and a Markov chain of its states with the error of what it says.

Each bar is DOWN, FLAT or UP by its return against its recent deviation. How often each state followed each is counted,
with slow forgetting; the row of the present state is the estimate of what comes next. By the law of large numbers such
a frequency converges with 1 / √samples, and its standard error says how far it has come. Unlike `markov`, which keeps
a ring of what it counted, this one is two dozen numbers, small enough to stand beside every strategy.

Sources: Hamilton, "A New Approach to the Economic Analysis of Nonstationary Time Series and the Business Cycle",
*Econometrica* 57 (1989), for markets as chains of states; Anderson & Goodman, "Statistical Inference about Markov
Chains", *Annals of Mathematical Statistics* 28 (1957), for counts as estimates; RiskMetrics (1996) for weighted
deviations.
"""

from math import sqrt

from tradewind.indicators.base import Indicator, State

DOWN, FLAT, UP = 0.0, 1.0, 2.0

UNKNOWN, QUIET, BULL, BEAR, TURBULENT = 0.0, 1.0, 2.0, 3.0, 4.0
REGIMES = ("UNKNOWN", "QUIET", "BULL", "BEAR", "TURBULENT")
"""Names of the regimes by their number."""

BAND = 0.43
"""Deviations within which a return is FLAT: a third of a normal distribution."""

LEAN = 1.0
"""Standard errors by which the mean return must differ from nothing for BULL or BEAR."""

STORM = 1.5
"""How many times its usual deviation makes a market TURBULENT."""

_CLOSE, _SEEN, _FAST, _SLOW, _MEAN, _FORGET, _PERIOD = 5, 6, 7, 8, 9, 10, 11
_COUNTS = 12


def regime_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the chain by one close.

    Slots: regime, state, edge (chance of UP less chance of DOWN next), its standard error, samples of the state's row;
    previous close, closes seen, fast and slow variance and the mean of returns, what a count keeps a bar, the period,
    then nine counts, from-state by from-state.
    """
    before = s[_CLOSE]
    s[_CLOSE] = close
    s[_SEEN] += 1.0
    if not before > 0.0:
        return
    change = close / before - 1.0
    band = BAND * sqrt(s[_FAST])
    _learn(s, change)
    if s[_SEEN] < s[_PERIOD] + 2.0:
        return
    state = UP if change > band else DOWN if change < -band else FLAT
    if s[1] >= DOWN:  # not NaN, as it is before the first
        _count(s, int(s[1]), int(state))
    s[1] = state
    _estimate(s, _COUNTS + 3 * int(state))
    s[0] = _regime(s)


def _learn(s: State, change: float) -> None:
    """Take a return into the exponentially weighted mean and variances; the slow one looks ten times as far back."""
    seen, period = s[_SEEN] - 1.0, s[_PERIOD]
    fast = seen if seen < period else period
    slow = seen if seen < 10.0 * period else 10.0 * period
    s[_FAST] += (change * change - s[_FAST]) / fast
    s[_SLOW] += (change * change - s[_SLOW]) / slow
    s[_MEAN] += (change - s[_MEAN]) / fast


def _count(s: State, before: int, after: int) -> None:
    """Note one transition; everything older counts a little less."""
    for place in range(_COUNTS, _COUNTS + 9):
        s[place] *= s[_FORGET]
    s[_COUNTS + 3 * before + after] += 1.0


def _estimate(s: State, row: int) -> None:
    """Write down what the counts say of the bar to come."""
    down, flat, up = s[row], s[row + 1], s[row + 2]
    samples = down + flat + up
    s[4] = samples
    if samples > 0.0:
        s[2] = (up - down) / samples
        spread = (up + down) / samples - s[2] * s[2]
        s[3] = sqrt((spread if spread > 0.0 else 0.0) / samples)


def _regime(s: State) -> float:
    deviation = sqrt(s[_FAST])
    error = deviation / sqrt(s[_PERIOD])
    if deviation > STORM * sqrt(s[_SLOW]):
        return TURBULENT
    if s[_MEAN] > LEAN * error:
        return BULL
    return BEAR if s[_MEAN] < -LEAN * error else QUIET


def regime(
    period: float = 50,
    memory: float = 2000,
    outputs: tuple[str, str, str, str, str] = ("regime", "state", "edge", "edge_error", "samples"),
) -> Indicator:
    """Declare the chain: regime, state, edge of UP over DOWN next, its standard error, and the samples behind it.

    Parameters
    ----------
    period : float
        Bars over which the deviation and the mean of returns are weighted.
    memory : float
        Transitions after which one counts about a third.
    """
    slots = (0.0, 0.0, 0.0, 0.0, 0.0, 1.0 - 1.0 / memory, float(period), *(0.0,) * 9)
    return Indicator(regime_kernel, outputs, slots, int(period) + 2)
