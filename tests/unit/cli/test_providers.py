"""What a person learns of providers, and what asking one says."""

import json
import time

import pytest

from tests.unit.cli.conftest import Run
from tests.venues import faults, server
from tests.venues.market import Market, Rules
from tests.venues.stage import KEYS, VENUES
from tradewind.adapters.market.registry import NAMES, build
from tradewind.cli.probing import probe
from tradewind.domain.errors import BadInputError


def market(symbol: str) -> Market:
    return Market({symbol: Rules()}, lambda: int(time.time() * 1000))


def test_every_provider_is_listed_and_the_unverified_are_marked(command: Run) -> None:
    said = command("providers", "--json")

    known = {one["name"]: one for one in json.loads(said.stdout)}
    assert set(known) == set(NAMES)
    assert {name for name, one in known.items() if not one["verified"]} == {"finnhub", "coingecko"}
    for one in known.values():
        assert one["terms"]
        assert one["documentation"]
        assert one["requests"] > 0
        assert one["history"]
        assert one["spelling"]


def test_the_list_is_a_table_for_people(command: Run) -> None:
    said = command("providers")

    assert said.exit_code == 0
    assert "unverified" in said.stdout
    assert "ALPACA_KEY_ID ALPACA_SECRET_KEY" in said.stdout.replace("\n", " ")
    assert "25 in a day by key" in said.stdout


@pytest.mark.parametrize("name", VENUES)
def test_a_check_asks_for_everything_once(name: str) -> None:
    symbol = "BITCOIN-USD" if name == "coingecko" else "AAPL" if name in {"finnhub", "alpha_vantage"} else "BTC-USD"
    with server.serving(VENUES[name](market(symbol))) as url:
        found = {one.asked: one for one in probe(name, KEYS, symbol, url)}

    assert [one for one in found.values() if one.outcome == "failed"] == []
    assert "of the latest 10 bars" in found["bars"].detail
    assert not found["bars"].detail.startswith("0 ")
    assert found["instruments"].detail.startswith("1 instruments; ")


def test_a_check_that_fails_says_what_and_exits_with_one(command: Run) -> None:
    venue = VENUES["binance"](market("BTC-USDT"))
    venue.faults.append(faults.status(451, times=-1, path="klines"))
    with server.serving(venue) as url:
        said = command("providers", "check", "binance", "--url", url, "--json")

    answers = {one["asked"]: one for one in json.loads(said.stdout)["answers"]}
    assert said.exit_code == 1
    assert {name for name, one in answers.items() if one["outcome"] == "failed"} == {"bars"}
    assert "HTTP 451" in answers["bars"]["detail"]


def test_an_empty_side_of_a_book_is_told_and_breaks_nothing() -> None:
    venue = VENUES["binance"](market("BTC-USDT"))
    empty = b'{"lastUpdateId": 1, "bids": [], "asks": [["5.0", "1.0"]]}'
    venue.faults.append(faults.garbage(empty, times=-1, path="depth"))
    with server.serving(venue) as url:
        found = {one.asked: one for one in probe("binance", {}, None, url)}

    assert (found["book"].outcome, found["book"].detail) == ("ok", "no bids, 1 asks from 5.0")


def test_missing_credentials_are_named_with_their_variables() -> None:
    with pytest.raises(BadInputError, match="set ALPACA_KEY_ID and ALPACA_SECRET_KEY"):
        build("alpaca", {})


def test_an_unknown_provider_is_answered_with_the_known() -> None:
    with pytest.raises(BadInputError, match="use kraken, binance"):
        build("mtgox", {})


def test_an_exchange_that_ccxt_does_not_know_is_told_once_and_none_is_asked_elsewhere_than_was_said() -> None:
    with pytest.raises(BadInputError, match="ccxt knows no exchange 'mtgox'"):
        probe("ccxt:mtgox", {}, None, None)
    with pytest.raises(BadInputError, match="ccxt:kraken is asked where ccxt knows it, and at no other address"):
        probe("ccxt:kraken", {}, None, "http://127.0.0.1:9")
