"""A client that others wrote reads the same from the simulated venues as ours: so they speak as the real ones."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.venues import faults
from tests.venues.stage import Stage, staged
from tradewind.adapters.market.ccxt_exchange import CcxtProvider
from tradewind.application.ports_market import Failure
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.market import ListingStatus
from tradewind.domain.timeframe import Timeframe
from tradewind.domain.validation import RawBar

KNOWN_TO_BOTH = ("kraken", "binance", "bybit", "coinbase", "alpaca")
SPOT = {"options": {"fetchMarkets": {"types": ["spot"]}, "defaultType": "spot"}}
OPTIONS: dict[str, dict[str, Any]] = {
    "binance": SPOT,
    "bybit": SPOT,
    "alpaca": {"apiKey": "a-key", "secret": "a-key"},
}


def provider(name: str, url: str) -> CcxtProvider:
    """Return ccxt's client of an exchange, with every address of it leading to the simulated venue."""
    made = CcxtProvider(name, {"enableRateLimit": False, **OPTIONS.get(name, {})})
    venue = made._venue()
    venue.urls["api"] = _led_to(venue.urls["api"], url)
    return made


def _led_to(value: Any, url: str) -> Any:
    if isinstance(value, dict):
        return {name: _led_to(one, url) for name, one in value.items()}
    return re.sub(r"^https?://[^/]+", url, value) if isinstance(value, str) else value


