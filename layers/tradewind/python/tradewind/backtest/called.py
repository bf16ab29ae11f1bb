"""Rules that are called as they are, between compiled indicators and the compiled walk.

A rule says of many bars at once what it says, as long as it neither asks to enter nor leaves: the walk asks so, and
goes on alone through all of them.
"""

from collections.abc import Iterable, Sequence
from ctypes import CFUNCTYPE, c_double, c_int64, c_void_p, cast
from functools import cache
from itertools import count, repeat
from math import nan
from struct import pack_into
from types import FunctionType
from typing import Any

from tradewind.backtest.faults import Fault, Faults, check_gates
from tradewind.backtest.layout import Stage
from tradewind.backtest.setup import Setup
from tradewind.backtest.source import HEAD
from tradewind.domain.signal import FLAT, GateReading, PositionView, Signal

MOST = 512
"""Bars that a rule is asked about at once; its signals lie in a processor's cache until they are written down."""

_FIRST = 8
"""Bytes before the first signal that is told."""

_ANSWER = CFUNCTYPE(None, *[c_int64] * 6, *[c_double] * len(FLAT))


def _reading(value: float, threshold: float, passed: bool) -> Any:  # noqa: FBT001 - as `GateReading` takes it
    return value, threshold, passed


def _signal(
    strength: float, stop: float, target: float, exit_reason: int, gates: tuple[Any, ...], confidence: float = nan
) -> Any:
    return strength, stop, target, exit_reason, gates, confidence


_PLAIN = {"GateReading": (GateReading, _reading), "Signal": (Signal, _signal)}
"""By the name that rules know them by: a plain tuple is made in a third of a NamedTuple's time, and read as well."""


def _plain(rule: Any) -> Any:
    """Return a rule that makes plain tuples of what it reads and says; it must not ask them for their fields."""
    if not isinstance(rule, FunctionType):
        return rule
    world = rule.__globals__
    names = {name: plain for name, (made, plain) in _PLAIN.items() if world.get(name) is made}
    return FunctionType(rule.__code__, {**world, **names}, rule.__name__, rule.__defaults__, rule.__closure__)


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
        self._size = HEAD + 3 * len(self._strategy.gates)
        self._adds, self._decide = self._strategy.entries > 1, _plain(self._strategy.decide)
        self._seen, self._before, self._begin = list[list[Any]](), list[int](), list[int]()
        self._callback = _ANSWER(self._answer)

    @property
    def address(self) -> int:
        """Return where compiled code calls it."""
        return cast(self._callback, c_void_p).value or 0

    def see(self, stage: Stage, columns: Iterable[Iterable[Sequence[float]]]) -> None:
        """Take in what the strategy sees in a window: of each instrument a column a value, from the bar before on."""
        self._seen = [list(map(_cheap(self._strategy.values), zip(*one, strict=True))) for one in columns]
        self._before = [int(first) - 1 for first in stage.window.first]
        self._begin = stage.window.begin

    def _answer(self, _stage: int, _rules: int, k: int, row: int, _at: int, most: int, *position: float) -> None:
        """Write down what the rule says of some bars; of none where it raises at the first."""
        i = k % self._instruments
        at = row - self._before[i]
        said, error = self._ask(self._seen[i][at - 1 : at + min(most, MOST)], position)
        if error and self._decide is not self._strategy.decide:
            self._decide = self._strategy.decide  # perhaps it does ask its readings for their fields
            said, error = self._ask(self._seen[i][at - 1 : at + min(most, MOST)], position)
        self._told[0] = said
        if error and not said:
            name, ts = self._setup.instruments[i].id, int(self._setup.bars.columns[i].ts[row - self._begin[i]])
            self._faults.setdefault(type(error).__name__, Fault(str(error), self._strategy.name, name, ts))

    def _ask(self, seen: list[Any], position: tuple[float, ...]) -> tuple[int, Exception | None]:
        """Ask the rule bar by bar, until what follows depends on what becomes of it.

        Returns
        -------
        tuple
            How many signals were written down, and what the next bar's raised.
        """
        decide, parameters, numbers, raised = self._decide, self._strategy.parameters, list[float](), None
        least = self._least if self._adds or not position[0] else 2.0  # no strength is as much
        gate_count = len(self._strategy.gates)
        try:
            for now, before, held in zip(seen[1:], seen, _older(position), strict=False):
                strength, stop, target, reason, gates, _ = decide(now, before, held, parameters)
                if len(gates) != gate_count:
                    check_gates(gates, self._strategy)
                numbers += (strength, stop, target, reason)
                for reading in gates:
                    numbers += reading
                if reason or (strength >= least and strength > 0.0):
                    break
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
            except Exception as error:  # noqa: BLE001 - a signal may hold anything too
                count, raised = count // 2, error
        return count, raised


@cache
def _cheap(row: Any) -> Any:
    """Return a NamedTuple's class without its own way of being made, which takes longer than all the rest."""
    kept = {name: value for name, value in vars(row).items() if name not in {"__new__", "__dict__"}}
    return type(row.__name__, (tuple,), kept)


_VIEW = _cheap(PositionView)


def _older(position: tuple[float, ...]) -> Any:
    """Return a position as it looks bar after bar."""
    if position[0] == 0.0:
        return repeat(FLAT)
    quantity, price, bars, *rest = position
    columns = (repeat(quantity), repeat(price), count(bars), *map(repeat, rest))
    return map(_VIEW, zip(*columns, strict=False))
