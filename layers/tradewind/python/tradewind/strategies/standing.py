"""What stands beside every strategy's own gates: the model's confidence, Stratus Brain's veto, and the regime.

The registry puts it there, so that every decision of every strategy carries them, a user's own included.
"""

from collections import namedtuple
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import cache
from math import nan
from typing import Any, cast

from tradewind.domain.configuration import Gates
from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.domain.sizing import Method, Sizing
from tradewind.indicators.regime import regime
from tradewind.indicators.volatility import atr
from tradewind.strategies.base import Gate, GateKind, Strategy
from tradewind.strategies.stratus_brain import named, unopposed

STANDING = (
    Gate("ml_confidence", ">=", GateKind.REQUIRED, "probability"),
    Gate("brain", ">=", GateKind.REQUIRED, "chance of up less chance of down"),
    Gate("regime", "=", GateKind.RECORDED, "1 quiet, 2 bull, 3 bear, 4 turbulent"),
)

REGIME = STANDING[-1].name

SPAN = Gate("atr_span", ">=", GateKind.RECORDED, "quote currency")
"""What an entry is sized by where volatility decides, against how far its stop is away; there only where it does."""

_VALUES = ("brain_regime", "brain_state", "brain_edge", "brain_edge_error", "brain_samples")


def attended(strategy: Strategy, gates: Gates) -> Strategy:
    """Return a strategy with the standing gates behind its own."""
    p = strategy.parameters
    longer = _longer(cast("Hashable", type(p)), ("ml_confidence",))
    made = replace(
        strategy,
        parameters=longer(*p, gates.ml_confidence),
        indicators=(*strategy.indicators, regime()),
        values=_longer(cast("Hashable", strategy.values), _VALUES),
        gates=(*strategy.gates, *STANDING),
        decide=_attended(strategy.decide, has_model=strategy.has_model),
    )
    return _measured(made, gates.sizing) if gates.sizing.method is Method.VOLATILITY else made


def _measured(strategy: Strategy, sizing: Sizing) -> Strategy:
    """Return a strategy that tells on every bar what an entry would be sized by.

    Its parameters have the range's length too, which the rule needs not: no state may go on from one of another length.
    """
    p, more = strategy.parameters, ("sizing_multiple", "sizing_bars")
    return replace(
        strategy,
        parameters=_longer(cast("Hashable", type(p)), more)(*p, sizing.atr_multiple, float(sizing.atr_bars)),
        indicators=(*strategy.indicators, atr(sizing.atr_bars, "sizing_atr")),
        values=_longer(cast("Hashable", strategy.values), ("sizing_atr",)),
        gates=(*strategy.gates, SPAN),
        decide=_spanned(strategy.decide),
    )


@cache
def _longer(row: Hashable, names: Sequence[str]) -> Any:
    """Return a NamedTuple class with more fields; the same one every time, so that a rule is compiled once."""
    shorter: Any = row
    made: Any = namedtuple(shorter.__name__, (*shorter._fields, *names))  # type: ignore[misc] # noqa: PYI024
    return made


@cache
def _attended(decide: Callable[..., Signal], *, has_model: bool) -> Callable[..., Signal]:
    """Return the one rule that asks a strategy's own and adds the standing gates."""

    def judge(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        return beside(decide(now, before, position, p), nan, now, p)

    def judge_with_model(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        signal = decide(now, before, position, p)
        return beside(signal, signal.confidence, now, p)

    chosen = judge_with_model if has_model else judge
    chosen.__module__ = decide.__module__
    return chosen


@cache
def _spanned(decide: Callable[..., Signal]) -> Callable[..., Signal]:
    """Return the one rule that asks another and adds what an entry would be sized by."""

    def judge(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        return with_span(decide(now, before, position, p), now, p)

    judge.__module__ = decide.__module__
    return judge


def with_span(signal: Signal, now: Any, p: Any) -> Signal:
    """Return a signal with some average true ranges behind its gates, against the distance to its stop."""
    span, distance = p.sizing_multiple * now.sizing_atr, now.close - signal.stop if signal.stop > 0.0 else 0.0
    reading = (GateReading(span, distance, span >= distance),)
    return Signal(signal.strength, signal.stop, signal.target, signal.exit_reason, signal.gates + reading)


def beside(signal: Signal, confidence: float, now: Any, p: Any) -> Signal:
    """Return a signal with the readings of the standing gates behind its own."""
    standing = (
        confident(confidence, p.ml_confidence),
        unopposed(now.brain_edge, now.brain_edge_error, now.brain_samples),
        named(now.brain_regime),
    )
    return Signal(signal.strength, signal.stop, signal.target, signal.exit_reason, signal.gates + standing)


def confident(confidence: float, least: float) -> GateReading:
    """Read a model's confidence; without a model the gate does not apply, passes and reads NaN."""
    return GateReading(confidence, least, not confidence < least)
