"""What paper orders pay where a configuration does not say: a retail taker's list price, in basis points of value.

Sources, as of 2026: Kraken Pro taker at the first tier (0.26 % for years, the value most published tests use),
Binance and Bybit spot taker 0.10 %, Coinbase Advanced taker 0.60 %, Bitstamp taker 0.40 %; US equities through a
commission-free broker pay regulatory fees and the spread, together about 0.05 %; FX about 0.01 %. Slippage is half a
usual spread of the most traded instruments.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Costs(NamedTuple):
    """Fee and slippage, each in basis points of an order's value."""

    fee_bps: int
    slippage_bps: int


_CRYPTO = Costs(26, 5)
_SHARES = Costs(5, 5)
_BY_VENUE: Mapping[str, Costs] = {
    "KRAKEN": _CRYPTO,
    "BINANCE": Costs(10, 5),
    "BYBIT": Costs(10, 5),
    "COINBASE": Costs(60, 5),
    "BITSTAMP": Costs(40, 5),
    "FX": Costs(1, 1),
    **dict.fromkeys(("US", "BOKEH", "NYSE", "NASDAQ", "ARCA", "AMEX", "BATS", "IEX", "ALPACA"), _SHARES),
}


def costs_at(venues: Iterable[str]) -> Costs:
    """Return what trading at some venues costs: the dearest counts, since an account has one price list."""
    known = [_BY_VENUE.get(venue, _CRYPTO) for venue in venues] or [_CRYPTO]
    return Costs(max(one.fee_bps for one in known), max(one.slippage_bps for one in known))
