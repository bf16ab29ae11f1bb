"""The backtest is handed the whole series: that its loop reads no further than the bar at hand is checked here."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from tradewind.application.desk import AtWork
from tradewind.backtest.bars import bars_of
from tradewind.backtest.checks.lookahead import check
from tradewind.backtest.checks.sayings import Saying
from tradewind.backtest.setup import prepare
from tradewind.backtest.trace import trace
from tradewind.cli.bars import load_folder
from tradewind.cli.configuration.building import build
from tradewind.cli.configuration.reading import read
from tradewind.cli.run.plan import for_run
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Configuration
from tradewind.domain.series import Series
from tradewind.strategies import registry

ROOT = Path(__file__).parents[4]
SHORT = {"ema_fast": 10.0, "ema_slow": 30.0, "rsi_period": 5.0, "volume_bars": 10.0}
ACTIONS = ("", "HOLD", "ENTER", "EXIT", "DENY", "REFUSE", "FAIL")


@cache
def recorded() -> tuple[Series, Configuration]:
    (series,) = load_folder(ROOT / "tests/samples/bars", symbols=("AAAUSDT",))
    data = build(for_run(read(ROOT / "config/local.toml"), [series], None))
    return series, Configuration.from_json(data, "test")


def backtested(bars: Sequence[Bar]) -> list[Saying]:
    """Say action, strength and gates at each bar; a bar that cannot be is decided on by nobody."""
    series, configuration = recorded()
    rules = replace(configuration.strategies[0], parameters=SHORT)
    strategy = registry.build(rules.name, SHORT)
    setup = prepare(configuration, [AtWork("key", rules, strategy)], bars_of([replace(series, bars=tuple(bars))]))
    said = {one.ts: one for one in trace(setup)[1]}
    return [
        Saying((float(ACTIONS.index(one.action)), *one.numbers), one.reason) if one else Saying((), "no bar")
        for one in (said.get(bar.ts_close) for bar in bars)
    ]


def test_no_decision_of_a_backtest_changes_with_its_future() -> None:
    bars = recorded()[0].bars

    verdict = check(backtested, bars, ("action", "strength", *map(str, range(200))), settled=60)

    assert verdict.findings == ()
    assert verdict.repeats
    assert {"ENTRY", "IN_POSITION", "SIGNAL"} <= {one.fault for one in backtested(bars)}
