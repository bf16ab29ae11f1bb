"""How much to buy: a fixed fraction of equity at risk between entry and stop, within what one instrument may tie up.

Source: the fixed-fractional rule of Vince, *Portfolio Management Formulas* (1990); Tharp, *Trade Your Way to
Financial Freedom* (1998), calls the same "percent risk". A gap through the stop can lose more than the fraction.

One function for every engine: the evaluator calls it interpreted, the backtester compiles it. Their amounts may differ
by rounding, and a floor would turn the smallest difference into a whole lot. So what misses a whole lot by no more than
rounding counts as whole, and nobody is sized in finer steps than rounding can tell apart.
"""

from typing import NamedTuple

FORGIVEN = 5e-9
"""Share of a size by which it may miss a whole number and still count as one."""

HELD_FREE = 2e-8
"""Share of a limit that is left free, so that what is forgiven can never cost an entry its own limit."""

_FINEST = 1e7
"""A size is told in no more steps than this: beyond it, steps are ten, a hundred, … lots."""

_MOST = 1e18
"""Lots that fit into 64 bits."""


class Terms(NamedTuple):
    """What an account allows one position.

    Attributes
    ----------
    risk_fraction, exposure_fraction : float
        Of equity: lost if the stop fills at its price, and tied up in one instrument.
    fee : float
        Fraction of notional.
    span : float
        Least distance between entry and stop that the risk is spread over, in the quote currency: a stop that lies
        nearer than the market usually moves makes no position larger.
    """

    risk_fraction: float
    exposure_fraction: float
    fee: float
    span: float = 0.0


def entry_lots(
    equity: float,
    book_equity: float,
    entry_price: float,
    worst_price: float,
    stop_price: float,
    lot: float,
    minimum_notional: float,
    terms: Terms,
) -> int:
    """Return the most whole lots that risk no more than asked and tie up no more than allowed.

    Parameters
    ----------
    equity, book_equity : float
        At the latest marks, and at cost; in the account's currency.
    entry_price, worst_price : float
        The close that was decided on, and the highest price that the entry may fill at; in the quote currency.
    stop_price : float
        A stop of 0, at the entry or above it sizes nothing.
    lot : float
        Smallest step of quantity, in shares or coins.
    minimum_notional : float
        Smallest quantity × price that the venue takes, of the stop too, which is the least; less is no size at all.

    Returns
    -------
    int
        Never negative. Equal for amounts that differ by less than a billionth, unless a limit lies between them that
        is no whole number of lots away.
    """
    if not (0.0 < stop_price < entry_price and lot > 0.0 and worst_price > 0.0):
        return 0
    distance = max(entry_price - stop_price, terms.span)
    by_risk = equity * terms.risk_fraction / (distance * lot)
    room = book_equity * terms.exposure_fraction * (1.0 - HELD_FREE)
    lots = whole_lots(min(by_risk, room / (worst_price * (1.0 + terms.fee) * lot)))
    if lots * lot * stop_price * (1.0 + FORGIVEN) < minimum_notional:
        return 0
    return lots


def whole_lots(size: float) -> int:
    """Round a size down to whole lots, to no more than eight significant digits."""
    if not size > 0.0:
        return 0
    size, step = min(size, _MOST), 1
    while size >= _FINEST * step:
        step *= 10
    return int(size * (1.0 + FORGIVEN) / step) * step
