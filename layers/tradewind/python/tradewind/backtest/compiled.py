"""The compiled engine: indicators, rules and walk as machine code, from the very functions that run interpreted.

For each indicator, each strategy and the walk a small module is written (`source`) and compiled (`making`). They take
parameters as numbers, so that others need no compiling. What several strategies declare alike is swept once for all.
"""

import sys
from array import array
from collections.abc import Callable, Iterator
from math import nan
from types import FunctionType
from typing import Any

import numpy as np

from tradewind.backtest import layout, machine
from tradewind.backtest.belonging import outside
from tradewind.backtest.called import MOST, Called
from tradewind.backtest.faults import Fault, Faults
from tradewind.backtest.making import Code, answer_of, sweep_of, walk_all
from tradewind.backtest.setup import Setup
from tradewind.backtest.source import HEAD
from tradewind.backtest.staging import Arrays, stage
from tradewind.indicators.base import Indicator

_BAR_VALUES = 5
_WORD = 8

type Key = tuple[FunctionType, int, bytes]
"""What an indicator is: its kernel, how many outputs it has, and how its state begins."""

type Swept = dict[Key, Any]
"""Outputs of indicators at every place of a window, one place after the other."""

type Made = Callable[[int, int], None]
"""Told how many parts of how many are made."""


class Compiled:
    """One backtest, compiled.

    Parameters
    ----------
    called : bool
        Whether rules are called as they are; everything else is compiled.
    brief : bool
        Whether nobody wants the digest.
    swept : dict, optional
        Outputs of indicators over the very same bars in one window, from other runs; those of this one are added.
    made : callable, optional
        Told of the machine code that is made, from none on: from an empty cache each part takes seconds.
    """

    def __init__(
        self,
        setup: Setup,
        places: int,
        *,
        called: bool = False,
        brief: bool = False,
        swept: Swept | None = None,
        made: Made | None = None,
    ) -> None:
        self.faults: Faults = {}
        self.total = lambda *parts: int(machine.total(*parts))
        self._setup, self._swept = setup, {} if swept is None else swept
        self._indicators = {_key(one): one for strategy in setup.strategies for one in strategy.indicators}
        self._make(made or _silent, called=called)
        self._states = {key: np.tile(one.new_state(), len(setup.instruments)) for key, one in self._indicators.items()}
        self._due = self._indicators.keys() - self._swept.keys()
        for key in self._indicators:  # those that were used last come last
            self._swept[key] = np.empty(places * key[1]) if key in self._due else self._swept.pop(key)
        self.stage = stage(setup, Arrays(), _market(setup), places, brief=brief)._replace(**self._tables(called=called))
        self._called = [Called(setup, s, self.stage.told, self.faults) for s in range(self.stage.strategies * called)]
        self._begin()

    def _make(self, made: Made, *, called: bool) -> None:
        """Make all machine code, or read it from disk."""
        keys, strategies = list(self._indicators), self._setup.strategies
        parts = 1 + len(keys) + len(strategies)
        made(0, parts)
        self._walk, self._sweeps, self._answers = walk_all(), dict[Key, Code](), list[int]()
        for done, key in enumerate(keys, 1):
            made(done, parts)
            self._sweeps[key] = sweep_of(*key[:2])
        for done, one in enumerate(strategies, 1 + len(keys)):
            made(done, parts)
            self._answers.append(answer_of(one, self._setup.kinds(one), called=called))
        made(parts, parts)

    def _tables(self, *, called: bool) -> dict[str, Any]:
        """Lay out every strategy's parameters, where its indicators are, and room for what is told."""
        numbers, columns, table = list[float](), list[int](), list[int]()
        for strategy in self._setup.strategies:
            table += [len(numbers), len(columns)]
            numbers += [float(number) for number in strategy.parameters]
            columns += [self._swept[_key(one)].ctypes.data for one in strategy.indicators]
        most = max((HEAD + 3 * len(strategy.gates) for strategy in self._setup.strategies), default=0)
        return {
            "tables": np.array(table, np.int64),
            "numbers": np.array(numbers, np.float64),
            "columns": np.array(columns, np.int64),
            "told": np.zeros(1 + MOST * most if called else 0),
        }

    def _begin(self) -> None:
        """Write down where everything lies."""
        self._rules = np.array(self._setup.rules, np.float64)
        calls = [0, self._rules.ctypes.data, *self._answers, *(one.address for one in self._called)]
        self._calls = np.array(calls, np.int64)
        self.stage = self.stage._replace(rule=self._calls.ctypes.data)
        self._addresses = np.array(list(_addresses(self.stage)), np.int64)
        self._calls[0] = self._addresses.ctypes.data

    def sweep(self) -> None:
        """Bring every indicator through the window."""
        _unask(self.stage, self._setup)
        for key in self._due:
            states, size = self._states[key], self._indicators[key].size
            self._sweeps[key](*self._calls[:2], states.ctypes.data, size, self._swept[key].ctypes.data)
        for s, one in enumerate(self._called):
            one.see(self.stage, [list(self._seen(s, i)) for i in range(self.stage.instruments)])

    def walk(self) -> None:
        """Walk through the window."""
        stopped, hook = list[BaseException](), sys.unraisablehook

        def note(raised: "sys.UnraisableHookArgs") -> None:
            if isinstance(raised.exc_value, Exception):
                self._note_fault(raised.exc_value)
            elif raised.exc_value:
                stopped.append(raised.exc_value)

        sys.unraisablehook = note  # where Python hands what compiled answers raise: nobody is there to catch it
        try:
            self._walk(*self._calls[:2])
        finally:
            sys.unraisablehook = hook
        for one in stopped:
            raise one

    def _note_fault(self, error: Exception) -> None:
        answered, _, k, row = (int(number) for number in self.stage.answer)
        s, i = divmod(k, self.stage.instruments)
        ts = int(self.stage.market.ts[row + answered])
        name, instrument = self._setup.strategies[s].name, self._setup.instruments[i].id
        self.faults.setdefault(type(error).__name__, Fault(str(error), name, instrument, ts))

    def value(self, s: int, at: int, place: int) -> float:
        """Return one of the values, bars' own apart, that a strategy saw at a place of the window."""
        for one in self._setup.strategies[s].indicators:
            count = len(one.outputs)
            if place < _BAR_VALUES + count:
                return float(self._swept[_key(one)][at * count + place - _BAR_VALUES])
            place -= count
        raise IndexError(place)

    def _seen(self, s: int, i: int) -> Iterator[Any]:
        """Yield each of a strategy's values on a window's bars of an instrument, and on the bar before them."""
        market, window = self.stage.market, self.stage.window
        first, last, place = window.first[i], window.last[i], window.place[i]
        for column in market[1:]:
            values = np.asarray(column)
            yield values[first - 1 : last] if first > window.begin[i] else np.concatenate(([nan], values[first:last]))
        for one in self._setup.strategies[s].indicators:
            count = len(one.outputs)
            yield from self._swept[_key(one)].reshape(-1, count)[place - 1 : place + last - first].T


