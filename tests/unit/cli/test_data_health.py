"""`data status` and `data refusals` over real tables."""

import json
import time
from dataclasses import replace

import pytest

from tests.unit.cli.conftest import Run
from tradewind.adapters.dynamodb.providers import DynamoBreakers
from tradewind.adapters.dynamodb.refusals import DynamoRefusals
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.cli.deployed import Deployed
from tradewind.domain.bar import Bar
from tradewind.domain.breaker import Breaker
from tradewind.domain.configuration import Configuration
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, Timeframe
from tradewind.domain.validation import Reason, Refusal


def live(standing: Deployed, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    """Let the replayed environment's clock run, over a shard of its own: others read the environment's."""
    made = standing.configuration
    shard = replace(made.shards[0], name="live-1d", provider="kraken", fallbacks=("coinbase",), calendar="24/7")
    moving = replace(made, clock="system", shards=(shard,))
    monkeypatch.setitem(standing.__dict__, "configuration", moving)
    return moving


def test_recorded_time_makes_nothing_late(command: Run, standing: Deployed) -> None:
    said = command("data", "status")

    assert said.exit_code == 0
    assert "time is recorded here: nothing can be late" in said.output
    assert "us-1d-1" in said.output


def test_what_is_overdue_is_named_with_its_reason_and_the_exit_code_says_so(
    command: Run, standing: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = live(standing, monkeypatch)
    today = time.time_ns() // 1_000_000 // DAY * DAY
    first, second = made.shards[0].instruments
    bar = Bar(today - DAY, today, 1.0, 1.0, 1.0, 1.0, 1.0)
    DynamoSlices(standing.market, time.time).put(
        Slice(made.shards[0].name, Timeframe.D1, today, {first: bar}, {second: "TIMEOUT"})
    )
    breakers = DynamoBreakers(standing.market)
    breakers.put(Breaker("coinbase").failed(DAY, "RESET"))
    breakers.put(breakers.get("coinbase").failed(DAY, "RESET: broken pipe"))
    monkeypatch.setattr(time, "time_ns", lambda: (today + DAY // 2) * 1_000_000)

    said = command("data", "status", "--json")
    told = json.loads(said.output)

    assert said.exit_code == 1
    assert [(one["instrument"], one["reason"], one["late_seconds"]) for one in told["overdue"]] == [
        (second, "TIMEOUT", 43_200)
    ]
    assert [(one["provider"], one["breaker"]) for one in told["providers"]] == [
        ("coinbase", "OPEN"), ("kraken", "CLOSED"),
    ]  # fmt: skip
    assert {"provider coinbase", f"freshness {made.shards[0].name}"} <= told["failing"].keys()
    assert "broken pipe" in command("data", "status").output


@pytest.fixture
def refused(standing: Deployed, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    shard = live(standing, monkeypatch).shards[0]
    one, two = shard.instruments
    DynamoRefusals(standing.market, time.time).record(
        shard.name,
        [
            Refusal(one, Timeframe.D1, 5 * DAY, Reason.OHLC_VIOLATION, "o=1 h=0 [sic]"),
            Refusal(two, Timeframe.D1, 7 * DAY, Reason.DISAGREEMENT, "kraken closed at 1, coinbase at 2"),
        ],
    )
    return standing


def test_refusals_are_shown_as_they_were_told(command: Run, refused: Deployed) -> None:
    said = command("data", "refusals")

    assert "OHLC_VIOLATION" in said.output
    assert "o=1 h=0 [sic]" in said.output
    assert said.output.index("1970-01-06") < said.output.index("1970-01-08")


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        (["--reason", "disagreement"], [7]),
        (["--instrument", "IBM"], [5]),
        (["--from", "1970-01-07"], [7]),
        (["-n", "1"], [7]),
        (["--reason", "MALFORMED"], []),
    ],
)
def test_refusals_are_chosen(command: Run, refused: Deployed, asked: list[str], days: list[int]) -> None:
    ibm_first = refused.configuration.shards[0].instruments[0].startswith("IBM")
    found = json.loads(command("data", "refusals", *asked, "--json").output)

    expected = [12 - day for day in days] if asked == ["--instrument", "IBM"] and not ibm_first else days
    assert [one["ts"] // DAY for one in found] == expected


def test_an_unknown_reason_is_answered_with_the_known_ones(command: Run, refused: Deployed) -> None:
    said = command("data", "refusals", "--reason", "UGLY")

    assert said.exit_code != 0
    assert "DISAGREEMENT" in str(said.exception)
