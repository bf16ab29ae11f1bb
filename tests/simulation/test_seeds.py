"""What the simulation shows, in the share of seeds that fits into every test run; `make simulate` runs the rest."""

import os
from dataclasses import replace

import pytest

from tests.simulation.__main__ import main
from tests.simulation.mutants import MUTANTS
from tests.simulation.plan import LOCKSTEP, plan_of
from tests.simulation.run import judge, simulate
from tests.simulation.stage import Stage
from tradewind.domain.decision import Action
from tradewind.domain.order import Leg

SEEDS = 300
CAUGHT = 200
"""Seeds within which every planted bug is found."""


def test_three_hundred_seeds_keep_every_promise(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--seeds", str(SEEDS), "--jobs", str(os.cpu_count() or 1)])

    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_bug_is_caught_within_two_hundred_seeds(name: str) -> None:
    caught = next((seed for seed in range(CAUGHT) if judge(seed, build=MUTANTS[name]).failure), None)

    assert caught is not None


def test_over_three_hundred_steps_and_mishaps_the_end_is_that_of_an_undisturbed_run() -> None:
    plans = [plan_of(seed, LOCKSTEP) for seed in (3, 4)]
    # A quiet market, in which positions grow old, and no drawdown that would end the trading for good.
    quiet = [replace(one, hold=2, volatility=0.004, limits={**one.limits, "drawdown": "0"}) for one in plans]
    longer = [replace(one, bars=320) for one in quiet]
    stages = [simulate(replace(one, luck=replace(one.luck, budget=400))) for one in longer]

    decisions = [one for stage in stages for each in stage.world.decisions.items.values() for one in each.decisions]
    reasons = {one.reason for one in decisions if one.action is Action.EXIT}
    assert all(_round_trips(stage) >= 20 for stage in stages)
    assert {fill.leg for stage in stages for fill in stage.world.items.fills.values()} == set(Leg)
    assert reasons == {"SIGNAL", "TIME"}
    assert any(one.action is Action.DENY for one in decisions)


def _round_trips(stage: Stage) -> int:
    return sum(fill.leg is not Leg.ENTRY for fill in stage.world.items.fills.values())
