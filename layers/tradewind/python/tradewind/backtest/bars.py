"""Bars as columns: every instrument's rows one after the other, walked through in windows of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.series import Series
from tradewind.domain.timeframe import Timeframe

type Floats = np.ndarray[Any, np.dtype[np.float64]]
type Integers = np.ndarray[Any, np.dtype[np.int64]]

WINDOW = 32_768
"""Rows of a window, about: what a strategy says of them stays in a processor's cache."""


@dataclass(frozen=True, slots=True)
class Column:
    """One instrument's bars.

    Attributes
    ----------
    ts : int64, shape (n,)
        `ts_close`, UTC ms, strictly ascending.
    values : five of float64, shape (n,)
        Open, high, low, close, volume: possible bars only.
    refused : int
        Rows that were no possible bars (not a number, high below low, …) and have been left out.
    source : str
        Where they come from, for messages.
    """

    instrument: Instrument
    ts: Integers
    values: tuple[Floats, ...]
    refused: int = 0
    source: str = ""


def column(series: Series) -> Column:
    """Turn a series into columns; impossible bars are left out and counted, as the pipeline refuses them."""
    sound = [bar for bar in series.bars if not bar.fault()]
    ts = np.fromiter((bar.ts_close for bar in sound), np.int64, len(sound))
    values = tuple(np.fromiter((bar[place] for bar in sound), np.float64, len(sound)) for place in range(2, 7))
    return Column(series.instrument, ts, values, len(series.bars) - len(sound), series.source)


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of a backtest, all of one timeframe."""

    timeframe: Timeframe
    columns: tuple[Column, ...]

    def __len__(self) -> int:
        return sum(len(one.ts) for one in self.columns)

    @property
    def names(self) -> tuple[InstrumentId, ...]:
        """Return the instruments in their order."""
        return tuple(one.instrument.id for one in self.columns)

    def ordered(self, names: Sequence[InstrumentId]) -> "Bars":
        """Return the same bars with the instruments in this order.

        Raises
        ------
        BadInputError
            If one of them has no bars.
        """
        known = {one.instrument.id: one for one in self.columns}
        for name in names:
            if name not in known:
                raise BadInputError(f"there are no bars of {name}: give them, or leave it out of the configuration")
        return replace(self, columns=tuple(known[name] for name in names))

    def windows(self, size: int = WINDOW) -> Iterator[tuple[Integers, Integers]]:
        """Yield each window's first rows and last rows (exclusive), one an instrument, counted over all columns."""
        starts = np.cumsum([0, *(len(one.ts) for one in self.columns)])[:-1]
        longest = max((one.ts for one in self.columns), key=len, default=np.empty(0, np.int64))
        steps = max(1, size // max(1, len(self.columns)))
        first = starts.astype(np.int64)
        for end in (*longest[steps::steps], np.iinfo(np.int64).max):
            last = starts + np.array([np.searchsorted(one.ts, end) for one in self.columns], np.int64)
            if (last > first).any():
                yield first, last
            first = last

    def market(self) -> tuple[Integers, tuple[Floats, ...]]:
        """Return all columns, the instruments one after the other: times, and the five values."""
        if len(self.columns) == 1:
            return self.columns[0].ts, self.columns[0].values
        times = np.concatenate([one.ts for one in self.columns])
        return times, tuple(np.concatenate([one.values[k] for one in self.columns]) for k in range(5))


def bars_of(series: Sequence[Series]) -> Bars:
    """Turn series into the bars of a backtest.

    Raises
    ------
    BadInputError
        If there are none, or they have several timeframes.
    """
    frames = {one.timeframe for one in series}
    if len(frames) != 1:
        found = ", ".join(sorted(frames)) or "none"
        raise BadInputError(f"one backtest takes bars of one interval, not {found}: choose one with --interval")
    return Bars(frames.pop(), tuple(column(one) for one in series))
