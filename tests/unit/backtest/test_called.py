"""Rules that are called as they are between compiled indicators and the compiled walk: the same run, much faster."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.builders import ACME, COSTLY, configuration, share
from tests.parity.engines import LOOSE, QUICK
from tests.puppet import at_work, puppet
from tests.unit.backtest.test_faults import told
from tradewind.application.desk import AtWork
from tradewind.backtest import layout
from tradewind.backtest.bars import bars_of
from tradewind.backtest.engine import Run, best, called, run
from tradewind.backtest.outcome import Outcome
from tradewind.backtest.setup import Setup, prepare
from tradewind.cli.bars import load_folder
from tradewind.domain.configuration import StrategyRules
from tradewind.domain.series import Series
from tradewind.domain.timeframe import Timeframe
from tradewind.indicators.averages import sma
from tradewind.strategies import registry

ROOT = Path(__file__).parents[3]
BEFORE = (layout.CASH_BEFORE, layout.EQUITY_BEFORE, layout.TODAY_BEFORE, layout.PEAK_BEFORE)


def setup_of(series: Sequence[Series], *names: str) -> Setup:
    frame = series[0].timeframe
    made = replace(configuration([one.instrument for one in series], COSTLY), strategies=())
    desk = []
    for name in names:
        rules = StrategyRules(name, "paper", frame, QUICK.get(name, {}), LOOSE)
        desk.append(AtWork(f"paper/{name}", rules, registry.build(name, rules.parameters)))
    return prepare(made, desk, bars_of(series))


def assert_same(one: Run, other: Run) -> None:
    assert one.digest == other.digest
    assert one.events.tolist() == other.events.tolist()
    assert one.curve.tolist() == other.curve.tolist()
    assert one.account.tolist() == other.account.tolist()
    assert one.counts.tolist() == other.counts.tolist()
    assert one.reasons.tolist() == other.reasons.tolist()
    assert one.regimes == other.regimes


@pytest.mark.parametrize("names", [("rsi_pullback_pro", "dca_ladder", "swing_trader")])
def test_rules_that_are_called_decide_what_they_decide_interpreted_and_compiled(names: tuple[str, ...]) -> None:
    setup = setup_of(load_folder(ROOT / "tests/samples/bars"), *names)

    interpreted = run(setup, window=500)

    assert Counter(order.leg for order in Outcome(interpreted).orders).keys() == {"ENTRY", "EXIT", "STOP", "TARGET"}
    assert_same(called(setup, window=300), interpreted)
    assert_same(run(setup, compiled=True, window=700), interpreted)


@pytest.mark.parametrize("bars", [420, 249])
@pytest.mark.parametrize("engine", [called, lambda setup, window: run(setup, compiled=True, window=window)])
def test_an_only_position_is_passed_by_as_it_is_walked_through(engine: Callable[..., Run], bars: int) -> None:
    """One instrument and one strategy take a way of their own; beside an instrument without bars they do not.

    What was before the latest step that did anything is of no use at the end: one way leaves it from another step.
    """
    (series,) = load_folder(ROOT / "tests/samples/bars", symbols=("AAAUSDT",))
    series = replace(series, bars=series.bars[:bars])
    alone, beside = (setup_of([series, *more], "rsi_pullback_pro") for more in ((), (empty(series),)))

    found = engine(alone, window=90)

    expected = run(beside)
    assert len(found.events) > 9
    assert found.counts[layout.OPEN] == (bars == 249)
    assert_same(found, run(alone))
    assert found.events.tolist() == walked(expected).tolist()
    assert np.delete(found.account, BEFORE).tolist() == np.delete(expected.account, BEFORE).tolist()
    assert found.counts.tolist() == expected.counts.tolist()


def empty(series: Series) -> Series:
    other = replace(series.instrument, id=type(series.instrument.id)(f"ZZZ{series.instrument.id}"))
    return replace(series, instrument=other, bars=())


def walked(found: Run) -> Any:
    """Return events as of the first of two instruments alone."""
    events = found.events.copy()
    events[:, 2] //= 2
    return events


def test_a_rule_that_raises_or_forgets_gates_fails_on_its_bar_alone() -> None:
    strategy = replace(puppet(), indicators=(sma(2, "sum_of_closes"),))
    one = replace(at_work(), strategy=strategy)
    series = [Series(share(ACME), Timeframe.D1, [bar for bar in told(3, 300) if bar.volume != 9_000.0])]
    setup = prepare(replace(configuration([share(ACME)], COSTLY), strategies=()), [one], bars_of(series))

    found, expected = best(setup), run(setup)

    assert found.note.startswith("interpreted: a rule or an indicator does not compile")
    assert_same(found, expected)
    assert found.faults == expected.faults
    assert {str(order.reason) for order in Outcome(found).orders} >= {"TOLD"}
