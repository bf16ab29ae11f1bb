"""Sizes by volatility, Kelly, regime and recent results agree to the last lot in all three engines."""

import os
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from tests.fakes.pipeline import Result
from tests.parity.engines import ENOUGH, ROOT, compared, configuration, in_process
from tradewind.cli.bars import load_folder
from tradewind.domain.configuration import Configuration
from tradewind.domain.decision import Action
from tradewind.domain.order import Leg
from tradewind.domain.protections import REMEMBERED
from tradewind.domain.series import Series
from tradewind.domain.sizing import PLAIN, Method, Sizing

_ASKED = frozenset({Action.ENTER, Action.DENY})
TWO = ("rsi_pullback_pro", "dca_ladder")

VOLATILITY = Sizing(Method.VOLATILITY, atr_bars=10, atr_multiple=4.0)
KELLY = Sizing(Method.KELLY, kelly_fraction=0.05, kelly_trips=4, kelly_window=12)
REGIMES = Sizing(regimes=(("BEAR", 0.0), ("BULL", 0.75), ("QUIET", 0.5), ("TURBULENT", 0.25)))
RECENT = Sizing(recent_trips=5, recent_streak=2, recent_multiplier=0.4)
ALL = replace(VOLATILITY, regimes=REGIMES.regimes, recent_trips=5, recent_streak=2)


@pytest.fixture(autouse=True)
def machine_code_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    if "TRADEWIND_CACHE" not in os.environ:
        monkeypatch.setenv("TRADEWIND_CACHE", str(ROOT / "build" / "cache" / "backtest"))


@cache
def samples() -> tuple[Series, ...]:
    return tuple(load_folder(ROOT / "tests" / "samples" / "bars"))


def sized(sizing: Sizing) -> Configuration:
    made = configuration(samples(), {"paper": TWO})
    rules = tuple(replace(one, gates=replace(one.gates, sizing=sizing)) for one in made.strategies)
    limits = replace(made.accounts[0].limits, risk_per_trade=Decimal("0.004"))
    account = replace(made.accounts[0], limits=limits, remembers=REMEMBERED if sizing.looks_back else 0)
    return replace(made, strategies=rules, accounts=(account,))


@cache
def ordered(sizing: Sizing) -> Result:
    return in_process(sized(sizing), samples())


@pytest.mark.parametrize(
    ("sizing", "word"),
    [(VOLATILITY, "ATR(10)"), (KELLY, " won, payoff "), (REGIMES, "BEAR × 0"), (RECENT, " × 0.4"), (ALL, "ATR(10)")],
)
def test_each_way_of_sizing_gives_the_same_lots_in_every_engine(sizing: Sizing, word: str) -> None:
    """The words are there and sizes are not the plain ones: what was to decide did decide."""
    expected = ordered(sizing)

    (found,) = compared(sized(sizing), samples(), expected)

    told = [one.reason for record in expected.decisions for one in record.decisions if one.action in _ASKED]
    assert found.differences == []
    assert found.trips >= ENOUGH
    assert any(word in reason for reason in told)
    assert _entries(expected) != _entries(ordered(PLAIN))


def _entries(result: Result) -> dict[str, object]:
    return {order.id: order.quantity for order in result.orders if order.leg is Leg.ENTRY}
