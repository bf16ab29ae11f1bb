"""Sizes by volatility, Kelly, regime and recent results agree to the last lot in all three engines."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from tests.fakes.pipeline import Result
from tests.parity.engines import ENOUGH, ROOT, compared, configuration, in_process, setup_of
from tradewind.backtest.engine import run
from tradewind.backtest.outcome import Outcome
from tradewind.backtest.setup import Setup
from tradewind.cli.bars import load_folder
from tradewind.domain.configuration import Configuration, Limits
from tradewind.domain.decision import Action
from tradewind.domain.order import Leg, Order
from tradewind.domain.protections import REMEMBERED
from tradewind.domain.series import Series
from tradewind.domain.sizing import PLAIN, Method, Sizing

LIMITS = Limits(risk_per_trade=Decimal("0.004"))
"""What is risked decides, and not what may be tied up."""

_ASKED = frozenset({Action.ENTER, Action.DENY})
ONE, TWO = ("rsi_pullback_pro",), ("rsi_pullback_pro", "dca_ladder")

VOLATILITY = Sizing(Method.VOLATILITY, atr_bars=10, atr_multiple=4.0)
KELLY = Sizing(Method.KELLY, kelly_fraction=0.05, kelly_trips=4, kelly_window=12)
REGIMES = Sizing(regimes=(("BEAR", 0.0), ("BULL", 0.75), ("QUIET", 0.5), ("TURBULENT", 0.25)))
RECENT = Sizing(recent_trips=5, recent_streak=2, recent_multiplier=0.4)
ALL = replace(VOLATILITY, regimes=REGIMES.regimes, recent_trips=5, recent_streak=2)

WAYS = {
    "volatility": (VOLATILITY, ONE, "ATR(10)"),
    "kelly": (KELLY, ONE, " won, payoff "),
    "regime": (REGIMES, ONE, "BULL × 0.75"),
    "recent": (RECENT, ONE, " × 0.4"),
    "all": (ALL, TWO, "BEAR × 0;"),
}
"""Each on an account of its own: how it sizes, who trades, and what its decisions then say."""


@cache
def samples() -> tuple[Series, ...]:
    return tuple(load_folder(ROOT / "tests" / "samples" / "bars"))


@cache
def outcomes() -> tuple[Configuration, Result]:
    """Return one run of the pipeline over all accounts."""
    made = configuration(samples(), {name: traded for name, (_, traded, _) in WAYS.items()})
    rules = tuple(replace(one, gates=replace(one.gates, sizing=WAYS[one.account][0])) for one in made.strategies)
    accounts = tuple(replace(one, limits=LIMITS, remembers=REMEMBERED) for one in made.accounts)
    made = replace(made, strategies=rules, accounts=accounts)
    return made, in_process(made, samples())


@pytest.mark.parametrize("name", WAYS)
def test_each_way_of_sizing_gives_the_same_lots_in_every_engine(name: str) -> None:
    """The words are there, and sizes are not the plain ones: what was to decide did decide."""
    made, expected = outcomes()
    own = replace(made, accounts=(made.account(name),))

    (found,) = compared(own, samples(), expected)

    rows = [one for record in expected.decisions for one in record.decisions if one.account == name]
    plain = Outcome(run(_plain(setup_of(own, samples(), name))))
    assert found.differences == []
    assert found.trips >= ENOUGH
    assert any(WAYS[name][2] in one.reason for one in rows if one.action in _ASKED)
    assert _entries(plain.orders) != _entries(one for one in expected.orders if one.account == name)


def _plain(setup: Setup) -> Setup:
    """Return the same backtest with every size plain."""
    at_work = [
        replace(one, rules=replace(one.rules, gates=replace(one.rules.gates, sizing=PLAIN))) for one in setup.at_work
    ]
    return replace(setup, at_work=at_work)


def _entries(orders: Iterable[Order]) -> dict[str, Decimal]:
    return {order.id: order.quantity for order in orders if order.leg is Leg.ENTRY}
