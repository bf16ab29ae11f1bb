"""How accounts reach their venues: each with an adapter of its own, and credentials that nobody else sees."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tradewind.domain.configuration import AccountRules, Configuration

if TYPE_CHECKING:
    from tradewind.application.ports import ExecutionVenue

PATIENCE = 3.0
"""Seconds that one call of a venue may take: a batch of orders waits behind it."""

_PAPER = "PAPER"


def venues(configuration: Configuration, clients: Callable[[str], Any]) -> "dict[str, ExecutionVenue]":
    """Return the paper venue by its name, and every other account's venue by the account's.

    Parameters
    ----------
    clients : callable
        Returns the client of a service.
    """
    from tradewind.adapters.venues.paper import PaperVenue

    found: dict[str, ExecutionVenue] = {_PAPER: PaperVenue()}
    for account in configuration.accounts:
        if account.venue != _PAPER:
            found[account.name] = venue_of(configuration, account, clients)
    return found


def venue_of(configuration: Configuration, account: AccountRules, clients: Callable[[str], Any]) -> "ExecutionVenue":
    """Build one account's adapter; nothing is fetched until it is first asked."""
    from tradewind.adapters.venues.credentials import from_place

    fetch, instruments = from_place(account.credentials, clients), tuple(configuration.instruments)
    if account.venue.startswith("CCXT:"):
        from tradewind.adapters.venues import ccxt_exchange

        return ccxt_exchange.venue(account.venue.partition(":")[2], instruments, fetch, _now)
    from tradewind.adapters.venues import registry

    url = account.address or registry.address(account.venue, account.mode)
    return registry.build(account.venue, url, instruments, fetch, _now, budget=PATIENCE)


def secrets_of(configuration: Configuration, clients: Callable[[str], Any]) -> Callable[[str], tuple[str, str]]:
    """Return what fetches an account's key and secret, so that texts can be freed of them."""
    from tradewind.adapters.venues.credentials import from_place

    places = {one.name: one.credentials for one in configuration.accounts}

    def secrets(account: str) -> tuple[str, str]:
        held = from_place(places[account], clients)()
        return held.key, held.secret

    return secrets


def _now() -> int:
    return time.time_ns() // 1_000_000
