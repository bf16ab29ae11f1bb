"""`data split`: what was held back is listed, and judged by a person."""

import json

import pytest

from tests.unit.cli.conftest import Run
from tradewind.adapters.dynamodb.splits import DynamoSplits
from tradewind.cli.deployed import Deployed
from tradewind.domain.splits import Split, SplitState
from tradewind.domain.timeframe import DAY


@pytest.fixture
def jump(standing: Deployed) -> Split:
    """Return a jump of an instrument that no book holds."""
    name = standing.configuration.shards[0].instruments[-1]
    split = Split(name, 5 * DAY, 4.0, SplitState.SUSPECTED, 400.0, 101.0)
    DynamoSplits(standing.market).put(split)
    return split


def states(standing: Deployed) -> list[tuple[str, float]]:
    return [(str(one.state), one.factor) for one in DynamoSplits(standing.market).every()]


def test_a_jump_is_listed_until_and_after_it_is_judged(command: Run, standing: Deployed, jump: Split) -> None:
    rows = json.loads(command("data", "split", "list", "--json").output)

    assert [(row["instrument"], row["factor"], row["state"]) for row in rows] == [(jump.instrument, 4.0, "SUSPECTED")]
    assert "SUSPECTED" in command("data", "split", "list").output


def test_a_denied_jump_waits_no_more(command: Run, standing: Deployed, jump: Split) -> None:
    said = command("data", "split", "deny", jump.instrument)

    assert said.output == f"{jump.instrument} was not split: its bars enter with the next repair\n"
    assert states(standing) == [("DENIED", 4.0)]
    assert "nothing of" in str(command("data", "split", "confirm", jump.instrument).exception)


@pytest.mark.parametrize(("options", "factor"), [([], 4.0), (["--factor", "0.1"], 0.1)])
def test_a_confirmed_jump_has_its_factor(
    command: Run, standing: Deployed, jump: Split, monkeypatch: pytest.MonkeyPatch, options: list[str], factor: float
) -> None:
    monkeypatch.setattr("tradewind.adapters.dynamodb.queries.books", lambda *_: [])

    said = command("data", "split", "confirm", jump.instrument, *options)

    assert f"was split {factor:g} for 1: no book held it" in said.output
    assert states(standing) == [("CONFIRMED", factor)]