@pytest.fixture(params=KNOWN_TO_BOTH)
def at(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with staged(request.param) as stage:
        yield stage


@pytest.fixture
def theirs(at: Stage) -> CcxtProvider:
    return provider(at.venue.name, at.venue.url)


def values(bars: Sequence[RawBar]) -> list[tuple[Decimal, ...]]:
    return [tuple(Decimal(str(value)) for value in bar[:6]) for bar in bars]


def pairs(at: Stage) -> list[InstrumentId]:
    return [name for name in at.names if "-" in name and at.market.symbols[name.rpartition(".")[0]].trading]


def test_it_reads_the_same_bars(at: Stage, theirs: CcxtProvider) -> None:
    since, until = at.ago(40, Timeframe.M1), at.time.ms()
    ours = at.provider.bars(pairs(at), Timeframe.M1, since, until)
    other = theirs.bars(pairs(at), Timeframe.M1, since, until)

    assert other.failures == {}
    for name in pairs(at):
        assert values(other.rows[name]) == values(ours.rows[name])
        assert len(ours.rows[name]) == 40


def test_it_reads_the_same_quotes(at: Stage, theirs: CcxtProvider) -> None:
    for name in pairs(at):
        ours, other = at.provider.quotes([name]).quotes[name], theirs.quotes([name]).quotes[name]

        assert (other.bid, other.ask) == (ours.bid, ours.ask) == at.market.best(name.rpartition(".")[0])
        assert other.last == ours.last or at.venue.name == "alpaca"  # ccxt takes a quote's price for Alpaca's last


def test_it_reads_the_same_rules(at: Stage, theirs: CcxtProvider) -> None:
    ours = {one.id: one for one in at.provider.instruments("HERE") if "-" in one.id}
    other = {one.id: one for one in theirs.instruments("HERE") if one.id in ours}

    assert set(other) == set(ours)
    for name, one in ours.items():
        assert (other[name].tick, other[name].lot) == (one.tick, one.lot)
        assert other[name].minimum_quantity == one.minimum_quantity
        if at.venue.name != "alpaca":  # there ccxt has a smallest value of its own, and does not ask what is tradable
            assert other[name].minimum_notional == one.minimum_notional
            assert (other[name].status is ListingStatus.TRADING) == (one.status is ListingStatus.TRADING)


def test_it_reads_the_same_book(at: Stage, theirs: CcxtProvider) -> None:
    name = pairs(at)[0]
    ours, other = at.provider.book(name, 5), theirs.book(name, 5)

    assert other.bids[:5] == ours.bids
    assert other.asks[:5] == ours.asks


def test_it_reads_the_same_time(at: Stage, theirs: CcxtProvider) -> None:
    assert abs(theirs.server_time() - at.provider.server_time()) < 1_000


def test_it_takes_trouble_for_the_same_trouble(at: Stage, theirs: CcxtProvider) -> None:
    name = pairs(at)[0]
    theirs.bars([name], Timeframe.M1, at.ago(2, Timeframe.M1), at.time.ms())  # it reads the markets first
    at.venue.faults.append(faults.maintenance())

    failure = theirs.bars([name], Timeframe.M1, at.ago(2, Timeframe.M1), at.time.ms()).failures[name]

    assert (failure.reason, failure.lasting) == ("UNREACHABLE", False)


def test_it_takes_an_unknown_pair_for_one(at: Stage, theirs: CcxtProvider) -> None:
    name = at.name("NOBODY-USD")

    assert theirs.bars([name], Timeframe.M1, 0, at.time.ms()).failures[name].lasting


A, B, C = (InstrumentId(f"{letter}-USD.X") for letter in "ABC")


class Moody:
    """An exchange of ccxt that fails as it is told to, by pair."""

    def __init__(self, moods: dict[str, Any]) -> None:
        self.moods, self.asked = moods, list[str]()

    def fetch_ohlcv(self, pair: str, *_: Any) -> Any:
        return self._answer(pair, [[0, "1", "2", "1", "2", "5"]])

    def fetch_ticker(self, pair: str) -> Any:
        return self._answer(pair, {"timestamp": 1, "last": "2"})

    def _answer(self, pair: str, usual: Any) -> Any:
        self.asked.append(pair)
        mood = self.moods.get(pair, usual)
        if isinstance(mood, Exception):
            raise mood
        return mood


def moody(moods: dict[str, Any], **options: Any) -> tuple[CcxtProvider, Moody]:
    made, venue = CcxtProvider("kraken", **options), Moody(moods)
    made._made["venue"] = venue
    return made, venue


def everything(made: CcxtProvider) -> list[tuple[set[InstrumentId], dict[InstrumentId, Failure]]]:
    bars, quotes = made.bars([A, B, C], Timeframe.M1, 0, 60_000), made.quotes([A, B, C])
    return [(set(bars.rows), dict(bars.failures)), (set(quotes.quotes), dict(quotes.failures))]


@pytest.mark.parametrize(
    "mood",
    [KeyError("result"), TypeError("no subscript"), AttributeError("x"), [7], 7, None, {"last": "?"}],
    ids=repr,
)
def test_whatever_goes_wrong_in_it_is_one_instruments_own_and_the_others_are_fetched(mood: Any) -> None:
    made, _ = moody({"B/USD": mood})

    for found, failures in everything(made):
        assert found == {A, C}
        assert (failures[B].reason, failures[B].lasting) == ("BAD_ANSWER", False)
        assert "kraken, B-USD.X: ccxt cannot read the answer" in failures[B].detail


@pytest.mark.parametrize(
    ("error", "reason"),
    [("BadSymbol", "UNKNOWN_PAIR"), ("PermissionDenied", "NOT_IN_PLAN"), ("BadRequest", "INVALID_ARGUMENTS")],
)
def test_what_it_refuses_for_good_has_a_reason_that_the_glossary_explains(error: str, reason: str) -> None:
    made, _ = moody({"B/USD": getattr(ccxt, error)("no")})

    for found, failures in everything(made):
        assert (found, failures[B].reason, failures[B].lasting) == ({A, C}, reason, True)


def test_an_exchange_that_says_too_many_is_not_asked_again_in_that_call() -> None:
    made, venue = moody({"A/USD": ccxt.RateLimitExceeded("slowly")})

    for found, failures in everything(made):
        assert (found, {one.reason for one in failures.values()}) == (set(), {"RATE_LIMITED"})
    assert venue.asked == ["A/USD", "A/USD"]


def test_an_exchange_that_hangs_costs_no_more_than_the_time_there_is() -> None:
    passed = iter(range(0, 1_000, 30))
    made, venue = moody({}, budget=40.0, monotonic=lambda: float(next(passed)))

    (found, failures), _ = everything(made)

    assert (found, set(failures), failures[C].reason) == ({A}, {B, C}, "OUT_OF_TIME")
    assert venue.asked[0] == "A/USD"
