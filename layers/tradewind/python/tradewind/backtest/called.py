"""Rules that are called as they are, between compiled indicators and the compiled walk.

A rule says of many bars at once what it says, as long as it neither asks to enter nor leaves: the walk asks so, and
goes on alone through all of them.

Most of a rule's time goes into making its tuples and into asking them for their fields. So it is called in a world
where readings and signals are plain tuples, and where bars, position and parameters are objects with slots, the same
ones bar after bar; of the bars' values only those are filled in that the rule names. Only a rule that takes them for
what they are declared to be, NamedTuples, is given these.
"""

from collections.abc import Callable, Iterable, Sequence
from ctypes import CFUNCTYPE, c_double, c_int64, c_void_p, cast
from functools import cache, lru_cache
from struct import pack_into
from typing import Any

from tradewind.backtest.faults import Fault, Faults, check_gates
from tradewind.backtest.layout import Stage
from tradewind.backtest.plainly import in_plain
from tradewind.backtest.setup import Setup
from tradewind.backtest.source import HEAD, write_asking
from tradewind.domain.signal import FLAT, PositionView
from tradewind.strategies.base import Strategy

MOST = 128
"""Bars that a rule is asked about at once; its signals lie in a processor's cache until they are written down."""

_NEAR = 8 * MOST
"""Bars whose values are made Python's numbers at once; so many lie in a processor's cache as well."""

_FIRST = 8
"""Bytes before the first signal that is told."""

_ANSWER = CFUNCTYPE(None, *[c_int64] * 6, *[c_double] * len(FLAT))

type Columns = list[Sequence[float]]
"""Each of the values that a rule is given, bar by bar."""

type Near = tuple[int, Columns]
"""Where in the window it begins, and what there is from there on."""

type Some = tuple[Columns, int, int]
"""Columns, and which part of them: where it begins, before which there is one more, and where it ends."""

type Ask = Callable[[Some, tuple[float, ...], float, list[float]], None]
"""Asks a rule bar by bar about part of columns; for a position, up to a strength."""


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
        self._quick, (self._places, self._ask) = True, _asking(self._strategy)
        self._seen, self._before, self._begin = list[list[Any]](), list[int](), list[int]()
        self._near: dict[int, Near] = {}
        self._callback = _ANSWER(self._answer)

    @property
    def address(self) -> int:
        """Return where compiled code calls it."""
        return cast(self._callback, c_void_p).value or 0

    def see(self, stage: Stage, columns: Iterable[list[Any]]) -> None:
        """Take in what the strategy sees in a window: of each instrument an array a value, from the bar before on."""
        self._seen, self._near = list(columns), {}
        self._before = [int(first) - 1 for first in stage.window.first]
        self._begin = stage.window.begin

    def _answer(self, _stage: int, _rules: int, k: int, row: int, _at: int, most: int, *position: float) -> None:
        """Write down what the rule says of some bars; of none where it raises at the first."""
        i = k % self._instruments
        at = row - self._before[i]
        said, error = self._say(self._some(i, at, most), position)
        if error and self._quick:
            self._quick, self._places, self._near = False, range(len(self._seen[i])), {}
            self._ask = _asking_as_declared(self._strategy)
            said, error = self._say(self._some(i, at, most), position)
        self._told[0] = said
        if error and not said:
            name, ts = self._setup.instruments[i].id, int(self._setup.bars.columns[i].ts[row - self._begin[i]])
            self._faults.setdefault(type(error).__name__, Fault(str(error), self._strategy.name, name, ts))

    def _some(self, i: int, at: int, most: int) -> Some:
        """Return what the rule is given of a bar, and of as many later ones as are at hand."""
        begin, near = self._near.get(i, (0, [[]]))
        if not begin < at < begin + len(near[0]):
            begin = at - 1
            near = [self._seen[i][place][begin : begin + _NEAR].tolist() for place in self._places]
            self._near[i] = begin, near
        at -= begin
        return near, at, at + min(most, MOST)

    def _say(self, some: Some, position: tuple[float, ...]) -> tuple[int, Exception | None]:
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
                pack_into(f"{count * self._size}d", self._told, _FIRST, *numbers)
                break
            except Exception as error:  # noqa: BLE001 - a signal may hold anything, which is asked to be a number here
                count, raised = count // 2, error
                del numbers[count * self._size :]
        return count, raised


def _asking(strategy: Strategy) -> tuple[Sequence[int], Ask]:
    """Return the places of the values that a rule names, and what calls it in a world of plain tuples and of slots."""
    decide, named = _prepared(strategy.decide)
    row = _slotted(strategy.values)
    fields: tuple[str, ...] = strategy.values._fields  # type: ignore[attr-defined]
    places = [place for place, name in enumerate(fields) if name in named] or [0]
    ask = _written(tuple(fields[place] for place in places), len(strategy.gates))
    parameters = _filled(_slotted(strategy.parameters.__class__), strategy.parameters)

    def asking(some: Some, position: tuple[float, ...], least: float, numbers: list[float]) -> None:
        columns, at, end = some
        part = [column[at - 1 : end] for column in columns]
        ask(part, decide, row(), row(), _filled(_slotted(PositionView), position), parameters, least, numbers)

    return places, asking


def _asking_as_declared(strategy: Strategy) -> Ask:
    """Return what asks a rule with the very tuples that it is declared to be given."""
    decide, values, parameters = strategy.decide, strategy.values, strategy.parameters

    def asking(some: Some, position: tuple[float, ...], least: float, numbers: list[float]) -> None:
        columns, at, end = some
        rows = map(values, *(column[at - 1 : end] for column in columns))
        before, held = next(rows), PositionView(*position)
        for now in rows:
            strength, stop, target, reason, gates, _ = decide(now, before, held, parameters)
            check_gates(gates, strategy)
            numbers += (strength, stop, target, reason, *(number for reading in gates for number in reading))
            if reason or (strength >= least and strength > 0.0):
                break
            before, held = now, held._replace(bars_held=held.bars_held + (held.quantity != 0.0))

    return asking


@lru_cache(64)
def _prepared(decide: Any) -> tuple[Any, set[str]]:
    return in_plain(decide)


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
