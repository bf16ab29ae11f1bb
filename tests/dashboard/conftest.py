"""One browser and one stage for every test of the pages; each test opens a page of its own."""

import os
from collections.abc import Iterator
from itertools import batched
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from infra.web import WebError, build
from tests.browser import launched
from tests.builders import bar, day
from tests.dashboard.serving import Served, serving
from tests.functions.environment import write_configuration
from tests.functions.stage import Stage, create, environment
from tradewind import bootstrap
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.adapters.dynamodb.table import Table
from tradewind.adapters.s3.objects import S3Store
from tradewind.adapters.s3.studies import S3Studies, Study
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import MAXIMUM_INSTRUMENTS, Slice
from tradewind.domain.timeframe import DAY, Timeframe

if TYPE_CHECKING:
    from playwright.sync_api import Browser

COUNT = 611
_DAYS = 3
NAMES = [InstrumentId(f"SYM{number:03d}.TEST") for number in range(COUNT)]
SHARDS = {f"daily-{n}": part for n, part in enumerate(batched(NAMES, MAXIMUM_INSTRUMENTS, strict=False))}


@pytest.fixture(scope="package")
def browser() -> "Iterator[Browser]":
    """One browser for all of these tests."""
    with launched() as made:
        yield made


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the built dashboard over 611 instruments with three days each."""
    from moto import mock_aws  # noqa: PLC0415 - it takes seconds, which other tests need not wait for

    try:
        build()
    except WebError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("dashboard")
    with pytest.MonkeyPatch.context() as patch:
        _configure(patch, folder)
        with mock_aws():
            bootstrap.forget_clients()
            stage = create(dict(os.environ))
            _fill(stage)
            with serving(stage) as made:
                yield made
    bootstrap.forget_clients()


def _configure(patch: pytest.MonkeyPatch, folder: Path) -> None:
    shards = [{"name": n, "timeframe": "1d", "provider": "replay", "instruments": part} for n, part in SHARDS.items()]
    path = write_configuration(
        folder,
        shards=shards,
        instruments={name: {"tick": "0.01", "lot": "1"} for name in NAMES},
        alerts={"channels": [{"name": "phone", "kind": "ntfy", "severity": "WARNING", "hourly": 20}]},
    )
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    for name, value in environment(path).items():
        patch.setenv(name, value)


def _fill(stage: Stage) -> None:
    chance, slices = Random(5), DynamoSlices(Table(stage.client("dynamodb"), "market"), lambda: 0.0)  # noqa: S311
    for number in range(1, _DAYS + 1):
        for shard, names in SHARDS.items():
            bars = {name: _bar(chance, number) for name in names}
            slices.put(Slice(shard, Timeframe.D1, day(number), bars, previous=day(number - 1)))
    stage.call("evaluate_bars", stage.stream("market", "SLICE#"))
    group = "/aws/lambda/tradewind-test-execute_orders"
    stage.client("logs").create_log_group(logGroupName=group)
    for kind, whole in (("backtests", _backtest()), ("research", _search())):
        studies = S3Studies(S3Store(bootstrap.client("s3"), "data"), kind)
        studies.keep(Study("spring", 1_700_000_000_000, {"return": 0.2, "strategy": "rsi_pullback_pro"}), whole)


def _bar(chance: Random, number: int) -> Bar:
    close = chance.uniform(20, 200)
    return bar(number, close, close + 2, close - 2, close + chance.uniform(-1, 1))


def _backtest() -> dict[str, object]:
    metrics = {"return": 0.2, "sharpe": 1.1, "max_drawdown": 0.1, "round_trips": 12.0, "equity_end": 120_000.0}
    one = {"round_trips": 12, "win_rate": 0.5, "profit_factor": 1.5, "pnl": 20_000.0}
    return {
        "bars": 600, "instruments": NAMES[:5], "timeframe": "1d", "configuration": "0" * 12,
        "strategies": [{"name": "rsi_pullback_pro", "version": "1", "parameters": {}, "key": ""}],
        "account": {"cash": "100000", "fee_bps": 5, "slippage_bps": 5}, "engine": {"name": "compiled", "seconds": 1},
        "equity": [[DAY * n, 100_000.0 + 200 * n, 0.5] for n in range(1, 101)], "metrics": metrics,
        "monthly": {"1970-01": 0.1, "1970-02": -0.02},
        "by": {name: {"one": one} for name in ("strategy", "instrument", "regime", "exit")},
        "reasons": {"rsi_pullback_pro": {"HOLD TREND": 400, "ENTER ENTRY": 12}}, "round_trips": [],
        "all_round_trips": 12, "decisions_digest": "0" * 32, "warnings": ["One thing to know"],
    }  # fmt: skip


def _search() -> dict[str, object]:
    figures = {
        "return": 0.1,
        "sharpe": 0.9,
        "calmar": 0.5,
        "max_drawdown": 0.1,
        "profit_factor": 1.4,
        "round_trips": 30,
    }
    judged = {"parameters": {"rsi_period": 9.0}, "searched": figures, "aside": figures}
    return {
        "strategy": "rsi_pullback_pro", "goal": "sharpe", "sampler": "cmaes", "seed": 1, "space": [],
        "trials": {"count": 30, "refused": 0, "seconds": 1.0}, "searched": ["2000-01-01", "2008-01-01"],
        "aside": ["2008-01-01", "2010-01-01"], "best": judged, "default": judged, "hold": {"aside": 0.4},
        "deflated_sharpe": 0.6, "overfitting": {"probability": 0.4, "loss": 0.2, "ways": 924, "trials": 30},
        "monte_carlo": {"drawdown": [0.05, 0.1, 0.2], "result": [-0.1, 0.2, 0.5], "loss": 0.1, "worse": 0.3},
        "walk_forward": None,
    }  # fmt: skip
