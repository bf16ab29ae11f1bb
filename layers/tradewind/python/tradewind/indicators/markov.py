"""The market as a Markov chain of three states, and how often each followed the present one.

Source: Norris, *Markov Chains* (1997), section 1.10, for the estimate of transitions by counting them.
"""

from math import nan

from tradewind.indicators.base import Indicator, State
from tradewind.indicators.moments import deviation_slots, roll_deviation

FALLING, SIDEWAYS, RISING = 0.0, 1.0, 2.0

_COUNTS = 9
_RING = 18


def markov_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the state and the counts of what followed it.

    Slots: state, how often falling, sideways and rising followed such a state, threshold in deviations, previous close,
    transitions that are remembered, place in their ring, where the returns' deviation begins, nine counts from state to
    state, the ring, that deviation.
    """
    before = s[5]
    s[5] = close
    if before != before or before <= 0.0:  # NaN: this is the very first bar
        return
    change = close / before - 1.0
    _, deviation = roll_deviation(s, int(s[8]), change)
    if deviation != deviation:
        return
    state = SIDEWAYS
    if change > s[4] * deviation:
        state = RISING
    elif change < -s[4] * deviation:
        state = FALLING
    if s[0] == s[0]:
        _count(s, 3.0 * s[0] + state)
    s[0] = state
    row = _COUNTS + 3 * int(state)
    s[1] = s[row]
    s[2] = s[row + 1]
    s[3] = s[row + 2]


def _count(s: State, transition: float) -> None:
    """Count one transition in, and the one that is too long ago out."""
    cell = _RING + int(s[7])
    if s[cell] >= 0.0:
        s[_COUNTS + int(s[cell])] -= 1.0
    s[cell] = transition
    s[_COUNTS + int(transition)] += 1.0
    s[7] = s[7] + 1.0 if s[7] + 1.0 < s[6] else 0.0


def markov(
    threshold: float = 0.5,
    period: float = 50,
    window: float = 500,
    outputs: tuple[str, str, str, str] = ("market_state", "to_falling", "to_sideways", "to_rising"),
) -> Indicator:
    """Declare the market's state, 0 falling, 1 sideways, 2 rising, and how often each state followed the present one.

    A bar rises when its return is above `threshold` deviations of the last `period` returns, and falls when it is
    below as many negative ones. Counted are the last `window` transitions. What follows with which probability is a
    count over the sum of the three; how far it can be trusted, their sum says.
    """
    ring = (-1.0,) * int(window)
    begin = _RING + int(window)
    memory = (
        float(threshold), nan, float(window), 0.0, float(begin), *(0.0,) * 9, *ring, *deviation_slots(begin, period),
    )  # fmt: skip
    return Indicator(markov_kernel, outputs, memory, int(period + window) + 1)
