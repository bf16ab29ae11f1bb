"""How quiet a market has been: the narrowest that its bands were lately, against how wide they usually are."""

from math import nan

from tradewind.indicators.base import Indicator, State
from tradewind.indicators.moments import deviation_slots, roll_deviation
from tradewind.indicators.windows import extremes_slots, mean_slots, roll_extremes, roll_mean

_OWN = 3


def quiet_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the least deviation of the last few bars as a share of its mean over many.

    Slots: the share, where the extremes and where the mean begin, then the deviation, the extremes and the mean.
    """
    mean, deviation = roll_deviation(s, _OWN, close)
    if not deviation >= 0.0 or not mean > 0.0:  # NaN: not warm yet
        return
    width = deviation / mean
    _, narrowest = roll_extremes(s, int(s[1]), width, width)
    usual = roll_mean(s, int(s[2]), width)
    if usual > 0.0:
        s[0] = narrowest / usual
    else:
        s[0] = nan if usual != usual else 1.0


def quiet(period: float = 20, within: float = 10, usual: float = 100, output: str = "narrowest") -> Indicator:
    """Declare the narrowest deviation of `within` bars as a share of the mean deviation of `usual` bars.

    A deviation is that of `period` closes, as a share of their mean.
    """
    deviation = deviation_slots(_OWN, period)
    at = _OWN + len(deviation)
    extremes = extremes_slots(at, within)
    mean = mean_slots(at + len(extremes), usual)
    memory = (float(at), float(at + len(extremes)), *deviation, *extremes, *mean)
    return Indicator(quiet_kernel, (output,), memory, int(period + usual))
