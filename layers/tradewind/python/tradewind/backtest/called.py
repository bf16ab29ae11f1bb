"""Rules that are called as they are, between compiled indicators and the compiled walk.

A rule says of many bars at once what it says, as long as it neither asks to enter nor leaves: the walk asks so, and
goes on alone through all of them.
"""

from collections.abc import Iterable, Sequence
from ctypes import CFUNCTYPE, c_double, c_int64, c_void_p, cast
from itertools import chain, count, repeat
from typing import Any

import numpy as np

from tradewind.backtest.faults import Fault, Faults, check_gates
from tradewind.backtest.layout import Stage
from tradewind.backtest.setup import Setup
from tradewind.backtest.source import HEAD
from tradewind.domain.signal import FLAT, PositionView, Signal

MOST = 512
"""Bars that a rule is asked about at once; its signals lie in a processor's cache until they are written down."""

_ANSWER = CFUNCTYPE(None, *[c_int64] * 6, *[c_double] * len(FLAT))


class Called:
    """One strategy's rule on every instrument.

    Parameters
    ----------
    told : float64
        Where what the rule says is written down: how many signals, then the numbers of each.
    faults : dict
        Where what the rule raises is noted.
    """

    def __init__(self, setup: Setup, s: int, told: Any, faults: Faults) -> None:
        self._setup, self._strategy, self._told, self._faults = setup, setup.strategies[s], told, faults
        self._least, self._instruments = setup.at_work[s].rules.gates.minimum_strength, len(setup.instruments)
        self._adds = self._strategy.entries > 1
        self._seen, self._before, self._begin = list[list[Any]](), list[int](), list[int]()
        self._callback = _ANSWER(self._answer)

    @property
    def address(self) -> int:
        """Return where compiled code calls it."""
        return cast(self._callback, c_void_p).value or 0

    def see(self, stage: Stage, columns: Iterable[Iterable[Sequence[float]]]) -> None:
        """Take in what the strategy sees in a window: of each instrument a column a value, from the bar before on."""
        new: Any = tuple.__new__
        self._seen = [list(map(new, repeat(self._strategy.values), zip(*one, strict=True))) for one in columns]
        self._before = [int(first) - 1 for first in stage.window.first]
        self._begin = stage.window.begin

    def _answer(self, _stage: int, _rules: int, k: int, row: int, _at: int, most: int, *position: float) -> None:
        """Write down what the rule says of some bars; of none where it raises at the first."""
        i = k % self._instruments
        at = row - self._before[i]
        signals, error = self._signals(self._seen[i][at - 1 : at + min(most, MOST)], position)
        while signals:
            try:
                self._tell(signals)
                break
            except Exception as unsound:  # noqa: BLE001 - a signal may hold anything: those before it are told
                signals, error = signals[: len(signals) // 2], unsound
        self._told[0] = len(signals)
        if error and not signals:
            name, ts = self._setup.instruments[i].id, int(self._setup.bars.columns[i].ts[row - self._begin[i]])
            self._faults.setdefault(type(error).__name__, Fault(str(error), self._strategy.name, name, ts))

    def _signals(self, seen: list[Any], position: tuple[float, ...]) -> tuple[list[Signal], Exception | None]:
        """Ask the rule bar by bar, until what follows depends on what becomes of it; return what it raised, too."""
        decide, parameters, signals = self._strategy.decide, self._strategy.parameters, list[Signal]()
        least = self._least if self._adds or not position[0] else 2.0  # no strength is as much
        try:
            for now, before, held in zip(seen[1:], seen, _older(position), strict=False):
                signal = decide(now, before, held, parameters)
                signals.append(signal)
                if signal[3] or (signal[0] >= least and signal[0] > 0.0):
                    break
        except Exception as error:  # noqa: BLE001 - a user's rule may raise anything; it stops no other instrument
            return signals, error
        return signals, None

    def _tell(self, signals: list[Signal]) -> None:
        """Write signals down as numbers."""
        strength, stop, target, reason, gates, _ = zip(*signals, strict=True)
        count, readings = len(signals), 3 * len(self._strategy.gates)
        if any(len(one) != len(self._strategy.gates) for one in gates):
            for one in signals:
                check_gates(one, self._strategy)
        rows = self._told[1 : 1 + count * (HEAD + readings)].reshape(count, HEAD + readings)
        rows[:, :HEAD] = np.array((strength, stop, target, reason), np.float64).T
        flat = chain.from_iterable(chain.from_iterable(gates))
        rows[:, HEAD:] = np.fromiter(flat, np.float64, count * readings).reshape(count, readings)


def _older(position: tuple[float, ...]) -> Any:
    """Return a position as it looks bar after bar."""
    if position[0] == 0.0:
        return repeat(FLAT)
    quantity, price, bars, *rest = position
    columns = (repeat(quantity), repeat(price), count(bars), *map(repeat, rest))
    return map(tuple.__new__, repeat(PositionView), zip(*columns, strict=False))
