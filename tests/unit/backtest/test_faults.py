"""A strategy that raises, or answers what is no number: a recorded failure, alike in pipeline and backtest."""

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import ACME, BOLT, COSTLY, PAPER, configuration, day, share
from tests.fakes.pipeline import Pipeline
from tests.puppet import (
    BREAK,
    BREAK_INDICATOR,
    FORGET_GATES,
    LEAVE,
    LEAVE_BY_NO_NAME,
    NO_STOP,
    SHOW_NAN,
    STOP_NOWHERE,
    at_work,
    code,
)
from tradewind.adapters.market.replay import MemoryObjects, ReplayProvider
from tradewind.backtest.bars import bars_of
from tradewind.backtest.digest import digest_of
from tradewind.backtest.engine import best, run
from tradewind.backtest.outcome import Outcome
from tradewind.backtest.result import Result
from tradewind.backtest.setup import prepare
from tradewind.domain.bar import Bar
from tradewind.domain.dataset import dataset, dataset_key
from tradewind.domain.series import Series, steps
from tradewind.domain.timeframe import Timeframe

ORDERS = (
    BREAK, BREAK_INDICATOR, FORGET_GATES, LEAVE, LEAVE, LEAVE_BY_NO_NAME, NO_STOP, SHOW_NAN, STOP_NOWHERE,
    100.0, 500.0, 700.0, 800.0, 900.0, 950.0,
)  # fmt: skip


def told(seed: int, count: int) -> list[Bar]:
    """Return daily bars whose volumes tell the puppet at random what to do."""
    chance, bars, close = random.Random(seed), list[Bar](), 100.0  # noqa: S311 - the same bars every time
    for number in range(1, count + 1):
        open_, close = close, round(close * (1 + chance.gauss(0, 0.02)), 2)
        high, low = round(max(open_, close) * 1.01, 2), round(min(open_, close) * 0.99, 2)
        bars.append(Bar(day(number - 1), day(number), open_, high, low, close, chance.choice(ORDERS)))
    return bars


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_failures_are_the_same_in_pipeline_and_backtest(seed: int) -> None:
    instruments = [share(ACME), share(BOLT)]
    series = [Series(one, Timeframe.D1, told(seed + n, 200)) for n, one in enumerate(instruments)]
    made = replace(configuration(instruments, COSTLY), strategies=())
    desk = [at_work("first"), at_work("second")]
    objects = {dataset_key(one.instrument.id, one.timeframe): dataset(one).to_bytes() for one in series}
    pipeline = Pipeline(made, ReplayProvider(MemoryObjects(objects)), {PAPER: desk}, code(desk))
    for now in steps(series):
        pipeline.step(now)
    expected = pipeline.stores.result()

    found = run(prepare(made, desk, bars_of(series)), window=64)

    outcome = Outcome(found)
    assert sorted(outcome.orders, key=lambda one: one.id) == expected.orders
    assert sorted(outcome.fills, key=lambda one: one.trade_id) == expected.fills
    assert found.digest == digest_of((record.ts, one) for record in expected.decisions for one in record.decisions)
    assert Decimal(str(found.account[0] + found.account[1])) == pytest.approx(
        expected.accounts[PAPER].cash, rel=Decimal("1e-9")
    )
    actions = Counter(str(one.action) for record in expected.decisions for one in record.decisions)
    assert actions.keys() >= {"FAIL", "ENTER", "EXIT", "DENY", "HOLD"}
    assert found.faults.keys() == {"ValueError", "ZeroDivisionError"}
    given = Result(found).reasons().values()
    assert {one for counts in given for one in counts if one.startswith("FAIL")} == {"FAIL RULE", "FAIL STATE"}


def test_a_rule_that_does_not_compile_runs_interpreted_and_says_so() -> None:
    series = [Series(share(ACME), Timeframe.D1, told(5, 60))]
    made = replace(configuration([share(ACME)], COSTLY), strategies=())
    setup = prepare(made, [at_work("first")], bars_of(series))

    found = best(setup)

    assert found.engine == "interpreted"
    assert found.note.startswith("interpreted: a rule or an indicator does not compile")
    assert found.digest == run(setup).digest
