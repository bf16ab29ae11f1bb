"""Running a backtest: windows of bars through an engine, to events, a curve and a digest."""

import time
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from tradewind.backtest import layout
from tradewind.backtest.bars import WINDOW, Integers
from tradewind.backtest.digest import decision_text, place_hash, text, text_hash
from tradewind.backtest.faults import Faults
from tradewind.backtest.interpreted import Interpreted
from tradewind.backtest.setup import Setup

type Told = Callable[[str, int, int], None]
"""Told of the progress: how much of how many is done, of `PARTS` that are compiled, and then of `BARS`."""

PARTS, BARS = "compiling", "bars"

type Total = Callable[[Any, Any, Any, Any, np.uint64, Any], int]
"""`digest.total` or the same, compiled."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a backtest led to, as the engine left it.

    Attributes
    ----------
    events : int64, shape (n, EVENT)
    curve : float64, shape (n, POINT)
    account, counts
        As `layout` names their slots.
    reasons : mapping
        How often each code was given, by strategy: shape (strategies, CODES).
    faults : mapping
        What strategies raised, the first of each kind by its name.
    regimes : mapping
        The market's regime where each entry was decided, by the order's number.
    note : str
        Why it was interpreted where it was to be compiled.
    engine : str
        `compiled` or `interpreted`.
    """

    setup: Setup
    events: Integers
    curve: Any
    account: Any
    counts: Any
    books: Any
    spots: Any
    reasons: Any
    digest: str
    engine: str
    compile_seconds: float
    seconds: float
    faults: Faults = field(default_factory=dict)
    regimes: dict[int, float] = field(default_factory=dict)
    note: str = ""


type Seen = Callable[[Any], None]
"""Shown the engine after each window, while it still knows what was said there."""


type Engine = Callable[[Setup, int], Any]
"""Makes an engine for a backtest and so many places of a window."""


def run(
    setup: Setup,
    *,
    compiled: bool = False,
    window: int = WINDOW,
    told: Told | None = None,
    seen: Seen | None = None,
) -> Run:
    """Run a backtest.

    Parameters
    ----------
    compiled : bool
        Compile strategies and loop; the numbers are the same.
    window : int
        Rows that are swept at once, about.
    told : callable, optional
        Told of the progress: after each part that is compiled, and after each window.
    seen : callable, optional
        Shown the engine after each window.
    """
    kind = "compiled" if compiled else "interpreted"
    engine = partial(_compiled, told=told) if compiled else Interpreted
    return replace(drive(setup, engine, window, told=told, seen=seen), engine=kind)


def called(setup: Setup, window: int = WINDOW, told: Told | None = None) -> Run:
    """Run a backtest with rules called as they are, and everything else compiled; the numbers are the same."""
    return drive(setup, partial(_compiled, called=True, told=told), window, told=told)


def drive(
    setup: Setup,
    make: Engine,
    window: int = WINDOW,
    *,
    told: Told | None = None,
    seen: Seen | None = None,
    brief: bool = False,
) -> Run:
    """Run a backtest on an engine.

    Parameters
    ----------
    brief : bool
        Leave out digest, reasons and regimes, a fifth of the time: a search of parameters asks for none.
    """
    windows = list(setup.bars.windows(window))
    places = max((int((last - first).sum()) for first, last in windows), default=0) + len(setup.instruments)
    begun = time.perf_counter()
    engine = make(setup, places)
    compile_seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    tally = _Tally(setup, engine.total, brief=brief)
    for first, last in windows:
        _open(engine.stage, first, last)
        engine.sweep()
        engine.walk()
        tally.take(engine)
        if seen:
            seen(engine)
        if told:
            told(BARS, int(tally.bars), len(setup.bars))
    return tally.close(engine, compile_seconds, time.perf_counter() - begun)


def best(setup: Setup, told: Told | None = None) -> Run:
    """Run a backtest as fast as its strategies let it: compiled, with rules called, or interpreted; a note says why."""
    from numba.core.errors import NumbaError  # noqa: PLC0415 - Numba loads only where it is used

    why = ""
    for engine in (partial(run, compiled=True), called):
        try:
            return replace(engine(setup, told=told), note=why)
        except NumbaError as error:
            why = why or f"interpreted: a rule or an indicator does not compile ({str(error).strip().splitlines()[0]})"
        except (ArithmeticError, ValueError, IndexError) as error:
            why = why or f"interpreted: an indicator raised {type(error).__name__}: {error}"
    return replace(run(setup, told=told), note=why)


def _compiled(setup: Setup, places: int, *, called: bool = False, told: Told | None = None) -> Any:
    from tradewind.backtest.compiled import Compiled  # noqa: PLC0415 - Numba loads only where it is used

    return Compiled(setup, places, called=called, made=partial(told, PARTS) if told else None)


