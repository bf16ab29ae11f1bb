"""Train the network of Stratus Core: features of its own rule, labels by the barrier that is reached first.

Plain gradient descent over all bars at once, from a seed, so that the same bars give the same weights. Source of the
labels: López de Prado, *Advances in Financial Machine Learning* (2018), chapter 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tradewind.domain.bar import Bar
from tradewind.strategies.rule import built
from tradewind.strategies.stratus_core import FEATURES, HIDDEN, StratusCore, features

type Times = np.ndarray[Any, np.dtype[np.int64]]
type Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Sample:
    """What can be learnt from: a row a bar.

    Attributes
    ----------
    ts, known : int64, shape (n,)
        `ts_close` of the bar, and of the bar after which its label is known.
    inputs : float64, shape (n, FEATURES)
    labels : float64, shape (n,)
        1 where the upper barrier came first, or time ended above the close; else 0.
    """

    ts: Times
    known: Times
    inputs: Floats
    labels: Floats

    def __add__(self, other: "Sample") -> "Sample":
        return Sample(
            np.concatenate([self.ts, other.ts]),
            np.concatenate([self.known, other.known]),
            np.concatenate([self.inputs, other.inputs]),
            np.concatenate([self.labels, other.labels]),
        )

    def until(self, ts: int) -> "Sample":
        """Return the rows whose outcome was known at a time: none of them looks beyond it."""
        return self._where(self.known <= ts)

    def after(self, ts: int) -> "Sample":
        """Return the rows after a time."""
        return self._where(self.ts > ts)

    def _where(self, chosen: Any) -> "Sample":
        return Sample(self.ts[chosen], self.known[chosen], self.inputs[chosen], self.labels[chosen])


def sample_of(bars: Sequence[Bar]) -> Sample:
    """Return every bar of one instrument that is warm and whose outcome is known."""
    strategy = built(StratusCore, {}, "stratus_core")
    p, state = strategy.parameters, strategy.new_state()
    rows: list[tuple[int, int, tuple[float, ...], float]] = []
    for at, bar in enumerate(bars):
        strategy.advance(state, bar)
        ahead = bars[at + 1 : at + 1 + int(p.maximum_bars)]
        if at < strategy.warmup or len(ahead) < p.maximum_bars:
            continue
        now, before = strategy.values(*state[2]), strategy.values(*state[1])
        levels = now.close - p.stop_atr * now.atr, now.close + p.target_atr * now.atr
        rows.append((bar.ts_close, ahead[-1].ts_close, features(now, before), _outcome(ahead, now.close, *levels)))
    if not rows:
        return Sample(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, FEATURES)), np.empty(0))
    times, known, inputs, labels = zip(*rows, strict=True)
    return Sample(np.array(times, np.int64), np.array(known, np.int64), np.array(inputs), np.array(labels))


def _outcome(ahead: Sequence[Bar], close: float, lower: float, upper: float) -> float:
    for bar in ahead:
        if bar.low <= lower:  # the worse first, as fills have it
            return 0.0
        if bar.high >= upper:
            return 1.0
    return 1.0 if ahead[-1].close > close else 0.0


def fit(sample: Sample, seed: int = 1, rounds: int = 500, rate: float = 0.5, decay: float = 1e-2) -> list[float]:
    """Return the weights, laid out as `strategies.stratus_core.score` reads them.

    Parameters
    ----------
    rounds : int
        Steps of descent on the squared error of the probability, with momentum.
    decay : float
        Share of each weight that its square costs.
    """
    chance = np.random.default_rng(seed)
    inner = chance.normal(0, 0.5, (FEATURES + 1, HIDDEN))
    outer = chance.normal(0, 0.3, HIDDEN + 1)
    inputs = np.column_stack([np.ones(len(sample.labels)), sample.inputs])
    pace = [np.zeros_like(inner), np.zeros_like(outer)]
    for _ in range(rounds):
        slopes = _slopes(inputs, sample.labels, inner, outer)
        for weights, speed, slope in zip((inner, outer), pace, slopes, strict=True):
            speed[...] = 0.9 * speed - rate * (slope + decay * weights)
            weights[...] = weights + speed
    flat = [number for unit in range(HIDDEN) for number in (*inner[:, unit], outer[unit + 1])]
    return [round(float(number), 6) for number in (*flat, outer[0])]


def _slopes(inputs: Floats, labels: Floats, inner: Floats, outer: Floats) -> tuple[Floats, Floats]:
    before = inputs @ inner
    units = before / (1 + np.abs(before))
    total = outer[0] + units @ outer[1:]
    chance = 0.5 + 0.5 * total / (1 + np.abs(total))
    error = (chance - labels) / (1 + np.abs(total)) ** 2 / len(labels)
    back = np.outer(error, outer[1:]) / (1 + np.abs(before)) ** 2
    return inputs.T @ back, np.concatenate([[error.sum()], units.T @ error])


def judge(sample: Sample, weights: Sequence[float]) -> dict[str, float]:
    """Return rows, share of rises, Brier score, that of always saying the share, and rises among the best fifth."""
    inner = np.array(weights[:-1]).reshape(HIDDEN, FEATURES + 2)
    before = inner[:, 0] + sample.inputs @ inner[:, 1:-1].T
    total = weights[-1] + (before / (1 + np.abs(before))) @ inner[:, -1]
    chance = 0.5 + 0.5 * total / (1 + np.abs(total))
    share = float(sample.labels.mean())
    high = chance >= np.quantile(chance, 0.8)
    return {
        "rows": len(sample.labels),
        "rises": share,
        "brier": float(((chance - sample.labels) ** 2).mean()),
        "brier_of_the_share": share * (1 - share),
        "rises_in_the_best_fifth": float(sample.labels[high].mean()),
    }


def module_text(weights: Sequence[float], trained_on: str) -> str:
    """Return the module that ships the weights."""
    rows = "\n".join(f"    {', '.join(map(str, weights[at : at + 7]))}," for at in range(0, len(weights), 7))
    return (
        '"""Weights of Stratus Core\'s network, written by `tradewind strategy train`."""\n\n'
        f'TRAINED_ON = "{trained_on}"\n\n'
        f"# fmt: off\nWEIGHTS = (\n{rows}\n)\n# fmt: on\n"
    )
