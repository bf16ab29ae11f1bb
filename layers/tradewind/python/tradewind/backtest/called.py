"""Rules that are called as they are, between compiled indicators and the compiled walk.

A rule says of many bars at once what it says, as long as it neither asks to enter nor leaves: the walk asks so, and
goes on alone through all of them.

Most of a rule's time goes into making its tuples and into asking them for their fields. So it is called in a world
where readings and signals are plain tuples, and where bars, position and parameters are objects with slots, the same
ones bar after bar. Only a rule that takes them for what they are declared to be, NamedTuples, is given these.
"""

from collections.abc import Callable, Iterable, Sequence
from ctypes import CFUNCTYPE, c_double, c_int64, c_void_p, cast
from functools import cache
from math import nan
from struct import pack_into
from types import CellType, FunctionType
from typing import Any

from tradewind.backtest.faults import Fault, Faults, check_gates
from tradewind.backtest.layout import Stage
from tradewind.backtest.setup import Setup
from tradewind.backtest.source import HEAD, write_asking
from tradewind.domain.signal import FLAT, GateReading, PositionView, Signal
from tradewind.strategies.base import Strategy

MOST = 512
"""Bars that a rule is asked about at once; its signals lie in a processor's cache until they are written down."""

_FIRST = 8
"""Bytes before the first signal that is told."""

_ANSWER = CFUNCTYPE(None, *[c_int64] * 6, *[c_double] * len(FLAT))

type Columns = list[Sequence[float]]
"""Each of a strategy's values, bar by bar."""

type Ask = Callable[[Columns, tuple[float, ...], float, list[float]], None]
"""Asks a rule bar by bar about columns that begin with the bar before; for a position, up to a strength."""


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
        self._size, self._adds = HEAD + 3 * len(self._strategy.gates), self._strategy.entries > 1
        self._quick, self._ask = True, _asking(self._strategy)
        self._seen, self._before, self._begin = list[Columns](), list[int](), list[int]()
        self._callback = _ANSWER(self._answer)

    @property
    def address(self) -> int:
        """Return where compiled code calls it."""
        return cast(self._callback, c_void_p).value or 0

    def see(self, stage: Stage, columns: Iterable[Columns]) -> None:
        """Take in what the strategy sees in a window: of each instrument a column a value, from the bar before on."""
        self._seen = list(columns)
        self._before = [int(first) - 1 for first in stage.window.first]
        self._begin = stage.window.begin

    def _answer(self, _stage: int, _rules: int, k: int, row: int, _at: int, most: int, *position: float) -> None:
        """Write down what the rule says of some bars; of none where it raises at the first."""
        i = k % self._instruments
        at = row - self._before[i]
        some = [column[at - 1 : at + min(most, MOST)] for column in self._seen[i]]
        said, error = self._say(some, position)
        if error and self._quick:
            self._quick, self._ask = False, _asking_as_declared(self._strategy)
            said, error = self._say(some, position)
        self._told[0] = said
        if error and not said:
            name, ts = self._setup.instruments[i].id, int(self._setup.bars.columns[i].ts[row - self._begin[i]])
            self._faults.setdefault(type(error).__name__, Fault(str(error), self._strategy.name, name, ts))

    def _say(self, some: Columns, position: tuple[float, ...]) -> tuple[int, Exception | None]:
        """Ask the rule bar by bar, until what follows depends on what becomes of it.

        Returns
        -------
        tuple
            How many signals were written down, and what the next bar's raised.
        """
        numbers, raised = list[float](), None
        least = self._least if self._adds or not position[0] else 2.0  # no strength is as much
        try:
            self._ask(some, position, least, numbers)
        except Exception as error:  # noqa: BLE001 - a user's rule may raise anything; it stops no other instrument
            raised = error
        return self._tell(numbers, raised)

    def _tell(self, numbers: list[float], raised: Exception | None) -> tuple[int, Exception | None]:
        """Write whole signals down as numbers; if one of them holds no number, only some of those before it."""
        count = len(numbers) // self._size
        while count:
            try:
                pack_into(f"{count * self._size}d", self._told, _FIRST, *numbers[: count * self._size])
                break
            except Exception as error:  # noqa: BLE001 - a signal may hold anything, which is asked to be a number here
                count, raised = count // 2, error
        return count, raised


