"""RSI Pullback Pro: buy the turn after a fall within an uptrend; risk a multiple of ATR, ask for a multiple of that.

Sources: the relative strength index and average true range are Wilder's (*New Concepts in Technical Trading Systems*,
1978); buying short-term weakness above the 200-day average follows Connors & Alvarez (*Short Term Trading Strategies
That Work*, 2008), and so does the exit on strength.
"""

from collections.abc import Mapping
from math import nan
from typing import NamedTuple

from tradewind.domain.errors import BadInputError
from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.averages import ema, volume_sma
from tradewind.indicators.momentum import rsi_dip
from tradewind.indicators.volatility import atr
from tradewind.strategies.base import Gate, GateKind, Parameter, Strategy, fill_parameters
from tradewind.strategies.common import CLOSE_LOCATION, HELD_TOO_LONG, VOLUME, closed_high, on_volume
from tradewind.strategies.rule import below, conclude, held_for, part

NAME = "rsi_pullback_pro"
VERSION = "1"
WILDER = "Wilder 1978"
CONNORS = "Connors & Alvarez 2008"


class Parameters(NamedTuple):
    """The strategy's numbers; `PARAMETERS` says what each means."""

    ema_fast: float
    ema_slow: float
    rsi_period: float
    pullback_level: float
    pullback_bars: float
    trigger_level: float
    exit_level: float
    atr_period: float
    minimum_atr: float
    maximum_atr: float
    stop_atr: float
    target_risk: float
    maximum_bars: float
    volume_bars: float
    volume_ratio: float
    close_location: float
    rsi_rise: float


PARAMETERS = (
    Parameter("ema_fast", 50, 2, 400, "bars", whole=True),
    Parameter("ema_slow", 200, 5, 1000, "bars", CONNORS, whole=True),
    Parameter("rsi_period", 7, 2, 50, "bars", f"{WILDER} (14); {CONNORS} (2 to 4)", whole=True),
    Parameter("pullback_level", 45, 1, 60, "RSI points"),
    Parameter("pullback_bars", 8, 1, 20, "bars", whole=True),
    Parameter("trigger_level", 55, 1, 70, "RSI points"),
    Parameter("exit_level", 85, 40, 99, "RSI points"),
    Parameter("atr_period", 14, 2, 100, "bars", WILDER, whole=True),
    Parameter("minimum_atr", 0.002, 0, 0.05, "of the close"),
    Parameter("maximum_atr", 0.06, 0.001, 0.15, "of the close"),
    Parameter("stop_atr", 2, 0.25, 6, "ATR", f"{WILDER} (about 3)"),
    Parameter("target_risk", 2, 0.25, 10, "times the risk"),
    Parameter("maximum_bars", 25, 1, 500, "bars", whole=True),
    Parameter("volume_bars", 20, 2, 200, "bars", whole=True),
    Parameter("volume_ratio", 1.0, 0, 10, "of its average"),
    Parameter("close_location", 0.6, 0, 1, "of the bar's range"),
    Parameter("rsi_rise", 15, 0, 50, "RSI points"),
)

GATES = (
    Gate("trend", ">", GateKind.REQUIRED, "quote currency"),
    Gate("pullback", "<", GateKind.REQUIRED, "RSI points"),
    Gate("armed", "<=", GateKind.REQUIRED, "RSI points"),
    Gate("trigger", ">", GateKind.REQUIRED, "RSI points"),
    Gate("volatility_floor", ">=", GateKind.REQUIRED, "of the close"),
    Gate("volatility_ceiling", "<=", GateKind.REQUIRED, "of the close"),
    Gate("fast_above_slow", ">", GateKind.CONFIRMING, "quote currency"),
    Gate("slow_rising", ">", GateKind.CONFIRMING, "quote currency a bar"),
    VOLUME,
    CLOSE_LOCATION,
    Gate("momentum", ">=", GateKind.CONFIRMING, "RSI points"),
    Gate("overbought", ">", GateKind.EXIT, "RSI points"),
    Gate("trend_lost", "<", GateKind.EXIT, "quote currency"),
    HELD_TOO_LONG,
)


class Values(NamedTuple):
    """One closed bar and every indicator after it."""

    open: float
    high: float
    low: float
    close: float
    volume: float
    ema_fast: float
    ema_slow: float
    rsi: float
    rsi_low: float
    atr: float
    volume_sma: float