def _open(stage: layout.Stage, first: Integers, last: Integers) -> None:
    """Set the window; each instrument's places begin with one for the row before its first."""
    place = 0
    for i in range(stage.instruments):
        stage.window.first[i], stage.window.last[i] = int(first[i]), int(last[i])
        stage.window.place[i] = place + 1
        place += int(last[i] - first[i]) + 1


class _Tally:
    """What the windows led to, added up."""

    def __init__(self, setup: Setup, total: Total, *, brief: bool) -> None:
        self._brief = brief
        self._setup, self._events, self._sum = setup, list[Integers](), total
        self._total = 0
        self._reasons = np.zeros((len(setup.at_work), layout.CODES), np.int64)
        self._words = [] if brief else [_reason_words(one.strategy) for one in setup.at_work]
        names = setup.bars.names
        self._places = [[np.uint64(place_hash(one.rules.name, name)) for name in names] for one in setup.at_work]
        self._regime = [_place_of_regime(one.strategy) for one in setup.at_work]
        self._regimes: dict[int, float] = {}
        self.bars = 0

    def take(self, engine: Any) -> None:
        """Add a window, and make room for the next one's events."""
        stage = engine.stage
        count = int(stage.counts[layout.EVENTS])
        events = np.array(stage.events[: count * layout.EVENT], np.int64)
        self._events.append(events.reshape(count, layout.EVENT).copy())
        stage.counts[layout.EVENTS] = 0
        if not self._brief:
            self._note_regimes(engine, self._events[-1])
            self._add_up(stage)

    def _add_up(self, stage: layout.Stage) -> None:
        """Add every decision of the window to the digest, and count its reason."""
        window = stage.window
        for i in range(stage.instruments):
            rows = slice(int(window.first[i]), int(window.last[i]))
            self.bars += rows.stop - rows.start
            times = np.asarray(stage.market.ts[rows], np.int64)
            for s in range(stage.strategies):
                begin = s * window.width + int(window.place[i])
                said = slice(begin, begin + len(times))
                codes, words = (
                    np.asarray(stage.signals.code[said], np.int64),
                    np.asarray(stage.signals.mixed[said], np.uint64),
                )
                self._total += self._sum(times, codes, words, self._words[s], self._places[s][i], self._reasons[s])

    def _note_regimes(self, engine: Any, events: Integers) -> None:
        """Note the regime on each bar on which an entry was decided."""
        market, window = engine.stage.market, engine.stage.window
        for _, ts, k, number, *_ in events[events[:, 0] == layout.ENTERED].tolist():
            s, i = divmod(k, engine.stage.instruments)
            if self._regime[s] is not None:
                first, last = int(window.first[i]), int(window.last[i])
                row = first + bisect_left(market.ts[first:last], ts)
                at = int(window.place[i]) + row - first
                self._regimes[number] = engine.value(s, at, self._regime[s])

    def close(self, engine: Any, compile_seconds: float, seconds: float) -> Run:
        """Return the run."""
        stage = engine.stage
        points = int(stage.counts[layout.POINTS])
        events = self._events or [np.zeros((0, layout.EVENT), np.int64)]
        return Run(
            setup=self._setup,
            events=np.concatenate(events),
            curve=np.array(stage.curve[: points * layout.POINT]).reshape(points, layout.POINT),
            account=np.array(stage.account),
            counts=np.array(stage.counts),
            books=np.array(stage.books).reshape(-1, layout.BOOK),
            spots=np.array(stage.spots).reshape(-1, layout.SPOT),
            reasons=self._reasons,
            digest="" if self._brief else text(self._total),
            engine="interpreted",
            compile_seconds=compile_seconds,
            seconds=seconds,
            faults=engine.faults,
            regimes=self._regimes,
        )


def _place_of_regime(strategy: Any) -> int | None:
    """Return where a strategy's values have the market's regime."""
    names = strategy.values._fields
    return names.index("brain_regime") if "brain_regime" in names else None


def _reason_words(strategy: Any) -> Any:
    return np.array([text_hash(decision_text(*one)) for one in reasons_of(strategy)], np.uint64)


def reasons_of(strategy: Any) -> list[tuple[str, str]]:
    """Return action and reason of every code under a strategy."""
    told: list[tuple[str, str]] = [("", "")] * layout.CODES
    told[: len(layout.REASONS)] = layout.REASONS
    for place, gate in enumerate(strategy.gates):
        told[layout.FIRST_GATE + place] = ("HOLD", gate.name.upper())
    for place, reason in enumerate(strategy.exit_reasons):
        told[layout.FIRST_EXIT + place] = ("EXIT", reason)
    return told
