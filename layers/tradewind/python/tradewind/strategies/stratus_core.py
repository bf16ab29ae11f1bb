"""Stratus Core Neural Engine: a small network's score of the present, bought when it is high and confirmed.

The network reads twelve features, has one hidden layer, and uses only +, −, × and ÷, so that it scores alike on every
processor. Its weights are numbers in `stratus_core_model`, written by `tradewind strategy train`: train your own on
your own bars, and the next deploy ships it. The account's gate on a model's confidence applies to the score.

Sources: Gu, Kelly & Xiu, "Empirical Asset Pricing via Machine Learning", *Review of Financial Studies* 33 (2020), for
shallow networks as the ones that do best on so little signal; López de Prado, *Advances in Financial Machine Learning*
(2018), for labels by the barrier that is reached first; Bergstra et al. (2009) for the softsign.
"""

from typing import Any

from tradewind.domain.signal import GateReading, PositionView, Signal
from tradewind.indicators.averages import ema, volume_sma
from tradewind.indicators.base import Indicator
from tradewind.indicators.higher import higher
from tradewind.indicators.momentum import NEUTRAL, rsi
from tradewind.indicators.trend import adx, macd
from tradewind.indicators.volatility import atr, bollinger
from tradewind.strategies.base import Gate, GateKind, Parameter
from tradewind.strategies.common import HELD_TOO_LONG, VOLUME, on_volume
from tradewind.strategies.rule import Rule, below, conclude, held_for, part
from tradewind.strategies.stratus_core_model import WEIGHTS

FEATURES = 12
HIDDEN = 6


class StratusCore(Rule):
    """A network that has seen which bars were followed by a rise scores how much the present one resembles them.

    A score is believed only where trend, momentum and volume do not contradict it. The stop and the target lie where
    the labels had their barriers, so that what was learnt is what is traded.
    """

    parameters = (
        Parameter("score_level", 0.55, 0.4, 0.95, "probability"),
        Parameter("exit_level", 0.4, 0.05, 0.6, "probability"),
        Parameter("maximum_atr", 0.08, 0.001, 0.5, "of the close"),
        Parameter("stretched", 6, 1, 30, "ATR"),
        Parameter("stop_atr", 2, 0.25, 8, "ATR", "as labelled"),
        Parameter("target_atr", 3, 0.25, 20, "ATR", "as labelled"),
        Parameter("volume_ratio", 0.8, 0, 10, "of its average"),
        Parameter("maximum_bars", 20, 1, 500, "bars", "as labelled", whole=True),
    )
    gates = (
        Gate("score", ">=", GateKind.REQUIRED, "probability"),
        Gate("calm_enough", "<=", GateKind.REQUIRED, "of the close"),
        Gate("not_stretched", "<=", GateKind.REQUIRED, "ATR"),
        Gate("trend", ">", GateKind.CONFIRMING, "quote currency"),
        Gate("momentum", ">", GateKind.CONFIRMING, "quote currency"),
        VOLUME,
        Gate("directed", ">", GateKind.CONFIRMING, "DI points"),
        Gate("score_rising", ">", GateKind.CONFIRMING, "probability"),
        Gate("higher_momentum", ">", GateKind.CONFIRMING, "RSI points"),
        Gate("score_lost", "<=", GateKind.EXIT, "probability"),
        HELD_TOO_LONG,
    )
    exits = ("SIGNAL", "TIME")
    has_model = True

    @staticmethod
    def indicators(p: Any) -> tuple[Indicator, ...]:
        return (
            ema(10, "fast"),
            ema(50, "slow"),
            ema(200, "trend"),
            rsi(14),
            bollinger(20, 2),
            atr(14),
            atr(100, "usual_atr"),
            adx(14),
            macd(12, 26, 9),
            volume_sma(20),
            higher(4, rsi(14, "higher_rsi")),
        )

    @staticmethod
    def contradiction(p: Any) -> str:
        if p.exit_level < p.score_level:
            return ""
        return f"exit_level = {p.exit_level} must be below score_level = {p.score_level}"

    @staticmethod
    def decide(now: Any, before: Any, position: PositionView, p: Any) -> Signal:
        """Judge one closed bar; quality is how far the score lies above even chances."""
        chance, earlier = score(features(now, before), WEIGHTS), score(features(before, before), WEIGHTS)
        share, stretch = part(now.atr, now.close, 1.0), part(now.close - now.slow, now.atr, 0.0)
        required = (
            GateReading(chance, p.score_level, chance >= p.score_level),
            GateReading(share, p.maximum_atr, share <= p.maximum_atr),
            GateReading(stretch, p.stretched, stretch <= p.stretched),
        )
        confirming = (
            GateReading(now.close, now.trend, now.close > now.trend),
            GateReading(now.hist, 0.0, now.hist > 0.0),
            on_volume(now, p.volume_ratio),
            GateReading(now.plus_di, now.minus_di, now.plus_di > now.minus_di),
            GateReading(chance, earlier, chance > earlier),
            GateReading(now.higher_rsi, NEUTRAL, now.higher_rsi > NEUTRAL),
        )
        exits = (
            GateReading(chance, p.exit_level, position.quantity > 0.0 and chance <= p.exit_level),
            held_for(position, p.maximum_bars),
        )
        stop, target = below(now.close, p.stop_atr * now.atr), now.close + p.target_atr * now.atr
        said = conclude(required, confirming, exits, 2.0 * chance - 1.0, stop, target)
        return Signal(said.strength, said.stop, said.target, said.exit_reason, said.gates, chance)


def features(now: Any, before: Any) -> tuple[float, ...]:
    """Return what the network reads of a bar, each squeezed into −1 to 1; NaN until every indicator is warm."""
    unit = now.atr if now.atr > 0.0 else 1.0
    spread = now.upper - now.lower
    return (
        softsign((now.close - before.close) / unit),
        softsign((now.close - now.fast) / unit),
        softsign((now.close - now.slow) / unit),
        softsign((now.close - now.trend) / (4.0 * unit)),
        now.rsi / NEUTRAL - 1.0,
        softsign(4.0 * part(now.close - now.middle, spread, 0.0)),
        softsign(4.0 * (part(now.atr, now.usual_atr, 1.0) - 1.0)),
        softsign((now.adx - 25.0) / 10.0),
        softsign((now.plus_di - now.minus_di) / 20.0),
        softsign(part(now.volume, now.volume_sma, 1.0) - 1.0),
        softsign(4.0 * now.hist / unit),
        2.0 * part(now.close - now.low, now.high - now.low, 0.5) - 1.0,
    )


def score(inputs: tuple[float, ...], weights: tuple[float, ...]) -> float:
    """Return the network's probability.

    Parameters
    ----------
    inputs : tuple of float
        `FEATURES` numbers.
    weights : tuple of float
        For each of `HIDDEN` units its bias, a weight an input, and its weight in the output; last the output's bias.
    """
    total = weights[HIDDEN * (FEATURES + 2)]
    for unit in range(HIDDEN):
        at = unit * (FEATURES + 2)
        inner = weights[at]
        for place in range(FEATURES):
            inner += weights[at + 1 + place] * inputs[place]
        total += weights[at + 1 + FEATURES] * softsign(inner)
    return 0.5 + 0.5 * softsign(total)


def softsign(value: float) -> float:
    """Squeeze a number into −1 to 1."""
    return value / (1.0 + value) if value >= 0.0 else value / (1.0 - value)
