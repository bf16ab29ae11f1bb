"""What a signal comes to: the code of the first thing that holds an entry back. Plain, interpreted or compiled.

`application.desk` asks the same of signals; a parity test holds the two together.
"""

from tradewind.backtest.layout import (
    ASKS,
    FIRST_GATE,
    R_CONFIRMATIONS,
    R_FAULT,
    R_SIGNAL_STRENGTH,
)
from tradewind.domain.signal import Signal

REQUIRED, CONFIRMING, OTHER = range(3)


def verdict(signal: Signal, kinds: tuple[int, ...], exits: int, confirmations: int, minimum_strength: float) -> int:
    """Return `ASKS`, or the code of what holds an entry back; `R_FAULT` where nothing may be decided on the answer."""
    if not -1.0 <= signal.strength <= 1.0 or not 0 <= signal.exit_reason <= exits:
        return R_FAULT
    if not (signal.stop - signal.stop == 0.0 and signal.target - signal.target == 0.0):  # no NaN and not infinite
        return R_FAULT
    confirmed = 0
    for place in range(len(kinds)):
        if kinds[place] == CONFIRMING:
            if signal.gates[place].passed:
                confirmed += 1
        elif kinds[place] == REQUIRED and not signal.gates[place].passed:
            return FIRST_GATE + place
    if confirmed < confirmations:
        return R_CONFIRMATIONS
    return R_SIGNAL_STRENGTH if signal.strength < minimum_strength else ASKS
