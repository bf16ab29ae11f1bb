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

_COUNTS = 13
_HEAVY = 1e12


def regime_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the chain by one close.

    Slots: regime, state, edge (chance of UP less chance of DOWN next), its standard error, samples of the state's row;
    previous close, closes seen, fast and slow variance and the mean of returns, weight of a new count, by what it grows
    a bar, the period, then nine counts, from-state by from-state. That newer counts weigh more is as good as letting
    older ones fade, and touches one count instead of nine.
    """
    before = s[5]
    s[5] = close
    s[6] = seen = s[6] + 1.0
    if not before > 0.0:
        return
    change = close / before - 1.0
    square, variance, period = change * change, s[7], s[12]
    band = BAND * sqrt(variance)
    seen -= 1.0
    fast = seen if seen < period else period
    slow = seen if seen < 10.0 * period else 10.0 * period
    s[7] = variance = variance + (square - variance) / fast
    s[8] += (square - s[8]) / slow
    s[9] += (change - s[9]) / fast
    if seen <= period:
        return
    state = UP if change > band else DOWN if change < -band else FLAT
    s[10] = weight = s[10] * s[11]
    if s[1] >= DOWN:  # not NaN, as it is before the first
        s[_COUNTS + int(3.0 * s[1] + state)] += weight
    s[1] = state
    if weight > _HEAVY:
        _lighten(s)
    _estimate(s, _COUNTS + 3 * int(state))
    s[0] = _regime(s, sqrt(variance))


def _lighten(s: State) -> None:
    """Make a new count weigh 1 again, and every older one accordingly less."""
    for place in range(_COUNTS, _COUNTS + 9):
        s[place] /= s[10]
    s[10] = 1.0


def _estimate(s: State, row: int) -> None:
    """Write down what the counts say of the bar to come."""
    down, up = s[row], s[row + 2]
    total = down + s[row + 1] + up
    samples = total / s[10]
    s[4] = samples
    if total > 0.0:
        s[2] = edge = (up - down) / total
        spread = (up + down) / total - edge * edge
        s[3] = sqrt((spread if spread > 0.0 else 0.0) / samples)


def _regime(s: State, deviation: float) -> float:
    if deviation > STORM * sqrt(s[8]):
        return TURBULENT
    error = LEAN * deviation / sqrt(s[12])
    if s[9] > error:
        return BULL
    return BEAR if s[9] < -error else QUIET


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
    slots = (0.0, 0.0, 0.0, 0.0, 0.0, 1.0, memory / (memory - 1.0), float(period), *(0.0,) * 9)
    return Indicator(regime_kernel, outputs, slots, int(period) + 2)
