"""What is tested is what trades: a backtest takes over all that a strategy's table says."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.samples.make_bars import FOLDER
from tradewind.cli.backtesting.plan import Request, configuration_of
from tradewind.cli.bars import load_folder
from tradewind.cli.configuration.reading import parse
from tradewind.domain.configuration import StrategyRules
from tradewind.domain.protections import Protections
from tradewind.domain.sizing import Sizing

ROOT = Path(__file__).parents[3]
TABLES = """
[strategies.protections]
stops = 2

[strategies.sizing]
recent_trips = 8
regimes = { BEAR = 0.5 }

[alerts]"""


@pytest.mark.parametrize("names", [(), ("rsi_pullback_pro",), ("ema_cross",)])
def test_a_backtest_sizes_and_protects_as_the_file_says_and_a_strategy_of_none_like_the_first(
    names: tuple[str, ...],
) -> None:
    local = ROOT / "config" / "local.toml"
    file = parse(local.read_text("utf-8").replace("\n[alerts]", TABLES, 1), local)

    made = configuration_of(Request(strategies=names), file, load_folder(FOLDER)[:1])

    (rules,) = made.strategies
    assert _said(rules) == (Protections(stops=2), Sizing(recent_trips=8, regimes=(("BEAR", 0.5),)), 1.5)
    assert (rules.name, rules.parameters) == (names[0] if names else "rsi_pullback_pro", {})
    assert made.accounts[0].remembers == 40
    assert made.accounts[0].limits.risk_per_trade == Decimal("0.02")


def _said(rules: StrategyRules) -> tuple[Protections, Sizing, float]:
    return rules.protections, rules.gates.sizing, rules.gates.size_multiplier
