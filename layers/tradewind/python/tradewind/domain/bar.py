"""Bars: the open, high, low, close and volume of one closed interval."""

import math
from functools import partial
from typing import NamedTuple

GREATEST = 1e18
"""The greatest price or volume that is believed: no market trades so much, and money of it has no room."""


class Bar(NamedTuple):
    """One closed interval of trading.

    Prices are in the quote currency and volume in shares or coins, as the float nearest to the venue's text;
    `ts_open` and `ts_close` are UTC milliseconds, the close exclusive.
    """

    ts_open: int
    ts_close: int
    open: float
    high: float
    low: float
    close: float
    volume: float

    def fault(self) -> str:
        """Name what is wrong with the values of this bar, or return an empty string."""
        prices = (self.open, self.high, self.low, self.close)
        if not all(map(math.isfinite, (*prices, self.volume))):
            return "NOT_A_NUMBER"
        if min(prices) <= 0:
            return "NON_POSITIVE_PRICE"
        if max(prices) > GREATEST or self.volume > GREATEST:
            return "ABSURD_NUMBER"
        if self.volume < 0:
            return "NEGATIVE_VOLUME"
        if self.high < max(prices) or self.low > min(prices):
            return "OHLC_VIOLATION"
        return ""


bar_of = partial(tuple.__new__, Bar)
"""Makes a bar of its seven values as `Bar._make` does, which counts them each time and takes thrice as long."""
