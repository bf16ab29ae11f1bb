"""`data backfill`: the command over a simulated venue and tables that behave as AWS's do."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.unit.cli.conftest import Run
from tests.venues.faults import status
from tests.venues.market import Made, Market, Rules
from tests.venues.server import Venue, serving
from tests.venues.stage import VENUES
from tradewind.adapters.dynamodb.series import DynamoSeries
from tradewind.cli.deployed import Deployed
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.timeframe import Timeframe

BTC = InstrumentId("BTC-USDT.BINANCE")


@pytest.fixture
def venue() -> Iterator[Venue]:
    served = VENUES["binance"](Market({"BTC-USDT": Rules()}, lambda: int(time.time() * 1000), Made()))
    with serving(served):
        yield served


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables that moto plays are no place for two threads."""
    monkeypatch.setattr("tradewind.cli.data.backfilling.AT_ONCE", 1)


def options(venue: Venue, *more: str) -> tuple[str, ...]:
    asked = ("--symbols", BTC, "--provider", f"binance@{venue.url}", "--days", "2", "--intervals", "1h,1d")
    return ("data", "backfill", *asked, *more)


def test_the_past_is_fetched_verified_and_told(command: Run, standing: Deployed, venue: Venue) -> None:
    told = command(*options(venue, "--json"))
    report = json.loads(told.stdout)

    assert told.exit_code == 0
    assert (report["whole"], report["expected"], report["present"], report["duplicates"]) == (True, 50, 50, 0)
    chunks = DynamoSeries(standing.market).chunks(BTC, Timeframe.H1, 0, 2**42)
    assert sum(len(chunk.bars) for chunk in chunks) == 48

    again = command(*options(venue))
    assert "50 bars are there, each once; 0 of them are new" in again.stdout


def test_what_cannot_be_fetched_is_told_and_the_same_command_goes_on(
    command: Run, standing: Deployed, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradewind.cli.data.backfilling.ROUNDS", 1)
    monkeypatch.setattr("tradewind.past.PATIENCE", 5.2)  # no time for retries
    venue.faults.append(status(403, -1))

    broken = command(*options(venue, "--days", "3"))
    assert broken.exit_code == 1
    assert "NOT_FETCHED" in broken.stdout
    assert "run the same command again" in broken.stdout

    venue.faults.clear()
    monkeypatch.setattr("tradewind.past.PATIENCE", 60.0)
    whole = command(*options(venue, "--days", "3"))
    assert whole.exit_code == 0


def test_where_only_recorded_bars_are_replayed_a_provider_must_be_named(command: Run, standing: Deployed) -> None:
    answer = command("data", "backfill", "--days", "2")

    assert "nobody is configured to be asked for the past of" in str(answer.exception)


def test_what_nobody_knows_is_refused_before_anything_is_asked(command: Run, standing: Deployed) -> None:
    assert "unknown instrument nobody" in str(command("data", "backfill", "--symbols", "nobody").exception)
    assert "unknown timeframe '7m'" in str(command("data", "backfill", "--intervals", "7m").exception)


def test_the_cloud_is_told_what_is_wanted(command: Run, standing: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, str]] = []

    class Machines:
        def start_execution(self, **asked: str) -> dict[str, str]:
            started.append(asked)
            return {"executionArn": "arn:execution"}

    monkeypatch.setitem(standing._clients, "stepfunctions", Machines())
    monkeypatch.setitem(standing.outputs, "BackfillMachineArn", "arn:machine")

    answer = command("data", "backfill", "--in-cloud", "--symbols", "ibm", "--days", "9", "--json")

    assert "1h, 15m: shorter than what is followed" in answer.stderr  # days are
    assert json.loads(answer.stdout) == {"execution": "arn:execution"}
    (asked,) = started
    assert asked["stateMachineArn"] == "arn:machine"
    assert json.loads(asked["input"])["days"] == 9
