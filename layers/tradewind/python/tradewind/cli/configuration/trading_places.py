"""Where an account's orders go: `mode`, `venue` and `credentials` of its table, and whether they fit together."""

import re
from collections.abc import Iterator
from typing import Protocol

from tradewind.adapters.venues import registry
from tradewind.application.arm_live import NEVER_LIVE
from tradewind.domain.configuration import AccountMode
from tradewind.domain.errors import BadInputError

_ON_THIS_MACHINE = re.compile(r"http://(localhost|127\.0\.0\.1):\d+")
_CCXT = "ccxt:"


class _Account(Protocol):
    mode: str
    venue: str
    credentials: str


def known_mode(mode: str) -> str:
    """Return a mode that can be chosen.

    Raises
    ------
    ValueError
        If it cannot.
    """
    if mode not in set(AccountMode):
        raise ValueError(f"unknown mode {mode!r}: write one of {', '.join(AccountMode)}")
    return mode


def known_venue(text: str) -> str:
    """Return a venue, with the address of a simulated one where one is meant.

    Raises
    ------
    ValueError
        If nobody knows it.
    """
    name, at, address = text.partition("@")
    if name and not name.startswith(_CCXT) and name.upper() not in registry.KNOWN:
        raise ValueError(f"unknown venue {name!r}: use {', '.join(registry.KNOWN).lower()} or {_CCXT}EXCHANGE")
    if at and not _ON_THIS_MACHINE.fullmatch(address):
        raise ValueError(f"{address!r} is no address of a simulated venue on this machine")
    return text


def known_place(text: str) -> str:
    """Return where credentials lie; they are never written here.

    Raises
    ------
    ValueError
        If it is no such place.
    """
    if text and not re.fullmatch(r"ssm:/[\w./-]+|secretsmanager:[\w/+=.@-]+", text):
        raise ValueError('credentials are named by their place: write "secretsmanager:NAME" or "ssm:/PATH"')
    return text


def venue_name(name: str) -> str:
    """Return a venue's name as the functions read it: `KRAKEN`, `CCXT:bitstamp`."""
    return f"CCXT:{name.removeprefix(_CCXT)}" if name.startswith(_CCXT) else name.upper()


def unreachable(account: _Account, clock: str, environment: str) -> Iterator[tuple[str, str]]:
    """Yield what does not fit together, each with its key."""
    if account.mode == AccountMode.LIVE and environment in NEVER_LIVE:
        yield "mode", f"{environment} trades no real money, and no setting changes that"
    name, _, address = account.venue.partition("@")
    if account.mode == AccountMode.PAPER:
        if name:
            yield "venue", 'a paper account is matched here: leave venue out, or write mode = "sandbox"'
        return
    if not name:
        yield "mode", f'an account with mode = "{account.mode}" needs a venue'
        return
    if not account.credentials:
        yield "credentials", f'an account at {name} needs credentials = "secretsmanager:NAME" or "ssm:/PATH"'
    if clock == "replay" and not address:
        yield "venue", "time is recorded here: no venue can be asked"
    if not address and not name.startswith(_CCXT):
        try:
            registry.address(venue_name(name), AccountMode(account.mode))
        except BadInputError as error:
            yield "venue", str(error)
