"""Every built-in strategy through the whole pipeline over years of recorded bars, each on its own account."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from tests.fakes.pipeline import Result, run_in_process
from tests.parity.engines import ENOUGH, EXITS, compared
from tradewind.cli.bars import load_bokeh
from tradewind.cli.report.performance import RoundTrip, round_trips
from tradewind.domain.configuration import AccountRules, Configuration, Gates, Limits, Shard, StrategyRules
from tradewind.domain.decision import Action
from tradewind.domain.order import Leg
from tradewind.domain.series import Series, steps
from tradewind.domain.timeframe import Timeframe
from tradewind.strategies import registry

STEPS = 1_500
NAMES = registry.names()


@cache
def bars() -> list[Series]:
    series = load_bokeh()
    end = steps(series)[STEPS]
    cut = [replace(one, bars=[bar for bar in one.bars if bar.ts_close <= end]) for one in series]
    return [one for one in cut if one.bars]


def configuration() -> Configuration:
    series = bars()
    return Configuration(
        environment="test",
        clock="replay",
        trade_from=0,
        shards=(Shard("daily", Timeframe.D1, "replay", tuple(one.instrument.id for one in series)),),
        instruments={one.instrument.id: one.instrument for one in series},
        accounts=tuple(AccountRules(name, "PAPER", Decimal(100_000), 5, 5, Limits()) for name in NAMES),
        strategies=tuple(StrategyRules(name, name, Timeframe.D1, {}, Gates(size_multiplier=1.5)) for name in NAMES),
        webhooks=(),
        hash="c0ffee",
    )


@pytest.fixture(scope="module")
def result() -> Result:
    return run_in_process(configuration(), bars())


@pytest.fixture(scope="module")
def trips(result: Result) -> list[RoundTrip]:
    return round_trips(result.fills)


@pytest.mark.parametrize("name", NAMES)
def test_it_trades_often_enough_to_be_judged(trips: list[RoundTrip], name: str) -> None:
    mine = [trip for trip in trips if trip.strategy == name]

    assert len(mine) >= ENOUGH
    assert {trip.pnl > 0 for trip in mine} == {True, False}


@pytest.mark.parametrize("name", NAMES)
def test_the_interpreted_backtest_does_what_the_pipeline_did(result: Result, name: str) -> None:
    made = configuration()

    (found,) = compared(replace(made, accounts=(made.account(name),)), bars(), result, compiled=False)

    assert found.differences == []


def test_every_kind_of_exit_occurs_and_so_does_a_denial(result: Result, trips: list[RoundTrip]) -> None:
    reasons = Counter(trip.reason for trip in trips)
    denied = [one for record in result.decisions for one in record.decisions if one.action is Action.DENY]

    assert reasons.keys() == EXITS
    assert denied


def test_a_ladder_builds_one_position_of_several_entries_and_leaves_it_whole(result: Result) -> None:
    mine = [fill for fill in result.fills if fill.strategy == "dca_ladder"]
    entries = Counter(fill.parent for fill in mine if fill.leg is Leg.ENTRY)
    bought = {parent: sum(f.quantity for f in mine if f.parent == parent and f.leg is Leg.ENTRY) for parent in entries}
    sold = {fill.parent: fill.quantity for fill in mine if fill.leg is not Leg.ENTRY}

    assert max(entries.values()) > 1
    assert all(quantity == bought[parent] for parent, quantity in sold.items())


def test_a_stop_that_trailed_never_fell(result: Result) -> None:
    raised = [order for order in result.orders if order.reason == "TRAILING"]
    entries = {order.id: order for order in result.orders if order.leg is Leg.ENTRY}

    assert len(raised) > 20
    assert all(order.price > entries[order.parent].stop for order in raised)


def test_every_decision_on_a_rule_carries_the_regime(result: Result) -> None:
    for record in result.decisions[-50:]:
        for one in record.decisions:
            if one.gates:
                gates = [name for name, _ in record.gates[one.strategy]]
                assert one.gates[gates.index("regime")].value in {1.0, 2.0, 3.0, 4.0}
