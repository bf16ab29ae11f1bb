"""Providers by name, and none that is half built."""

import pytest

from tradewind.adapters.market.registry import NAMES, build, facts
from tradewind.application.ports_market import MarketDataProvider, Offer
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe

BTC = InstrumentId("BTC-USD.BITSTAMP")


@pytest.mark.parametrize("name", NAMES)
def test_facts_are_known_before_a_provider_is_built(name: str) -> None:
    known = facts(name)

    assert known.name == name
    assert Offer.BARS in known.offers
    assert known.timeframes


def test_a_replay_has_no_network_to_ask() -> None:
    with pytest.raises(BadInputError, match="serves what was recorded"):
        build("replay", {})


def test_an_exchange_of_ccxt_is_built_with_our_limit_and_nothing_else_of_a_line() -> None:
    provider: MarketDataProvider = build("ccxt:bitstamp", {}, limiter=lambda: float("inf"), concurrency=32, budget=5.0)

    failure = provider.bars([BTC], Timeframe.M1, 0, 120_000).failures[BTC]

    assert (failure.reason, failure.lasting) == ("OUT_OF_TIME", False)
    assert facts("ccxt:bitstamp").verified is False
    assert provider.facts.name == "ccxt:bitstamp"


def test_an_exchange_that_ccxt_does_not_know_is_named() -> None:
    with pytest.raises(BadInputError, match="ccxt knows no exchange 'mtgox'"):
        _ = build("ccxt:mtgox", {}).facts