def _silent(done: int, parts: int) -> None:
    """Tell nobody."""


def _key(one: Indicator) -> Key:
    return one.kernel, len(one.outputs), array("d", one.memory).tobytes()  # type: ignore[return-value]


def _market(setup: Setup) -> layout.Market:
    times, values = setup.bars.market()
    columns: list[Any] = [times, *map(np.ascontiguousarray, values)]
    return layout.Market(*columns)


def _addresses(part: Any) -> Iterator[int]:
    """Yield the address of each array of a stage, and its plain numbers, in the order of its fields."""
    for value in part:
        if isinstance(value, layout.Rules):
            continue
        if isinstance(value, np.ndarray):
            yield value.ctypes.data
        elif isinstance(value, tuple):
            yield from _addresses(value)
        else:
            yield value


def _unask(stage: layout.Stage, setup: Setup) -> None:
    """Mark every bar of the window as one that is still to be asked about, but those on which nothing may be asked."""
    window, start = stage.window, setup.configuration.trade_from
    codes, mixed = np.asarray(stage.signals.code), np.asarray(stage.signals.mixed)
    codes[:], mixed[:] = layout.UNASKED, 0
    for i in range(stage.instruments):
        first, last = window.first[i], window.last[i]
        begun = first + int(np.searchsorted(stage.market.ts[first:last], start, "right"))
        for s, strategy in enumerate(setup.strategies):
            at = s * window.width + window.place[i] - first
            warm = min(max(first, window.begin[i] + strategy.warmup - 1), last)
            for since, until in outside(stage, i):
                codes[at + since : at + until] = layout.R_NOT_A_MEMBER
            codes[at + first : at + max(begun, warm)] = layout.R_BEFORE_START
            codes[at + first : at + warm] = layout.R_WARMING_UP
