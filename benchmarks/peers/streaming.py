# /// script
# requires-python = ">=3.13,<3.14"
# dependencies = [
#     "numpy>=2.2",
#     "pandas>=2.3",
#     "ta-lib>=0.8",
#     "talipp>=2.7",
# ]
# ///
"""What eight indicators cost a bar: ours interpreted, talipp, TA-Lib's stream handles, and pandas over a window.

Run as a script in an environment of its own (`uv run --script`), so that no peer is a dependency of the product; the
first argument is where our package lies. Ours imports nothing but the standard library. Everything is measured in one
process, in turns, and the best of several turns counts. Prints `{name: microseconds a bar}` and, under `apart`, the
largest relative difference between our values and TA-Lib's after the last bar.
"""

import json
import random
import sys
import time
from typing import Any, Protocol

import numpy as np
import pandas as pd
from talib import stream
from talipp import indicators as peer
from talipp.ohlcv import OHLCV

sys.path.insert(0, sys.argv[1])

from tradewind.indicators.averages import ema
from tradewind.indicators.momentum import rsi, stochastic
from tradewind.indicators.trend import adx, macd
from tradewind.indicators.volatility import atr, bollinger

type Row = tuple[float, float, float, float, float, float]

WARM, COUNT, WINDOW = 500, 10_000, 200
TURNS = {"ours": 30, "talib": 30, "talipp": 5, "pandas": 2}
WINDOW_COUNT = 60


def walk(count: int) -> list[Row]:
    """Return a seeded random walk of bars."""
    chance = random.Random(42)
    rows, close = [], 100.0
    for number in range(count):
        open_ = close
        close = open_ * (1 + chance.gauss(0, 0.01))
        high = max(open_, close) * (1 + abs(chance.gauss(0, 0.003)))
        low = min(open_, close) * (1 - abs(chance.gauss(0, 0.003)))
        rows.append((number * 60_000.0, open_, high, low, close, chance.lognormvariate(10, 1)))
    return rows


DECLARED = (rsi(14), ema(20), ema(200), bollinger(20, 2), macd(12, 26, 9), atr(14), adx(14), stochastic(14, 3, 3))


class Contender(Protocol):
    """What is measured: it takes its history in when it is made."""

    def run(self, rows: list[Row]) -> None:
        """Advance over rows."""


class Ours:
    """The kernels in a loop, as a strategy runs them."""

    def __init__(self, history: list[Row]) -> None:
        self.steps = [(one.kernel, one.new_state()) for one in DECLARED]
        self.run(history)

    def run(self, rows: list[Row]) -> None:
        """Advance over rows."""
        for ts, open_, high, low, close, volume in rows:
            for kernel, state in self.steps:
                kernel(state, ts, open_, high, low, close, volume)

    def values(self) -> list[float]:
        """Return every output."""
        return [
            value for one, (_, state) in zip(DECLARED, self.steps, strict=True) for value in state[: len(one.outputs)]
        ]


class TaLib:
    """TA-Lib's stream handles, which keep their state in C."""

    def __init__(self, history: list[Row]) -> None:
        _, _, high, low, close, _ = (np.array(column) for column in zip(*history, strict=True))
        self.of_close: list[Any] = [
            stream.RSI(close, 14), stream.EMA(close, 20), stream.EMA(close, 200),
            stream.BBANDS(close, 20, 2, 2), stream.MACD(close, 12, 26, 9),
        ]  # fmt: skip
        self.of_bar: list[Any] = [
            stream.ATR(high, low, close, 14), stream.ADX(high, low, close, 14),
            stream.PLUS_DI(high, low, close, 14), stream.MINUS_DI(high, low, close, 14),
            stream.STOCH(high, low, close, 14, 3, 0, 3, 0),
        ]  # fmt: skip

    def run(self, rows: list[Row]) -> None:
        """Advance over rows."""
        for _, _, high, low, close, _ in rows:
            for handle in self.of_close:
                handle.update(close)
            for handle in self.of_bar:
                handle.update(high, low, close)

    def values(self) -> list[float]:
        """Return every output."""
        values: list[float] = []
        for handle in (*self.of_close, *self.of_bar):
            values += handle.value if isinstance(handle.value, tuple) else (handle.value,)
        return values


