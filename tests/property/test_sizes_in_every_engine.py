"""A size at the very edge of a lot is the same in the pipeline and in the backtest, whatever is asked for."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import COSTLY, PAPER, configuration, day, share
from tests.fakes.pipeline import Pipeline
from tests.puppet import at_work, code
from tradewind.adapters.market.replay import MemoryObjects, ReplayProvider
from tradewind.backtest.bars import bars_of
from tradewind.backtest.compiler import compiled
from tradewind.backtest.engine import run
from tradewind.backtest.ledger import nearest
from tradewind.backtest.outcome import Outcome
from tradewind.backtest.setup import prepare
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules, Limits
from tradewind.domain.dataset import dataset, dataset_key
from tradewind.domain.instrument import Instrument
from tradewind.domain.order import Leg, Order
from tradewind.domain.series import Series, steps
from tradewind.domain.timeframe import Timeframe

CLOSE, DISTANCE = 100, 5
"""The puppet enters at 100 with its stop at 95."""

ENTER = 900.0
BARS = [Bar(day(n - 1), day(n), 100.0, 101.0, 99.0, 100.0, ENTER if n == 3 else 1.0) for n in range(1, 6)]

counts = st.integers(1, 3_000)
lots = st.sampled_from([Decimal(1), Decimal(100), Decimal("0.01"), Decimal("0.001"), Decimal("0.00000001")])
nudges = st.sampled_from([Decimal(0), Decimal("0.00000001"), Decimal("-0.00000001"), Decimal("0.01"), Decimal("-0.01")])


def ordered_in_process(series: Series, rules: AccountRules) -> list[Order]:
    made = replace(configuration([series.instrument], rules), strategies=())
    objects = {dataset_key(series.instrument.id, series.timeframe): dataset(series).to_bytes()}
    pipeline = Pipeline(made, ReplayProvider(MemoryObjects(objects)), {PAPER: [at_work()]}, code([at_work()]))
    for now in steps([series]):
        pipeline.step(now)
    return pipeline.stores.result().orders


def ordered_in_a_backtest(series: Series, rules: AccountRules) -> list[Order]:
    made = replace(configuration([series.instrument], rules), strategies=())
    return sorted(Outcome(run(prepare(made, [at_work()], bars_of([series])))).orders, key=lambda one: one.id)


def series_of(lot: Decimal) -> Series:
    return Series(Instrument(share("EDGE.TEST").id, Decimal("0.01"), lot), Timeframe.D1, BARS)


@settings(max_examples=60)
@given(counts, lots, nudges)
def test_a_size_by_risk_is_the_same_in_both_at_the_edge_of_a_lot(count: int, lot: Decimal, nudge: Decimal) -> None:
    """Cash is such that what may be lost is a whole number of lots times the distance to the stop, or a hair off."""
    limits = Limits(exposure=Decimal(9), instrument_exposure=Decimal(9), risk_per_trade=Decimal("0.005"))
    rules = replace(COSTLY, cash=count * lot * DISTANCE / limits.risk_per_trade + nudge, limits=limits)

    expected = ordered_in_process(series_of(lot), rules) if rules.cash > 0 else []

    if rules.cash > 0:
        assert ordered_in_a_backtest(series_of(lot), rules) == expected
    if not nudge:
        (entry,) = [one for one in expected if one.leg is Leg.ENTRY]
        assert entry.quantity == count * lot


@settings(max_examples=60)
@given(counts, lots, nudges)
def test_a_size_by_room_is_the_same_in_both_at_the_edge_of_a_lot(count: int, lot: Decimal, nudge: Decimal) -> None:
    """Cash is such that a quarter of it pays a whole number of lots at the worst price with its fee, or a hair off."""
    limits = Limits(risk_per_trade=Decimal("0.5"))
    worst = CLOSE * Decimal("1.05") * Decimal("1.001")
    rules = replace(COSTLY, cash=count * lot * worst * 4 + nudge, limits=limits)

    expected = ordered_in_process(series_of(lot), rules) if rules.cash > 0 else []

    if rules.cash > 0:
        assert ordered_in_a_backtest(series_of(lot), rules) == expected
    if not nudge and count > 1:
        (entry,) = [one for one in expected if one.leg is Leg.ENTRY]
        assert count - 1 <= entry.quantity / lot <= count


@given(st.integers(1, 2**62), st.integers(1, 2**62), st.sampled_from([1, 8, 100, 10**5, 10**8, 3 * 10**8]))
def test_an_average_price_is_the_float_nearest_to_it_in_both_engines(cost: int, amount: int, parts: int) -> None:
    """So a rule that reads what it paid, as a ladder does, sees the same bits as in production."""
    exact = float(Fraction(cost, amount * parts))
    fast = compiled(nearest, within=False)

    if exact < 2.0**54:
        assert nearest(cost, amount, parts) == fast(cost, amount, parts) == exact


@pytest.mark.parametrize(
    ("cost", "amount", "expected"),
    [(2**53 + 1, 2**53, 1.0), (2**53 + 3, 2**53, 1.0 + 2.0**-51), (3, 2**60, 3 * 2.0**-60), (1, 3, 1 / 3)],
)
def test_a_half_goes_to_the_even_neighbour(cost: int, amount: int, expected: float) -> None:
    assert nearest(cost, amount, 1) == expected
