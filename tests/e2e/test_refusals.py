"""Rows that are no bars reach the deployed fetcher: it records each and goes on."""

from dataclasses import replace

import pytest

from tests.e2e.replays import prepare
from tradewind.cli.deployed import Deployed
from tradewind.cli.run.plan import RunPlan
from tradewind.domain.series import Series

pytestmark = pytest.mark.e2e

BROKEN = 3
"""How many of the first instrument's warm-up bars are spoiled."""


def _spoiled(series: Series) -> Series:
    bars = list(series.bars)
    bars[:BROKEN] = [bar._replace(low=bar.high + 1) for bar in bars[:BROKEN]]
    return replace(series, bars=tuple(bars))


def test_refused_bars_are_recorded_with_their_reason_and_stop_no_other_bar(
    deployed: Deployed, run_plan: RunPlan
) -> None:
    first, *others = run_plan.series
    spoiled = replace(run_plan, series=(_spoiled(first), *others))

    prepare(deployed, spoiled)

    refusals = deployed.market.query(f"REFUSALS#{spoiled.shards[0]}", keys_only=True)
    assert [item["sk"]["S"].split("#", 1)[1] for item in refusals] == [f"{first.instrument.id}#OHLC_VIOLATION"] * BROKEN
    slices = list(deployed.market.query(f"SLICE#{spoiled.shards[0]}", keys_only=True))
    assert len(slices) == len(run_plan.warm_up)
