"""Promise 2 on the deployed stack: what runs in this process is what runs there, to the last digit."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.e2e.replays import assert_counts, in_process, replay
from tests.fakes.pipeline import Result
from tests.parity.engines import compared
from tradewind.cli.deployed import Deployed
from tradewind.cli.run.plan import RunPlan
from tradewind.domain.configuration import Configuration
from tradewind.domain.order import Leg

pytestmark = pytest.mark.e2e


def test_the_deployed_replay_of_two_strategies_equals_the_run_in_this_process_and_its_backtests(
    deployed: Deployed, run_plan: RunPlan, configuration: Configuration
) -> None:
    expected, result = in_process(configuration, run_plan)
    assert_counts(result)
    backtests = compared(configuration, run_plan.series, result)
    assert [one.differences for one in backtests] == [[]]

    seen = replay(deployed, run_plan)

    assert len(run_plan.traded) >= 300
    assert len(run_plan.series) >= 5
    assert seen.decisions == expected.decisions
    assert seen.orders == expected.orders
    assert seen.fills == expected.fills
    assert seen.ledger == expected.ledger


def test_functions_that_restart_cold_in_the_middle_change_nothing(
    deployed: Deployed, run_plan: RunPlan, configuration: Configuration
) -> None:
    short = replace(run_plan, traded=run_plan.traded[:120])
    cold = {50, 100}

    def restart(number: int) -> None:
        if number in cold and deployed.local:
            deployed.local.restart_functions()

    expected, result = in_process(configuration, short)
    assert all(_held(result, short.traded[number - 1]) for number in cold), "the sample must hold something meanwhile"

    assert replay(deployed, short, restart) == expected


def _held(result: Result, ts: int) -> Decimal:
    """Return how much was held at a time, of whatever it was."""
    done = (fill for fill in result.fills if fill.ts <= ts)
    return sum((one.quantity if one.leg is Leg.ENTRY else -one.quantity for one in done), Decimal())
