"""The compiled engine: strategies and loop as machine code, from the very functions that run interpreted.

For each set of strategies a small module is written (`source`) and compiled. It takes parameters as numbers, so that
other parameters need no compiling. The machine code is kept on disk under a hash of everything that it was made of.
"""

import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numba
import numpy as np
from llvmlite import ir
from numba import cfunc, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from tradewind.backtest import allotting, asking, compiler, layout, ledger, loop, matcher, pausing, source
from tradewind.backtest import verdict as verdicts
from tradewind.backtest.asking import answer_for
from tradewind.backtest.compiler import compiled
from tradewind.backtest.digest import FIRST, GOLDEN, NAN_BITS, SECOND, factors
from tradewind.backtest.loop import walk
from tradewind.backtest.setup import Arrays, Setup, stage
from tradewind.backtest.verdict import verdict
from tradewind.domain import signal as signals
from tradewind.domain.signal import FLAT
from tradewind.execution import matching
from tradewind.risk import position_size
from tradewind.strategies.base import Strategy, flat
from tradewind.strategies.registry import code_hash

BAR_VALUES = 5
_NAN = np.uint64(NAN_BITS)
_ONE = int(np.array([1.0]).view(np.uint64)[0])


def _pointer(kind: Any) -> Any:
    """Return a compiled function that makes a pointer of an address.

    Arrays would be counted references: with some forty of them in a stage, compiling would take twenty times as long.
    """
    signature = types.CPointer(kind)(types.int64)  # type: ignore[no-untyped-call]

    @intrinsic
    def pointer(_typing: Any, _address: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return signature, generate

    return pointer


@intrinsic
def _bits_of(_typing: Any, _number: Any) -> Any:
    """Return a float64's bits."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.uint64))

    return types.uint64(types.float64), generate


@njit
def _bits(number: Any) -> Any:
    bits_of: Any = _bits_of
    return bits_of(number) if number == number else _NAN  # noqa: PLR0124 - NaN is what does not equal itself


_GOLDEN, _FIRST, _SECOND = np.uint64(GOLDEN), np.uint64(FIRST), np.uint64(SECOND)
_S27, _S30, _S31 = np.uint64(27), np.uint64(30), np.uint64(31)


@njit(cache=True)
def _total(times: Any, codes: Any, words: Any, reasons: Any, place: Any, counts: Any) -> Any:
    """Do what `digest.total` does, in one pass."""
    total = np.uint64(0)
    for row in range(times.size):
        code = codes[row]
        counts[code] += 1
        word = np.uint64(times[row]) * _GOLDEN + reasons[code] + words[row] + place
        word = (word ^ (word >> _S30)) * _FIRST
        word = (word ^ (word >> _S27)) * _SECOND
        total += word ^ (word >> _S31)
    return total


@intrinsic
def _call(_typing: Any, _function: Any, _a: Any, _r: Any, _s: Any, _row: Any, _at: Any, position: Any) -> Any:
    """Call the answer at an address; a position is handed over number by number."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        shape = ir.FunctionType(ir.VoidType(), [context.get_value_type(kind) for kind in _ANSWER.args])
        numbers = cgutils.unpack_tuple(builder, arguments[-1], len(FLAT))  # type: ignore[no-untyped-call]
        builder.call(builder.inttoptr(arguments[0], shape.as_pointer()), [*arguments[1:-1], *numbers])
        return context.get_dummy_value()

    return types.void(*[types.int64] * 6, position), generate


@njit
def _view(pointer: Any, size: Any) -> Any:
    return numba.carray(pointer, size)  # type: ignore[attr-defined]


_FLOATS, _INTEGERS, _WORDS = _pointer(types.float64), _pointer(types.int64), _pointer(types.uint64)
_EXACT: dict[str, Any] = {"fastmath": False, "error_model": "python"}


class Compiled:
    """One backtest, compiled."""

    def __init__(self, setup: Setup, places: int) -> None:
        times, values = setup.bars.market()
        self._setup = setup
        empty = stage(setup, Arrays(), _market(times, values), places)
        self.faults: dict[str, str] = {}
        self.total = lambda *parts: int(_total(*parts))
        self.stage = empty._replace(**_tables(setup, places))
        codes = [_known(setup, strategy) for strategy in setup.strategies]
        self._sweeps, self._walk = [code.sweep for code in codes], _walker()
        self._rules = np.array(setup.rules, np.float64)
        self._calls = np.array([0, self._rules.ctypes.data, *(code.answer.address for code in codes)], np.int64)
        self.stage = self.stage._replace(rule=self._calls.ctypes.data)
        self._addresses = np.array(list(_addresses(self.stage)), np.int64)
        self._calls[0] = self._addresses.ctypes.data

    def sweep(self) -> None:
        """Ask every strategy, as if it held nothing, about every row of the window."""
        for s, one in enumerate(self._sweeps):
            one(self._addresses, self._rules, s)

    def walk(self) -> None:
        """Walk through the window."""
        self._walk(self._addresses, self._rules)

    def value(self, s: int, at: int, place: int) -> float:
        """Return one of the values, bars' own apart, that a strategy saw at a place of the window."""
        begin = self.stage.tables[s * layout.TABLE + layout.VALUES_AT]
        own = self._setup.strategies[s].outputs - BAR_VALUES
        return float(self.stage.values[begin + at * own + place - BAR_VALUES])


def _market(times: Any, values: Sequence[Any]) -> layout.Market:
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


def _tables(setup: Setup, places: int) -> dict[str, Any]:
    """Lay out every strategy's parameters, states and values."""
    count, table, bounds = len(setup.instruments), list[int](), list[int]()
    numbers, states, values = list[float](), list[float](), 0
    for strategy in setup.strategies:
        begin = 1 + 2 * strategy.outputs
        sizes = [one.size for one in strategy.indicators]
        row = flat(strategy.new_state())
        bounds_at = len(setup.strategies) * layout.TABLE + len(bounds)
        table += [len(states), len(row), values, len(numbers), bounds_at]
        bounds += accumulate(sizes, initial=begin)
        numbers += [float(number) for number in strategy.parameters]
        states += row * count
        values += places * (strategy.outputs - BAR_VALUES)
    return {
        "tables": np.array(table + bounds, np.int64),
        "numbers": np.array(numbers, np.float64),
        "states": np.array(states, np.float64),
        "values": np.zeros(values, np.float64),
    }


_ARRAYS = (types.Array(types.int64, 1, "C"), types.Array(types.float64, 1, "C"))
_SWEEP, _WALK = (*_ARRAYS, types.int64), _ARRAYS
_ANSWER = types.void(*[types.int64] * 5, *[types.float64] * len(FLAT))


class Code(NamedTuple):
    """A strategy's machine code: its sweep, and what answers for what it holds."""

    sweep: Any
    answer: Any


_KNOWN: dict[tuple[Any, ...], Code] = {}
"""Machine code of this process by what it was made of: a search runs the same strategy with other parameters."""


def _known(setup: Setup, strategy: Strategy) -> Code:
    indicators = tuple((one.kernel, len(one.outputs)) for one in strategy.indicators)
    made_of = (strategy.decide, strategy.values, type(strategy.parameters), setup.kinds(strategy), indicators)
    key = made_of
    if key not in _KNOWN:
        text = source.write(strategy)
        names = _written(text, _names(setup, strategy), f"{code_hash(strategy)} {setup.kinds(strategy)}")
        _link(names, {"sweep", "answer"})
        sweep = njit(names["sweep"], cache=True, **_EXACT)
        sweep.compile(_SWEEP)
        _KNOWN[key] = Code(sweep, cfunc(_ANSWER, cache=True, **_EXACT)(names["answer"]))
    return _KNOWN[key]


@cache
def _walker() -> Any:
    """Return the walk, compiled or from disk; it is the same for all strategies."""
    names = _written(source.write_walk(), _common(), "")
    _link(names, {"walk_all"})
    names["walk"] = _linked(walk, {answer_for.__name__: names[answer_for.__name__]})
    made = njit(names["walk_all"], cache=True, **_EXACT)
    made.compile(_WALK)
    return made


def _written(text: str, names: Mapping[str, Any], made_of: str) -> dict[str, Any]:
    """Write a module where its machine code will lie, and run it."""
    path = _path(text + made_of)
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    written = ModuleType(f"tradewind_written_{path.parent.name}")
    written.__file__ = str(path)
    sys.modules[written.__name__] = written  # where Numba looks for what its machine code on disk belongs to
    world = vars(written)
    world.update(names)
    exec(compile(text, str(path), "exec"), world)  # noqa: S102 - we wrote it
    return world


def _link(names: dict[str, Any], entries: AbstractSet[str]) -> None:
    """Make a written module's functions callable by compiled ones, all but those that Python calls."""
    plain = {name: value for name, value in names.items() if isinstance(value, FunctionType) and name not in entries}
    # In one piece: a stage has some forty parts, and handing them over would cost more than what is done with them.
    names.update({name: njit(value, forceinline=True, **_EXACT) for name, value in plain.items()})


def _linked(function: Any, own: Mapping[str, Any]) -> Any:
    """Compile a function with every function that it calls, with some of our own in the place of theirs."""
    made: dict[FunctionType, Any] = {}

    def link(one: FunctionType) -> Any:
        if one not in made:
            known = {name: value for name, value in one.__globals__.items() if name in one.__code__.co_names}
            called = {name: link(value) for name, value in known.items() if isinstance(value, FunctionType)}
            world = {**one.__globals__, **called, **{name: value for name, value in own.items() if name in known}}
            copy = FunctionType(one.__code__, world, one.__name__, one.__defaults__, one.__closure__)
            made[one] = njit(copy, forceinline=True, **_EXACT)
        return made[one]

    return link(function)


def _common() -> dict[str, Any]:
    """Return what every written module knows."""
    names: dict[str, Any] = {"floats": _FLOATS, "integers": _INTEGERS, "words": _WORDS, "call": _call}
    names |= {one.__name__: one for one in (layout.Stage, layout.Market, layout.Window, layout.Signals, layout.Rules)}
    names |= {name: value for name, value in vars(layout).items() if isinstance(value, int)}
    return names | {"NOTHING": np.uint64(0)}


def _names(setup: Setup, strategy: Strategy) -> dict[str, Any]:
    """Return what a strategy's module knows."""
    names = _common() | {"PositionView": signals.PositionView, "bits": _bits, "view": _view}
    names |= {"verdict": compiled(verdict), "decide": compiled(strategy.decide)}
    names |= {"Values": strategy.values, "Parameters": type(strategy.parameters), "KINDS": setup.kinds(strategy)}
    names |= {f"kernel_{n}": compiled(one.kernel) for n, one in enumerate(strategy.indicators)}
    for place, factor in enumerate(factors(1 + 3 * len(strategy.gates)).tolist()):
        names[f"FACTOR_{place}"] = np.uint64(factor)
        names[f"PASSED_{place}"] = np.uint64(factor * _ONE % 2**64)
    return names


def _path(made_of: str) -> Path:
    """Return where a written module lies: under a hash of all that goes into the machine code."""
    digest = blake2b(digest_size=12)
    for part in (made_of, numba.__version__, np.__version__, platform.python_version()):
        digest.update(part.encode() + b"\0")
    for file in sorted(_sources()):
        digest.update(file.read_bytes())
    return _folder() / digest.hexdigest() / "written.py"


def _sources() -> Sequence[Path]:
    own = (allotting, asking, compiler, layout, ledger, loop, matcher, pausing, source, verdicts)
    modules = (*own, matching, position_size, signals)
    return [Path(__file__), *(Path(module.__file__ or "") for module in modules)]


def _folder() -> Path:
    """Return where machine code is kept: `TRADEWIND_CACHE`, or the user's cache."""
    given = os.environ.get("TRADEWIND_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "tradewind" / "backtest"


def shape_of(strategy: Strategy) -> int:
    """Return how many values a strategy's rule reads."""
    return strategy.outputs
