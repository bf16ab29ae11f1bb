"""Every venue by name; a module is imported only when its venue is built."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from tradewind.adapters.venues.credentials import CachedCredentials, Fetch
from tradewind.application.ports_venue import ExecutionVenue
from tradewind.domain.configuration import AccountMode
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId, venue_of

_BURST = 12
"""Questions at once: less than what Kraken, the strictest, lets an account of its lowest tier ask."""

CCXT = "CCXT:"
"""Prefix of any other exchange, as ccxt names it: `CCXT:bitstamp`. Needs the layer `ccxt`."""


@dataclass(frozen=True, slots=True)
class Known:
    """Where a venue is, and whose instruments it trades.

    Attributes
    ----------
    sandbox : str
        Address of its own play-money accounts; empty where it has none.
    suffixes : tuple of str
        What stands after the dot of its instruments.
    market : str
        The provider that reads its public side; empty where the adapter does.
    data : str
        Where prices are told, if that is elsewhere.
    """

    adapter: str
    url: str
    sandbox: str
    suffixes: tuple[str, ...]
    market: str = ""
    data: str = ""


KNOWN: Mapping[str, Known] = {
    "KRAKEN": Known("KrakenVenue", "https://api.kraken.com", "", ("KRAKEN",), "kraken"),
    "BYBIT": Known("BybitVenue", "https://api.bybit.com", "https://api-testnet.bybit.com", ("BYBIT",), "bybit"),
    "ALPACA": Known(
        "AlpacaVenue",
        "https://api.alpaca.markets",
        "https://paper-api.alpaca.markets",
        ("US", "ALPACA"),
        data="https://data.alpaca.markets",
    ),
}


def known(name: str) -> Known:
    """Return what is known of a venue.

    Raises
    ------
    BadInputError
        If it is none of ours.
    """
    if name not in KNOWN:
        raise BadInputError(f"unknown venue {name!r}: there are {', '.join(KNOWN)}, and {CCXT}EXCHANGE")
    return KNOWN[name]


def address(name: str, mode: AccountMode) -> str:
    """Return where a venue is asked, for play money or for real money.

    Raises
    ------
    BadInputError
        If it has no play money.
    """
    place = known(name)
    url = place.url if mode is AccountMode.LIVE else place.sandbox
    if not url:
        raise BadInputError(f'{name} has no accounts with play money: use mode = "paper", which matches here')
    return url


def build(
    name: str, url: str, instruments: Sequence[InstrumentId], fetch: Fetch, clock: Callable[[], int], **patience: Any
) -> ExecutionVenue:
    """Build one account's adapter.

    Parameters
    ----------
    url : str
        Of its interface.
    instruments : sequence of InstrumentId
        What may be traded; those of other venues are left out.
    clock : callable
        UTC ms.
    **patience
        Fields of `Patience`.
    """
    from tradewind.adapters.market import registry  # noqa: PLC0415 - only where an account has a venue
    from tradewind.adapters.venues.native import Patience  # noqa: PLC0415
    from tradewind.adapters.venues.pace import Bucket  # noqa: PLC0415
    from tradewind.adapters.venues.wire import Wire  # noqa: PLC0415

    place = known(name)
    module = import_module(f"tradewind.adapters.venues.{name.lower()}")
    adapter, facts = getattr(module, place.adapter), module.FACTS
    bucket = Bucket(facts.requests, facts.seconds, max(_BURST, facts.requests // 4), time.monotonic)
    own = [one for one in instruments if venue_of(one) in place.suffixes]
    public: dict[str, Any] = {"market": registry.build(place.market, {}, base_url=url)} if place.market else {}
    if place.data and url in {place.url, place.sandbox}:  # a simulated venue tells everything at one address
        public = {"data": Wire(name.title(), place.data, timeout=2.5)}
    made: ExecutionVenue = adapter(
        instruments=own,
        clock=clock,
        patience=Patience(limiter=bucket, **patience),
        wire=Wire(name.title(), url, timeout=2.5),
        credentials=CachedCredentials(fetch, time.monotonic),
        **public,
    )
    return made
