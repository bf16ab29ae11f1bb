"""Following a live market, or one that is simulated beside the stack."""

import time
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from tradewind.cli.configuration.building import build
from tradewind.cli.configuration.reading import read
from tradewind.cli.errors import CommandError, InputError
from tradewind.cli.paths import toml_file
from tradewind.cli.run import live, simulated
from tradewind.cli.run.live import LiveRequest, asking, follow, for_market
from tradewind.cli.run.plan import with_cash
from tradewind.cli.run.turn import alone


def test_a_simulated_venue_serves_the_samples_until_the_command_ends() -> None:
    with simulated.serving(None) as address:
        rows = httpx.get(f"{address}/0/public/OHLC?pair=ETHUSD&interval=1").json()["result"]["XETHZUSD"]

    assert abs(rows[-1][0] - time.time()) < 130
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/0/public/Time")


def test_a_simulated_venue_without_bars_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"holds no \.csv"), simulated.serving(tmp_path):
        pass


def test_the_functions_are_led_to_the_simulated_venue() -> None:
    chosen = for_market(read(toml_file("local")), read(toml_file("dev")), "kraken", "ETH-USD")

    built = build(asking(chosen, "http://127.0.0.1:8123"))

    assert [(one["provider"], one["instruments"]) for one in built["shards"]] == [
        ("kraken@http://127.0.0.1:8123", ["ETH-USD.KRAKEN"])
    ]


def test_an_unknown_market_is_answered_with_the_known() -> None:
    with pytest.raises(InputError, match="use simulated"):
        for_market(read(toml_file("local")), read(toml_file("dev")), "mtgox", None)


def test_a_live_market_begins_with_the_cash_that_was_asked_for() -> None:
    local = with_cash(read(toml_file("local")), Decimal(5000))

    built = build(for_market(local, read(toml_file("dev")), "kraken", None))

    assert [one["cash"] for one in built["accounts"]] == ["5000"]


def test_a_live_market_does_not_empty_the_tables_of_a_run_that_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the stack of another run was touched")

    monkeypatch.setattr(live, "Places", SimpleNamespace(default=lambda: SimpleNamespace(home=tmp_path)))
    monkeypatch.setattr(live, "write", refuse)

    with alone(tmp_path), pytest.raises(CommandError, match="another run is under way"):
        follow(LiveRequest("simulated"), "minimal", 4566, as_json=False)
