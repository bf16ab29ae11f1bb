"""Claude Quantum Oscillator: five oscillators as one state, trusted as far as they agree.

Each oscillator says where the price stands between −1 (sold out) and 1 (bought up). Their mean is the state; how little
they differ is its coherence. "Quantum" is an image and no physics: a superposition that is read only where its parts
agree.

Sources: Bates & Granger, "The Combination of Forecasts", *Operational Research Quarterly* 20 (1969), and Timmermann,
*Handbook of Economic Forecasting* (2006), for why a mean of judgements errs less than one of them; Wilder 1978 (RSI);
Lane 1984 (stochastic); Lambert 1980 (CCI); Quong & Soudack 1989 (money flow); Williams 1979 (%R); Jegadeesh, *Journal
of Finance* 45 (1990), for short reversals.
"""

from typing import Any

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.averages import ema, volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.higher import higher
from tradewind.indicators.momentum import NEUTRAL, rsi, stochastic
from tradewind.indicators.oscillators import cci, mfi, williams_r
from tradewind.indicators.volatility import atr
from tradewind.strategies.base import Gate, GateKind, Parameter
from tradewind.strategies.common import (
    CLOSE_LOCATION,
    HELD_TOO_LONG,
    ROI,
    VOLUME,
    closed_high,
    on_volume,
    roi_contradiction,
    roi_of,
    roi_parameters,
)
from tradewind.strategies.rule import Rule, below, conclude, held_for, part

PERIOD = "Wilder 1978"


class QuantumOscillator(Rule):
    """One oscillator errs often; five of different making rarely err alike.

    Where they agree that the price is sold out within a rising market, and their common state turns up, the fall is
    more often over than not. What comes back soon is taken by a table of returns; what does not is left by time.
    """

    parameters = (
        Parameter("period", 14, 3, 60, "bars", PERIOD, whole=True),
        Parameter("sold_out", -0.35, -0.95, 0, "of the state's range"),
        Parameter("bought_up", 0.65, 0.05, 0.95, "of the state's range"),
        Parameter("coherence", 0.6, 0, 1, "share"),
        Parameter("turn", 0.1, 0, 1, "of the state's range"),
        Parameter("trend", 200, 20, 240, "bars", whole=True),
        Parameter("atr_period", 14, 2, 100, "bars", PERIOD, whole=True),
        Parameter("stop_atr", 2.5, 0.25, 8, "ATR"),
        Parameter("target_risk", 2, 0.25, 10, "times the risk"),
        Parameter("volume_bars", 20, 2, 200, "bars", whole=True),
        Parameter("volume_ratio", 1, 0, 10, "of its average"),
        Parameter("close_location", 0.6, 0, 1, "of the bar's range"),
        *roi_parameters(0.12, 10, 0.06, 20, 0.02),
        Parameter("maximum_bars", 30, 1, 500, "bars", whole=True),
    )
    gates = (
        Gate("sold_out", "<=", GateKind.REQUIRED, "of the state's range"),
        Gate("turned", ">=", GateKind.REQUIRED, "of the state's range"),
        Gate("coherent", ">=", GateKind.REQUIRED, "share"),
        Gate("trend", ">", GateKind.REQUIRED, "quote currency"),
        Gate("trend_rising", ">", GateKind.CONFIRMING, "quote currency a bar"),
        Gate("money_flow", ">", GateKind.CONFIRMING, "MFI points"),
        Gate("crossed", ">", GateKind.CONFIRMING, "stochastic points"),
        VOLUME,
        CLOSE_LOCATION,
        Gate("higher_momentum", ">", GateKind.CONFIRMING, "RSI points"),
        Gate("bought_up", ">=", GateKind.EXIT, "of the state's range"),
        ROI,
        HELD_TOO_LONG,
    )
    exits = ("SIGNAL", "ROI", "TIME")

    @staticmethod
    def indicators(p: Any) -> tuple[Indicator, ...]:
        return (
            rsi(p.period),
            stochastic(p.period, 3, 3),
            cci(p.period),
            mfi(p.period),
            williams_r(p.period),
            ema(p.trend, "trend"),
            atr(p.atr_period),
            volume_sma(p.volume_bars),
            higher(4, rsi(14, "higher_rsi")),
        )

    @staticmethod
    def contradiction(p: Any) -> str:
        return roi_contradiction(p)

    @staticmethod
    def decide(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        """Judge one closed bar; quality is how far below the level the state was."""
        state, earlier = state_of(now), state_of(before)
        agreement = coherence_of(before)
        required = (
            GateReading(earlier, p.sold_out, earlier <= p.sold_out),
            GateReading(state - earlier, p.turn, state - earlier >= p.turn),
            GateReading(agreement, p.coherence, agreement >= p.coherence),
            GateReading(now.close, now.trend, now.close > now.trend),
        )
        slope = now.trend - before.trend
        confirming = (
            GateReading(slope, 0.0, slope > 0.0),
            GateReading(now.mfi, before.mfi, now.mfi > before.mfi),
            GateReading(now.percent_k, now.percent_d, now.percent_k > now.percent_d),
            on_volume(now, p.volume_ratio),
            closed_high(now, p.close_location),
            GateReading(now.higher_rsi, NEUTRAL, now.higher_rsi > NEUTRAL),
        )
        exits = (
            GateReading(state, p.bought_up, position.quantity > 0.0 and state >= p.bought_up),
            roi_of(now.close, position, p),
            held_for(position, p.maximum_bars),
        )
        risk = p.stop_atr * now.atr
        quality = part(p.sold_out - earlier, 1.0 + p.sold_out, 0.0)
        return conclude(required, confirming, exits, quality, below(now.close, risk), now.close + p.target_risk * risk)


def amplitude(value: float, low: float, high: float) -> float:
    """Return where a value stands between −1 at `low` and 1 at `high`, cut off beyond them; NaN stays NaN."""
    at = 2.0 * (value - low) / (high - low) - 1.0
    if at > 1.0:
        return 1.0
    return -1.0 if at < -1.0 else at


def state_of(bar: Any) -> float:
    """Return the mean of the five oscillators, −1 to 1."""
    return 0.2 * (
        amplitude(bar.rsi, 20.0, 80.0)
        + amplitude(bar.percent_k, 0.0, 100.0)
        + amplitude(bar.cci, -200.0, 200.0)
        + amplitude(bar.mfi, 10.0, 90.0)
        + amplitude(bar.williams_r, -100.0, 0.0)
    )


def coherence_of(bar: Any) -> float:
    """Return 1 where the five oscillators say the same, and less by their mean distance from the state."""
    state = state_of(bar)
    return 1.0 - 0.2 * (
        apart(amplitude(bar.rsi, 20.0, 80.0), state)
        + apart(amplitude(bar.percent_k, 0.0, 100.0), state)
        + apart(amplitude(bar.cci, -200.0, 200.0), state)
        + apart(amplitude(bar.mfi, 10.0, 90.0), state)
        + apart(amplitude(bar.williams_r, -100.0, 0.0), state)
    )


def apart(one: float, other: float) -> float:
    """Return how far two numbers lie apart."""
    return one - other if one > other else other - one
