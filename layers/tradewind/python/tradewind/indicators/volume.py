"""Volume: what is traded on rising and on falling prices, and how unusual it is.

Sources: Granville, *New Key to Stock Market Profits* (1963), for the on-balance volume; Chaikin's money flow as in
Achelis, *Technical Analysis from A to Z* (1995); TA-Lib OBV, CMF.
"""

from math import nan

from tradewind.indicators.base import Indicator, State
from tradewind.indicators.moments import deviation_slots, roll_deviation
from tradewind.indicators.windows import roll_sums, sums_slots


def obv_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the on-balance volume, which begins with the first bar's.

    Slots: on-balance volume, previous close, on-balance volume so far.
    """
    if close > s[1] or s[1] != s[1]:  # NaN: this is the very first bar
        s[2] += volume
    elif close < s[1]:
        s[2] -= volume
    s[0] = s[2]
    s[1] = close


def cmf_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance Chaikin's money flow; both rolling sums from slot 1 on."""
    span = high - low
    place = ((close - low) - (high - close)) / span if span > 0.0 else 0.0
    flow, traded = roll_sums(s, 1, place * volume, volume)
    s[0] = 0.0 if traded <= 0.0 else flow / traded  # NaN stays NaN


def volume_score_kernel(
    s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float
) -> None:
    """Advance the volume's distance from its mean in deviations; a mean with its deviation from slot 1 on."""
    mean, deviation = roll_deviation(s, 1, volume)
    s[0] = 0.0 if deviation <= 0.0 else (volume - mean) / deviation  # NaN stays NaN


def obv(output: str = "obv") -> Indicator:
    """Declare the on-balance volume since the first bar, in shares or coins: only its changes mean anything."""
    return Indicator(obv_kernel, (output,), (nan, 0.0), 1)


def cmf(period: float = 20, output: str = "cmf") -> Indicator:
    """Declare Chaikin's money flow, −1 to 1: where bars closed in their range, by volume; 0 where none was traded."""
    return Indicator(cmf_kernel, (output,), sums_slots(1, period), int(period))


def volume_score(period: float = 20, output: str = "volume_score") -> Indicator:
    """Declare how many population deviations the volume lies above the mean of `period` bars, this one included."""
    return Indicator(volume_score_kernel, (output,), deviation_slots(1, period), int(period))
