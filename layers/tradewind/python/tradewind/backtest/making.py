"""Making machine code: a sweep for each kernel, an answer for each rule, and the walk; each made once a process."""

from collections.abc import Callable, Iterator
from functools import cache
from math import nan
from types import FunctionType
from typing import Any

import numpy as np
from numba import cfunc, njit, types

from tradewind.backtest import layout, machine, source
from tradewind.backtest.asking import answer_for
from tradewind.backtest.compiler import compiled
from tradewind.backtest.digest import factors
from tradewind.backtest.kept import linked, written
from tradewind.backtest.loop import walk
from tradewind.backtest.machine import EXACT
from tradewind.backtest.verdict import verdict
from tradewind.domain import signal as signals
from tradewind.strategies.base import Strategy
from tradewind.strategies.registry import code_hash, modules_hash

_ONE = int(np.array([1.0]).view(np.uint64)[0])

type Code = Callable[..., None]


@cache
def sweep_of(kernel: FunctionType, outputs: int) -> Code:
    """Return what brings an indicator through a window; see `source`."""
    names = _common() | {"kernel": compiled(kernel), "view": machine.view}
    made_of = f"{modules_hash(frozenset(_modules(kernel)))} {identity(kernel)}"
    return _entry(written(source.write_sweep(outputs), names, made_of, "sweep")["sweep"], 5)


def identity(function: FunctionType) -> str:
    """Return what tells a function from every other: its place, and all that it closes over, functions likewise."""
    cells = (cell.cell_contents for cell in function.__closure__ or ())
    closed = ", ".join(identity(one) if isinstance(one, FunctionType) else repr(one) for one in cells)
    return f"{function.__module__}.{function.__qualname__}({closed})"


def _modules(function: FunctionType) -> Iterator[str]:
    """Yield the modules that a function and those it closes over are written in."""
    yield from (function.__module__, function.__globals__["__name__"])
    for cell in function.__closure__ or ():
        if isinstance(cell.cell_contents, FunctionType):
            yield from _modules(cell.cell_contents)


@cache
def walk_all() -> Code:
    """Return the walk; it is the same for all strategies."""
    names = written(source.write_walk(), _common(), "", "walk_all")
    names["walk"] = linked(walk, {answer_for.__name__: names[answer_for.__name__]})
    return _entry(names["walk_all"], 2)


_ANSWERS: dict[tuple[Any, ...], Any] = {}
"""Answers of this process by what they were made of: a search runs the same strategy with other parameters."""


def answer_of(strategy: Strategy, kinds: tuple[int, ...], *, called: bool) -> int:
    """Return the address of what answers for a strategy."""
    outputs = tuple(len(one.outputs) for one in strategy.indicators)
    gates = tuple(gate.name for gate in strategy.gates)
    key = (strategy.decide, strategy.values, type(strategy.parameters), gates, kinds, outputs, called)
    if key not in _ANSWERS:
        names = _common() | _names(strategy, kinds, called=called)
        text = source.write_answer(strategy, called=called)
        made_of = str(kinds) if called else f"{code_hash(strategy)} {kinds}"
        made = written(text, names, made_of, "answer")
        _ANSWERS[key] = cfunc(machine.ANSWER, cache=True, **EXACT)(made["answer"])
    address: int = _ANSWERS[key].address
    return address


def forget() -> None:
    """Forget what this process has made, so that it is read from disk again."""
    sweep_of.cache_clear()
    walk_all.cache_clear()
    _ANSWERS.clear()


def _entry(function: Any, arguments: int) -> Code:
    """Compile a function of so many integers."""
    made: Any = njit(function, cache=True, **EXACT)
    made.compile((types.int64,) * arguments)
    entry: Code = made
    return entry


def _common() -> dict[str, Any]:
    """Return what every written module knows."""
    names: dict[str, Any] = {name: getattr(machine, name) for name in ("floats", "integers", "words", "call")}
    names |= {one.__name__: one for one in (layout.Stage, layout.Market, layout.Window, layout.Signals, layout.Rules)}
    names |= {name: value for name, value in vars(layout).items() if isinstance(value, int)}
    return names | {"NOTHING": np.uint64(0), "nan": nan}


def _names(strategy: Strategy, kinds: tuple[int, ...], *, called: bool) -> dict[str, Any]:
    """Return what a strategy's module knows."""
    names: dict[str, Any] = {one.__name__: one for one in (signals.PositionView, signals.Signal, signals.GateReading)}
    names |= {"bits": machine.bits, "verdict": compiled(verdict), "KINDS": kinds}
    for place, factor in enumerate(factors(1 + 3 * len(strategy.gates)).tolist()):
        names[f"FACTOR_{place}"] = np.uint64(factor)
        names[f"PASSED_{place}"] = np.uint64(factor * _ONE % 2**64)
    if not called:
        names |= {"decide": compiled(strategy.decide)}
        names |= {"Values": strategy.values, "Parameters": type(strategy.parameters)}
    return names
