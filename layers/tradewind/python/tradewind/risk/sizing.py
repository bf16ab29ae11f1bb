"""How much to buy: a fixed fraction of equity at risk between entry and stop, within what may be spent.

Source: the fixed-fractional rule of Vince, *Portfolio Management Formulas* (1990); Tharp, *Trade Your Way to
Financial Freedom* (1998), calls the same "percent risk". A gap through the stop can lose more than the fraction.
"""

from typing import NamedTuple

_FORGIVEN = 1e-9
"""Share of a lot by which a division may miss a whole number; the products afterwards have the last word."""


class Budget(NamedTuple):
    """What an account can put behind one position.

    Attributes
    ----------
    equity, free_cash : float
        In the account's currency.
    risk_fraction, exposure_fraction : float
        Of equity: lost if the stop fills at its price, and held in one instrument.
    collar, fee : float
        Fractions of price that the fill may lie above the entry price, and of notional that it costs.
    minimum_notional : float
        Smallest order value that the venue takes.
    """

    equity: float
    free_cash: float
    risk_fraction: float
    exposure_fraction: float
    collar: float = 0.0
    fee: float = 0.0
    minimum_notional: float = 0.0


class Size(NamedTuple):
    """How many lots, or the reason code for none."""

    lots: int
    reason: str = ""


def size_lots(
    equity: float, risk_fraction: float, entry_price: float, stop_price: float, lot: float, cap_notional: float
) -> int:
    """Return the most whole lots that risk no more than asked and cost no more than the cap.

    Parameters
    ----------
    equity : float
        In the account's currency.
    risk_fraction : float
        Share of equity that is lost if the stop fills at its price.
    entry_price, stop_price : float
        In the quote currency; a stop of 0, at the entry or above it sizes nothing.
    lot : float
        Smallest step of quantity, in shares or coins.
    cap_notional : float
        Most that quantity × entry price may come to.

    Returns
    -------
    int
        Never negative.
    """
    budget = equity * risk_fraction
    distance = entry_price - stop_price
    if not (budget > 0.0 and 0.0 < stop_price < entry_price and lot > 0.0 and cap_notional > 0.0):
        return 0
    risked, costs = distance * lot, entry_price * lot
    lots = int(min(budget / risked, cap_notional / costs) + _FORGIVEN)
    while lots > 0 and (lots * risked > budget or lots * costs > cap_notional):
        lots -= 1
    return lots


def size_position(budget: Budget, entry_price: float, stop_price: float, lot: float) -> Size:
    """Size a position within everything that bounds it, or say what rules it out.

    Returns
    -------
    Size
        With one of the reasons NO_STOP, NO_CASH, BELOW_ONE_LOT and BELOW_MINIMUM_NOTIONAL, or none.
    """
    if not 0.0 < stop_price < entry_price:
        return Size(0, "NO_STOP")
    spendable = budget.free_cash / ((1.0 + budget.collar) * (1.0 + budget.fee))
    if spendable < lot * entry_price:
        return Size(0, "NO_CASH")
    cap = min(budget.equity * budget.exposure_fraction, spendable)
    lots = size_lots(budget.equity, budget.risk_fraction, entry_price, stop_price, lot, cap)
    if lots == 0:
        return Size(0, "BELOW_ONE_LOT")
    if lots * lot * entry_price < budget.minimum_notional:
        return Size(0, "BELOW_MINIMUM_NOTIONAL")
    return Size(lots)
