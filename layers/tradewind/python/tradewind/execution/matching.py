"""The matching rules of the paper venue, over whole ticks: exact in every engine, compilable by Numba.

The worse outcome comes first: a bar that touches both stop and target is stopped, unless it opened beyond the
target. A gap fills at the open.
"""

NO_FILL = 0
STOPPED = 1
TARGETED = 2

_WHOLE = 10_000
"""Basis points in one."""


def slipped(ticks: int, side: int, slippage_bps: int) -> int:
    """Return a price moved against the taker, in whole ticks rounded against the taker.

    Parameters
    ----------
    ticks : int
        The price before slippage.
    side : int
        1 to buy, -1 to sell.
    slippage_bps : int
        Slippage in basis points of price.
    """
    if side > 0:
        return -((-ticks * (_WHOLE + slippage_bps)) // _WHOLE)
    return max(1, ticks * (_WHOLE - slippage_bps) // _WHOLE)


def alone(side: int, open_: int, high: int, low: int, stop: int, limit: int) -> tuple[int, int]:
    """Match one order that has no position to protect: a purchase is a sale seen in a mirror.

    Parameters
    ----------
    side : int
        1 to buy, -1 to sell.
    stop, limit : int
        The price that it is woken by when the market goes against it, and the one that it is content with; 0 for none.

    Returns
    -------
    tuple of int
        As `bracket` does.
    """
    if side > 0:
        what, ticks = bracket(-open_, -low, -high, -stop, -limit)
        return what, -ticks
    return bracket(open_, high, low, stop, limit)


def bracket(open_: int, high: int, low: int, stop: int, target: int) -> tuple[int, int]:
    """Match a long position's stop and target inside one bar, all in ticks; 0 for no stop or no target.

    Returns
    -------
    tuple of int
        What filled (`NO_FILL`, `STOPPED` or `TARGETED`) and the price before slippage.
    """
    if stop and open_ <= stop:
        return STOPPED, open_
    if target and open_ >= target:
        return TARGETED, open_
    if stop and low <= stop:
        return STOPPED, stop
    if target and high >= target:
        return TARGETED, target
    return NO_FILL, 0
