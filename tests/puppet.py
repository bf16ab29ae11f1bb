"""A strategy that does as a bar tells it, so that a test can ask for anything at any bar.

A bar's volume is the strength that the rule shows, in per mille; what lies above a thousand is an order of its own.
"""

from collections.abc import Sequence
from math import nan
from typing import NamedTuple

from tests.builders import PAPER, STRATEGY
from tradewind.application.desk import AtWork
from tradewind.domain.configuration import Gates, StrategyRules
from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.domain.timeframe import Timeframe
from tradewind.indicators.base import State
from tradewind.strategies.base import Gate, GateKind, Indicator, Strategy

LEAVE = 2_000.0
BREAK = 3_000.0
SHOW_NAN = 4_000.0
NO_STOP = 5_000.0
LEAVE_BY_NO_NAME = 6_000.0
STOP_NOWHERE = 7_000.0
FORGET_GATES = 8_000.0
BREAK_INDICATOR = 9_000.0

WARMUP = 2
OPEN_GATES = Gates(0.6, 0)


class Values(NamedTuple):
    open: float
    high: float
    low: float
    close: float
    volume: float
    sum_of_closes: float


class Parameters(NamedTuple):
    scale: float


def add_close(s: State, ts: float, o: float, h: float, low: float, close: float, volume: float) -> None:
    if volume == BREAK_INDICATOR:
        raise ZeroDivisionError("told to")
    s[0] = s[1] = s[1] * 1.000001 + close


def decide(now: Values, before: Values, position: PositionView, p: Parameters) -> Signal:
    order = now.volume
    if order == BREAK:
        raise ValueError("told to")
    strength = order / 1000 if order <= 1000 else 0.9
    gates = (
        GateReading(now.close, 1.0, now.close > 1.0),
        GateReading(now.sum_of_closes, 0.0, now.close > now.open),
    )
    return Signal(
        nan if order == SHOW_NAN else strength,
        {NO_STOP: 0.0, STOP_NOWHERE: nan}.get(order, now.close * 0.95 * p.scale),
        now.close * 1.1,
        {LEAVE: 1, LEAVE_BY_NO_NAME: 9}.get(order, 0),
        gates[:1] if order == FORGET_GATES else gates,
    )


def puppet(name: str = STRATEGY) -> Strategy:
    return Strategy(
        name=name,
        version="1",
        idea="Do as told.",
        parameters=Parameters(1.0),
        declared=(),
        indicators=(Indicator(add_close, ("sum_of_closes",), (0.0,), WARMUP),),
        values=Values,
        gates=(
            Gate("listed", ">", GateKind.REQUIRED),
            Gate("rising", ">", GateKind.CONFIRMING),
        ),
        exit_reasons=("TOLD",),
        decide=decide,
    )


def at_work(name: str = STRATEGY, account: str = PAPER, gates: Gates = OPEN_GATES) -> AtWork:
    rules = StrategyRules(name, account, Timeframe.D1, {}, gates)
    return AtWork(f"{account}/{name}", rules, puppet(name))


def code(every: Sequence[AtWork]) -> dict[str, str]:
    return {one.key: "abc" for one in every}
