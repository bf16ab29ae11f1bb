"""Exchanges that ask for a passphrase beside the key (OKX, KuCoin, Bitget) are reached through ccxt; nobody sees it."""

import ccxt
import pytest

from tradewind.adapters.market.ccxt_exchange import CcxtProvider
from tradewind.adapters.venues.ccxt_exchange import CcxtVenue
from tradewind.adapters.venues.credentials import CachedCredentials, Credentials
from tradewind.adapters.venues.native import Patience
from tradewind.adapters.venues.problem import VenueError
from tradewind.application.ports import Refusal

WORD = "open sesame"


def venue(passphrase: str) -> CcxtVenue:
    known = CachedCredentials(lambda: Credentials("key-1", "secret-1", passphrase), lambda: 0.0)
    return CcxtVenue([], lambda: 1, Patience(), CcxtProvider("okx"), known)


def test_the_exchange_is_given_its_passphrase() -> None:
    made = venue(WORD)

    assert made._call("check_required_credentials") is True
    assert made.market._venue().password == WORD


def test_without_it_the_credentials_are_said_to_lack_it() -> None:
    with pytest.raises(VenueError, match="password") as said:
        venue("")._call("check_required_credentials")

    assert said.value.refusal is Refusal.BAD_CREDENTIALS


def test_what_the_exchange_echoes_of_it_is_not_shown() -> None:
    made = venue(WORD)

    assert made._shown(ccxt.ExchangeError(f"secret-1 of key-1 with {WORD}")) == "… of … with …"
    assert venue("")._shown(ccxt.ExchangeError("no such pair")) == "no such pair"