def _asking(strategy: Strategy) -> Ask:
    """Return what asks a rule in a world of plain tuples and of objects with slots."""
    ask = _written(tuple(strategy.values._fields), len(strategy.gates))  # type: ignore[attr-defined]
    decide, row = _in_plain(strategy.decide), _slotted(strategy.values)
    parameters = _filled(_slotted(strategy.parameters.__class__), strategy.parameters)

    def asking(some: Columns, position: tuple[float, ...], least: float, numbers: list[float]) -> None:
        ask(some, decide, row(), row(), _filled(_slotted(PositionView), position), parameters, least, numbers)

    return asking


def _asking_as_declared(strategy: Strategy) -> Ask:
    """Return what asks a rule with the very tuples that it is declared to be given."""
    decide, values, parameters = strategy.decide, strategy.values, strategy.parameters

    def asking(some: Columns, position: tuple[float, ...], least: float, numbers: list[float]) -> None:
        rows = map(values, *some)
        before, held = next(rows), PositionView(*position)
        for now in rows:
            strength, stop, target, reason, gates, _ = decide(now, before, held, parameters)
            check_gates(gates, strategy)
            numbers += (strength, stop, target, reason, *(number for reading in gates for number in reading))
            if reason or (strength >= least and strength > 0.0):
                break
            before, held = now, held._replace(bars_held=held.bars_held + (held.quantity != 0.0))

    return asking


@cache
def _written(fields: tuple[str, ...], gates: int) -> Callable[..., None]:
    """Return what asks a rule about bars with these fields, and takes so many gates of each signal apart."""
    world: dict[str, Any] = {}
    exec(write_asking(fields, gates), world)  # noqa: S102 - we wrote it
    ask: Callable[..., None] = world["ask"]
    return ask


@cache
def _slotted(row: Any) -> Any:
    """Return a class with a NamedTuple's fields as slots; what is no asking for a field raises."""
    return type(row.__name__, (), {"__slots__": row._fields, "__eq__": _no_tuple})


def _no_tuple(one: object, _other: object) -> bool:
    raise TypeError(f"{type(one).__name__} is compared as a whole")


def _filled(kind: Any, values: Iterable[float]) -> Any:
    """Return an object with these values in its slots."""
    made = kind()
    for name, value in zip(kind.__slots__, values, strict=False):
        setattr(made, name, value)
    return made


# ── the world of plain tuples ────────────────────────────────────────────────────────────────────────────────────


def _reading(value: float, threshold: float, passed: bool) -> Any:  # noqa: FBT001 - as `GateReading` takes it
    return value, threshold, passed


def _signal(
    strength: float, stop: float, target: float, exit_reason: int, gates: tuple[Any, ...], confidence: float = nan
) -> Any:
    return strength, stop, target, exit_reason, gates, confidence


_PLAIN = ((GateReading, _reading), (Signal, _signal))


def _in_plain(rule: Any) -> Any:
    """Return a rule that makes plain tuples, in a third of the time, and so does what it calls of strategies' code."""
    made: dict[FunctionType, FunctionType] = {}
    ours = (rule.__module__, "tradewind.strategies")

    def plain(value: Any) -> Any:
        if isinstance(value, FunctionType) and value.__module__.startswith(ours):
            return made.get(value) or _copied(value)
        return next((other for declared, other in _PLAIN if value is declared), value)

    def _copied(one: FunctionType) -> FunctionType:
        world, closed = dict(one.__globals__), tuple(CellType() for _ in one.__closure__ or ())
        made[one] = FunctionType(one.__code__, world, one.__name__, one.__defaults__, closed)
        made[one].__kwdefaults__ = one.__kwdefaults__
        world.update({name: plain(world[name]) for name in list(world)})
        for cell, old in zip(closed, one.__closure__ or (), strict=True):
            cell.cell_contents = plain(old.cell_contents)
        return made[one]

    return plain(rule)