class Talipp:
    """talipp's incremental indicators; they may grow, since purging what is old costs more than the indicators."""

    def __init__(self, history: list[Row]) -> None:
        self.of_close = [peer.RSI(14), peer.EMA(20), peer.EMA(200), peer.BB(20, 2), peer.MACD(12, 26, 9)]
        self.of_bar = [peer.ATR(14), peer.ADX(14, 14), peer.Stoch(14, 3)]
        self.run(history)

    def run(self, rows: list[Row]) -> None:
        """Advance over rows."""
        for _, open_, high, low, close, volume in rows:
            for one in self.of_close:
                one.add(close)
            bar = OHLCV(open_, high, low, close, volume)
            for one in self.of_bar:
                one.add(bar)


def pandas_window(rows: list[Row]) -> None:
    """Compute every indicator's latest value over a window of bars, as polling bots do."""
    frame = pd.DataFrame(rows, columns=["ts", "open", "high", "low", "close", "volume"])
    close, high, low = frame["close"], frame["high"], frame["low"]
    change = close.diff()
    gain, loss = (side.ewm(alpha=1 / 14, adjust=False).mean() for side in (change.clip(lower=0), -change.clip(upper=0)))
    _ = (100 - 100 / (1 + gain / loss)).iloc[-1]
    for period in (20, 200):
        _ = close.ewm(span=period, adjust=False).mean().iloc[-1]
    middle, spread = close.rolling(20).mean(), close.rolling(20).std(ddof=0)
    _ = (middle + 2 * spread).iloc[-1], (middle - 2 * spread).iloc[-1]
    line = close.ewm(span=12, adjust=False).mean() - close.ewm(span=26, adjust=False).mean()
    _ = (line - line.ewm(span=9, adjust=False).mean()).iloc[-1]
    before = close.shift()
    span = pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)
    average = span.ewm(alpha=1 / 14, adjust=False).mean()
    up, down = high.diff(), -low.diff()
    plus = 100 * up.where((up > down) & (up > 0), 0.0).ewm(alpha=1 / 14, adjust=False).mean() / average
    minus = 100 * down.where((down > up) & (down > 0), 0.0).ewm(alpha=1 / 14, adjust=False).mean() / average
    _ = (100 * (plus - minus).abs() / (plus + minus)).ewm(alpha=1 / 14, adjust=False).mean().iloc[-1]
    lowest, highest = low.rolling(14).min(), high.rolling(14).max()
    slow = (100 * (close - lowest) / (highest - lowest)).rolling(3).mean()
    _ = slow.rolling(3).mean().iloc[-1]


class Pandas:
    """The same numbers computed anew over the latest bars at every bar."""

    def __init__(self, history: list[Row]) -> None:
        self.rows = history[-WINDOW:]

    def run(self, rows: list[Row]) -> None:
        """Advance over rows."""
        for row in rows:
            self.rows = [*self.rows[1:], row]
            pandas_window(self.rows)


def measure() -> dict[str, float]:
    """Return microseconds a bar of each, the best of several turns."""
    rows = walk(WARM + COUNT)
    history, rest = rows[:WARM], rows[WARM:]
    contenders: dict[str, Any] = {"ours": Ours, "talib": TaLib, "talipp": Talipp, "pandas": Pandas}
    best: dict[str, float] = {}
    for turn in range(max(TURNS.values())):
        for name, kind in contenders.items():
            if turn >= TURNS[name]:
                continue
            chosen = rest[:WINDOW_COUNT] if name == "pandas" else rest
            one: Contender = kind(history)
            begun = time.process_time()
            one.run(chosen)
            spent = (time.process_time() - begun) / len(chosen) * 1e6
            best[name] = min(spent, best.get(name, spent))
    return best


def apart() -> float:
    """Return the largest relative difference between our values and TA-Lib's after the same bars."""
    rows = walk(WARM + COUNT)
    ours, theirs = Ours(rows), TaLib(rows[:WARM])
    theirs.run(rows[WARM:])
    return max(abs(a - b) / abs(b) for a, b in zip(ours.values(), theirs.values(), strict=True))


if __name__ == "__main__":
    print(json.dumps({**measure(), "apart": apart()}))
