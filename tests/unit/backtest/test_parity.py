"""Promise 2: the pipeline in this process, the interpreted backtest and the compiled one agree to the last digit."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import pipeline
from tradewind.backtest.bars import bars_of
from tradewind.backtest.digest import digest_of
from tradewind.backtest.engine import Run, run
from tradewind.backtest.outcome import Outcome
from tradewind.backtest.setup import Setup, prepare
from tradewind.bootstrap import strategies_at_work
from tradewind.cli.bars import load_folder
from tradewind.domain.configuration import (
    REMEMBERED,
    AccountRules,
    Configuration,
    Gates,
    Limits,
    Protections,
    Shard,
    StrategyRules,
)
from tradewind.domain.decision import Action
from tradewind.domain.order import Leg, OrderStatus
from tradewind.domain.series import Series
from tradewind.strategies import registry

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "tests" / "samples" / "bars"
RECORDED = ROOT.parent / "shared" / "data" / "bars"
EXAMPLES = ROOT / "user_strategies"
STRATEGIES = registry.names(EXAMPLES)

LOOSE = Gates(0.0, 0)
"""Every setup that its required gates let through is entered: there are more round trips to compare."""

POOR = Limits(open_positions=2, instrument_exposure=Decimal("0.2"))

QUICK = {
    "rsi_pullback_pro": {"ema_fast": 10, "ema_slow": 30, "rsi_period": 5, "maximum_bars": 9},
    "ema_cross": {"fast": 5, "slow": 20},
}
"""Parameters that trade often on the short samples."""


@pytest.fixture(autouse=True)
def machine_code_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    if "TRADEWIND_CACHE" not in os.environ:
        monkeypatch.setenv("TRADEWIND_CACHE", str(ROOT / "build" / "cache" / "backtest"))


def configuration(series: Sequence[Series], *names: str, gates: Gates = LOOSE, **changes: Any) -> Configuration:
    def venue(one: Series) -> str:
        return one.instrument.id.rpartition(".")[2]

    frame = series[0].timeframe
    shards = tuple(
        Shard(f"{name}-{frame}", frame, "replay", tuple(one.instrument.id for one in members))
        for name, members in groupby(sorted(series, key=venue), key=venue)
    )
    account = AccountRules("paper", "PAPER", Decimal(100_000), fee_bps=26, slippage_bps=5, limits=Limits())
    rules = tuple(StrategyRules(name, "paper", frame, QUICK.get(name, {}), gates) for name in names)
    instruments = {one.instrument.id: one.instrument for one in series}
    made = Configuration("test", "replay", 0, shards, instruments, (account,), rules, (), "c0ffee")
    return replace(made, **changes)


def with_limits(made: Configuration, limits: Limits) -> Configuration:
    return replace(made, accounts=(replace(made.accounts[0], limits=limits),))


def setup_of(made: Configuration, series: Sequence[Series]) -> Setup:
    at_work, _ = strategies_at_work(made, EXAMPLES)
    return prepare(made, at_work["paper"], bars_of(series))


def in_process(made: Configuration, series: Sequence[Series], monkeypatch: pytest.MonkeyPatch) -> pipeline.Result:
    monkeypatch.setattr(pipeline, "strategies_at_work", lambda one, _: strategies_at_work(one, EXAMPLES))
    return pipeline.run_in_process(made, series)


def assert_same(made: Run, expected: pipeline.Result) -> None:
    outcome = Outcome(made)
    assert sorted(outcome.fills, key=lambda one: one.trade_id) == expected.fills
    assert sorted(outcome.orders, key=lambda one: one.id) == expected.orders
    assert made.digest == digest_of((record.ts, one) for record in expected.decisions for one in record.decisions)
    cash = expected.accounts["paper"].cash if expected.accounts else Decimal(100_000)
    assert made.account[0] + made.account[1] == pytest.approx(float(cash), rel=1e-9, abs=0)


@cache
def samples() -> tuple[Series, ...]:
    return tuple(load_folder(SAMPLES))


def compare(made: Configuration, series: Sequence[Series], monkeypatch: pytest.MonkeyPatch) -> pipeline.Result:
    expected = in_process(made, series, monkeypatch)
    setup = setup_of(made, series)
    assert_same(run(setup, window=500), expected)
    assert_same(run(setup, compiled=True, window=700), expected)
    return expected


@pytest.mark.parametrize("name", STRATEGIES)
def test_each_strategy_decides_orders_and_fills_alike_in_every_engine(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare(configuration(samples(), name), samples(), monkeypatch)


def test_strategies_that_share_an_account_agree_down_to_what_the_ledger_denies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = with_limits(configuration(samples(), "rsi_pullback_pro", "ema_cross"), POOR)

    expected = compare(made, samples(), monkeypatch)

    reasons = Counter(
        one.reason for record in expected.decisions for one in record.decisions if one.action is Action.DENY
    )
    filled = Counter(order.leg for order in expected.orders if order.status is OrderStatus.FILLED)
    assert reasons["MAX_OPEN_POSITIONS"]
    assert filled.keys() == set(Leg)
    assert filled[Leg.ENTRY] >= 20


@pytest.mark.parametrize(
    ("protections", "codes"),
    [
        (Protections(cooldown_bars=4), {"COOLDOWN"}),
        (Protections(window_bars=60, pause_bars=10, stops=1), {"STOP_GUARD"}),
        (Protections(window_bars=60, pause_bars=10, drawdown=Decimal("0.002")), {"DRAWDOWN_PAUSE"}),
        (
            Protections(2, 60, 10, low_profit_trips=1, low_profit=Decimal("0.01")),
            {"COOLDOWN", "LOW_PROFIT"},
        ),
    ],
)
def test_protections_pause_alike_in_every_engine(
    protections: Protections, codes: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = configuration(samples(), "rsi_pullback_pro", "ema_cross")
    rules = tuple(replace(one, protections=protections) for one in made.strategies)
    account = replace(made.accounts[0], remembers=REMEMBERED)

    expected = compare(replace(made, strategies=rules, accounts=(account,)), samples(), monkeypatch)

    assert codes <= {one.reason.partition(":")[0] for record in expected.decisions for one in record.decisions}


def test_nothing_trades_before_its_time_in_any_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    middle = samples()[0].bars[200].ts_close

    expected = compare(configuration(samples(), "ema_cross", trade_from=middle), samples(), monkeypatch)

    assert expected.fills
    assert min(fill.ts for fill in expected.fills) >= middle


def test_one_window_or_many_give_the_same_run() -> None:
    setup = setup_of(configuration(samples(), "rsi_pullback_pro", "ema_cross"), samples())

    whole, parts = run(setup, window=100_000), run(setup, window=64)

    assert whole.digest == parts.digest
    assert (whole.events == parts.events).all()
    assert (whole.curve == parts.curve).all()
    assert (whole.account == parts.account).all()


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the folder of recorded bars is not beside this checkout")
@pytest.mark.parametrize("interval", ["5m", "1h", "1d"])
def test_recorded_bars_agree_in_every_engine(interval: str, monkeypatch: pytest.MonkeyPatch) -> None:
    every = load_folder(RECORDED, ["binance:BTCUSDT", "binance:ETHUSDT", "binance:SOLUSDT"], interval)
    series = [replace(one, bars=one.bars[-400:]) for one in every]

    compare(configuration(series, "rsi_pullback_pro", "ema_cross"), series, monkeypatch)