def decide(now: Values, before: Values, position: PositionView, p: Parameters) -> Signal:
    """Judge one closed bar.

    Quality is the depth of the fall below the pullback level: 1 where the index fell to 0.

    Parameters
    ----------
    now, before : Values
        The closed bar and the one before it.
    position : PositionView
        What the strategy holds.
    p : Parameters

    Returns
    -------
    Signal
        With a stop `stop_atr` ATR below the close and a target `target_risk` times as far above it; both 0 until
        the ATR is warm.
    """
    risk = p.stop_atr * now.atr
    stop = below(now.close, risk)
    target = now.close + p.target_risk * risk if stop > 0.0 else 0.0
    depth = part(p.pullback_level - now.rsi_low, p.pullback_level, 0.0)
    return conclude(
        _required(now, before, p), _confirming(now, before, p), _exits(now, position, p), depth, stop, target
    )


def _required(now: Values, before: Values, p: Parameters) -> tuple[GateReading, ...]:
    """Read the gates without which nothing is entered: an uptrend, a fall in it, its turn, a usable volatility."""
    range_share = part(now.atr, now.close, nan)
    return (
        GateReading(now.close, now.ema_slow, now.close > now.ema_slow),
        GateReading(now.rsi_low, p.pullback_level, now.rsi_low < p.pullback_level),
        GateReading(before.rsi, p.trigger_level, before.rsi <= p.trigger_level),
        GateReading(now.rsi, p.trigger_level, now.rsi > p.trigger_level),
        GateReading(range_share, p.minimum_atr, range_share >= p.minimum_atr),
        GateReading(range_share, p.maximum_atr, range_share <= p.maximum_atr),
    )


def _confirming(now: Values, before: Values, p: Parameters) -> tuple[GateReading, ...]:
    """Read the gates that make a setup stronger."""
    slope = now.ema_slow - before.ema_slow
    rise = now.rsi - before.rsi
    return (
        GateReading(now.ema_fast, now.ema_slow, now.ema_fast > now.ema_slow),
        GateReading(slope, 0.0, slope > 0.0),
        on_volume(now, p.volume_ratio),
        closed_high(now, p.close_location),
        GateReading(rise, p.rsi_rise, rise >= p.rsi_rise),
    )


def _exits(now: Values, position: PositionView, p: Parameters) -> tuple[GateReading, ...]:
    """Read the gates that end a held position; without one none of them passes."""
    held = position.quantity > 0.0
    return (
        GateReading(now.rsi, p.exit_level, held and now.rsi > p.exit_level),
        GateReading(now.close, now.ema_slow, held and now.close < now.ema_slow),
        held_for(position, p.maximum_bars),
    )


def build(given: Mapping[str, float]) -> Strategy:
    """Build the strategy with some parameters given and the rest at their defaults.

    Raises
    ------
    BadInputError
        If a parameter is unknown or out of range, or two contradict each other.
    """
    p = Parameters(**fill_parameters(PARAMETERS, given, NAME))
    _check_order(p)
    return Strategy(
        name=NAME,
        version=VERSION,
        idea=(
            "In an uptrend, short falls are bought more often than they go on. Wait for one, and enter when it turns. "
            "Leave on strength, when the trend is lost, at the stop, at the target, or when time is up."
        ),
        parameters=p,
        declared=PARAMETERS,
        indicators=(
            ema(p.ema_fast, "ema_fast"),
            ema(p.ema_slow, "ema_slow"),
            rsi_dip(p.rsi_period, p.pullback_bars),
            atr(p.atr_period),
            volume_sma(p.volume_bars),
        ),
        values=Values,
        gates=GATES,
        exit_reasons=("SIGNAL", "SIGNAL", "TIME"),
        decide=decide,
    )


def _check_order(p: Parameters) -> None:
    for smaller, larger in (
        ("ema_fast", "ema_slow"),
        ("pullback_level", "trigger_level"),
        ("trigger_level", "exit_level"),
        ("minimum_atr", "maximum_atr"),
    ):
        if getattr(p, smaller) >= getattr(p, larger):
            raise BadInputError(
                f"strategy {NAME}: {smaller} = {getattr(p, smaller)} must be below {larger} = {getattr(p, larger)}"
            )


STRATEGY = build
