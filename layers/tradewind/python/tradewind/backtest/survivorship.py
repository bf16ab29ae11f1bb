"""What a backtest saw of its universe: who belonged, who came and went, who is missing, and what became of the gone."""

from collections.abc import Iterator
from dataclasses import dataclass

from tradewind.backtest.bars import Column
from tradewind.backtest.result import Result
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.membership import Belonging, day_of_close
from tradewind.domain.order import Leg
from tradewind.domain.timeframe import DAY

_EARLY = 30
"""Bars before the end of all others from which on a member's bars are said to end early."""

SOLD, HELD, NOTHING = "sold at it", "held at it", "nothing was held"


@dataclass(frozen=True, slots=True)
class Ended:
    """An instrument whose bars end before the others'.

    Attributes
    ----------
    ts : int
        `ts_close` of its last bar.
    price : float
        The close of it.
    became : str
        What became of what was held of it then: sold at that price, held at it to the end, or nothing was held.
    """

    instrument: InstrumentId
    ts: int
    price: float
    became: str


@dataclass(frozen=True, slots=True)
class Survivorship:
    """A universe as a backtest saw it, over the days of the bars that were traded on.

    Attributes
    ----------
    name, source : str
        Which universe, and where its history comes from.
    first_day, last_day : int
        UTC day numbers: the first of the traded days whose members are known, and the last.
    first, last : int
        Members on them.
    joined, left : int
        How often an instrument came, and went, between the two.
    members : int
        Instruments that belonged at some time.
    without_bars : tuple of InstrumentId
        Those of them that have no bar at all here.
    unknown_days : int
        Traded days before the first one known; nothing was entered on them.
    unrecorded_days : int
        Days between the two that were not recorded; the members of the day before counted on.
    ended : tuple of Ended
        Instruments whose bars end before the others'.
    """

    name: str
    source: str
    first_day: int
    last_day: int
    first: int
    last: int
    joined: int
    left: int
    members: int
    without_bars: tuple[InstrumentId, ...]
    unknown_days: int
    unrecorded_days: int
    ended: tuple[Ended, ...]


def survivorship(result: Result) -> Survivorship | None:
    """Return what a backtest saw of its universe; nothing where it went by none."""
    universe, times = result.setup.universe, _traded(result)
    if universe is None or not times:
        return None
    history, wanted = universe.history, day_of_close(times[0])
    first_day, last_day = max(wanted, history.days[0]), day_of_close(times[-1])
    ever = history.between(first_day, last_day)
    present = {one.instrument.id for one in result.setup.bars.columns if len(one.ts)}
    joined, left = _moves(universe, first_day, last_day)
    return Survivorship(
        history.name, history.source, first_day, last_day,
        len(history.on(first_day) or ()), len(history.on(last_day) or ()), joined, left, len(ever),
        tuple(sorted(ever - present)), first_day - wanted,
        last_day - first_day + 1 - len({max(day, first_day) for day in history.days if day <= last_day}),
        tuple(_ended(result, universe, times[-1])),
    )  # fmt: skip


def _traded(result: Result) -> tuple[int, int] | tuple[()]:
    """Return when the first and the last of the bars close that are traded on."""
    begun = result.setup.configuration.trade_from
    traded = [one.ts[one.ts > begun] for one in result.setup.bars.columns]
    filled = [ts for ts in traded if len(ts)]
    return (min(int(ts[0]) for ts in filled), max(int(ts[-1]) for ts in filled)) if filled else ()


def _moves(universe: Belonging, first_day: int, last_day: int) -> tuple[int, int]:
    """Return how often somebody joined after the first day and up to the last, and how often somebody left."""
    counts = [0, 0]
    for turns in universe.turns.values():
        for place, ts in enumerate(turns):
            counts[place % 2] += first_day < ts // DAY <= last_day
    return counts[0], counts[1]


def _ended(result: Result, universe: Belonging, end: int) -> Iterator[Ended]:
    frame, members = result.setup.bars.timeframe.ms, universe.history.at(end) or frozenset()
    for column in result.setup.bars.columns:
        name, early = column.instrument.id, end - int(column.ts[-1]) if len(column.ts) else 0
        if early > 0 and name in universe.turns and (name not in members or early > _EARLY * frame):
            yield _end_of(result, column)


def _end_of(result: Result, column: Column) -> Ended:
    name = column.instrument.id
    sold = any(one.instrument == name and one.reason == "DELISTED" for one in result.orders if one.leg is Leg.EXIT)
    held = any(one.instrument == name for one in result.unclosed())
    became = SOLD if sold else HELD if held else NOTHING
    return Ended(name, int(column.ts[-1]), float(column.values[3][-1]), became)
