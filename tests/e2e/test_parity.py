"""Promise 2 on the deployed stack: what runs in this process is what runs there, to the last digit."""

import pytest

from tests.e2e.replays import assert_counts, in_process, replay
from tests.parity.engines import compared
from tradewind.cli.deployed import Deployed
from tradewind.cli.run.plan import RunPlan
from tradewind.domain.configuration import Configuration

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
    def restart(number: int) -> None:
        if number and number % 150 == 0 and deployed.local:
            deployed.local.restart_functions()

    expected, _ = in_process(configuration, run_plan)

    assert replay(deployed, run_plan, restart) == expected
