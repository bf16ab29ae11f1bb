"""What begins anew with each session: the volume-weighted price, and the pivots of the session before.

A session is a stretch of `hours` that begins at `begin` o'clock UTC; a bar belongs to the one it opens in. Sources:
Berkowitz, Logue & Noser, "The Total Cost of Transactions on the NYSE", *Journal of Finance* 43 (1988), for the
volume-weighted price; Person, *A Complete Guide to Technical Trading Tactics* (2004), for the pivots of floor traders.
TA-Lib's VWAP never begins anew.
"""

from math import nan

from tradewind.indicators.base import Indicator, State

HOUR = 3_600_000.0


def session_vwap_kernel(
    s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float
) -> None:
    """Advance the mean typical price of the session by volume.

    Slots: mean, length of a session and its first beginning in ms, this session's number, money and volume in it.
    """
    session = (ts - s[2]) // s[1]
    if session != s[3]:
        s[3] = session
        s[4] = s[5] = 0.0
    _weigh(s, (high + low + close) / 3.0, volume)


def anchored_vwap_kernel(
    s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float
) -> None:
    """Advance the mean typical price by volume since the anchor.

    Slots: mean, the anchor in ms, two free ones, money and volume since.
    """
    if ts >= s[1]:
        _weigh(s, (high + low + close) / 3.0, volume)


def _weigh(s: State, typical: float, volume: float) -> None:
    s[4] += typical * volume
    s[5] += volume
    s[0] = s[4] / s[5] if s[5] > 0.0 else typical


def pivots_kernel(s: State, ts: float, open_: float, high: float, low: float, close: float, volume: float) -> None:
    """Advance the pivots, which change with the first bar of a session.

    Slots: pivot, three resistances, three supports, length of a session and its first beginning in ms, this session's
    number, its high, low and close so far.
    """
    session = (ts - s[8]) // s[7]
    if session == s[9]:
        s[10] = high if high > s[10] else s[10]
        s[11] = low if low < s[11] else s[11]
        s[12] = close
        return
    if s[9] == s[9]:  # not NaN: there was a session before
        _pivot(s, s[10], s[11], s[12])
    s[9] = session
    s[10] = high
    s[11] = low
    s[12] = close


def _pivot(s: State, high: float, low: float, close: float) -> None:
    """Write the levels that follow from a session's high, low and close."""
    pivot = (high + low + close) / 3.0
    span = high - low
    s[0] = pivot
    s[1] = 2.0 * pivot - low
    s[2] = pivot + span
    s[3] = high + 2.0 * (pivot - low)
    s[4] = 2.0 * pivot - high
    s[5] = pivot - span
    s[6] = low - 2.0 * (high - pivot)


def session_vwap(hours: float = 24, begin: float = 0, output: str = "vwap") -> Indicator:
    """Declare the mean typical price of the running session by volume, in price.

    Until something was traded in it, it is the latest typical price.
    """
    return Indicator(session_vwap_kernel, (output,), (hours * HOUR, begin * HOUR, nan, 0.0, 0.0), 1)


def anchored_vwap(anchor: float = 0, output: str = "anchored_vwap") -> Indicator:
    """Declare the mean typical price by volume since the bar that opened at `anchor`, in UTC ms; NaN before it."""
    return Indicator(anchored_vwap_kernel, (output,), (float(anchor), 0.0, 0.0, 0.0, 0.0), 1)


def pivots(
    hours: float = 24,
    begin: float = 0,
    outputs: tuple[str, str, str, str, str, str, str] = ("pivot", "r1", "r2", "r3", "s1", "s2", "s3"),
) -> Indicator:
    """Declare the classic pivots of the session before, in price; NaN in the very first session.

    The first session may be cut short, so that its pivots are those of the bars that there are. How many bars it has
    is not known beforehand: the warm-up says 2.
    """
    return Indicator(pivots_kernel, outputs, (hours * HOUR, begin * HOUR, nan, nan, nan, nan), 2)
