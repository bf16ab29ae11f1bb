"""Backfills: which bars of the past are wanted, in which pieces they are fetched, and what became of each piece."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tradewind.domain.errors import BadInputError
from tradewind.domain.identifiers import content_hash
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.series import period_end, period_start
from tradewind.domain.timeframe import DAY, Timeframe

ROWS = 1_000
"""Bars of one window: what most venues tell in one answer."""

BEFORE_HISTORY = "BEFORE_HISTORY"
"""Reason of a bar older than the provider's first one."""

NOT_FETCHED = "NOT_FETCHED"
"""Reason of a bar whose window is still to be fetched."""

UNEXPLAINED = "UNEXPLAINED"
"""Reason of a bar that is not there though its window was fetched: something took it away, which must not be."""

MISSING = "MISSING"
_NAME = 12


class SeriesName(NamedTuple):
    """One instrument at one timeframe."""

    instrument: InstrumentId
    timeframe: Timeframe


class Window(NamedTuple):
    """A piece of a series that is fetched at once: bars with `ts_close` in (start, end], UTC ms."""

    instrument: InstrumentId
    timeframe: Timeframe
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Backfill:
    """A planned backfill; its end stays what it was when it was planned, so that going on later is going on.

    Attributes
    ----------
    name : str
        Of what was asked for: the same wish has the same name, whenever it is made.
    start, end : int
        UTC ms; bars with `ts_close` in (start, end].
    provider : str
        Who is asked instead of the configured ones; empty for those.
    """

    name: str
    series: tuple[SeriesName, ...]
    start: int
    end: int
    provider: str = ""

    def windows(self) -> Iterator[Window]:
        """Yield every window, series by series, oldest first."""
        for one in self.series:
            yield from self.windows_of(one)

    def windows_of(self, series: SeriesName) -> Iterator[Window]:
        """Yield the windows of one series: whole periods of its chunks, as many as one answer may hold."""
        instrument, timeframe = series
        last = self.end - self.end % timeframe.ms
        begin = self.start - self.start % timeframe.ms
        while begin < last:
            end = period_end(timeframe, period_start(timeframe, begin))
            while (further := period_end(timeframe, end)) - begin <= ROWS * timeframe.ms:
                end = further
            yield Window(instrument, timeframe, begin, min(end, last))
            begin = end


def plan(
    instruments: Sequence[InstrumentId], timeframes: Sequence[Timeframe], days: int, now: int, provider: str = ""
) -> Backfill:
    """Plan a backfill of the last `days` days before `now`.

    Raises
    ------
    BadInputError
        If there is nothing to fetch.
    """
    if not instruments or not timeframes or days < 1:
        raise BadInputError("a backfill needs at least one instrument, one interval and one day")
    series = tuple(SeriesName(name, frame) for frame in timeframes for name in instruments)
    asked = f"{days}|{provider}|{'|'.join(f'{name} {frame}' for name, frame in sorted(series))}"
    return Backfill(content_hash(asked.encode())[:_NAME], series, now - days * DAY, now, provider)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one window.

    Attributes
    ----------
    told : int
        Sound bars that the provider had.
    added : int
        Those of them that were not there.
    differing : int
        Those that are there with other values: what is stored may have been traded on, and stays.
    missing : mapping
        How many due bars nobody has, by reason.
    """

    window: Window
    told: int
    added: int
    differing: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """What is stored of one series, beside what should be.

    Attributes
    ----------
    expected, present : int
        Bars that the calendar made due, and those of them that are stored.
    others : int
        Stored bars that were not due, as of trading after hours.
    duplicates : int
        Bars that are stored more than once.
    missing : mapping
        How many are not stored, by reason.
    """

    series: SeriesName
    expected: int
    present: int
    others: int
    duplicates: int
    differing: int
    missing: Mapping[str, int]

    @property
    def is_whole(self) -> bool:
        """Whether everything is there that can be had, once."""
        return not self.duplicates and not {NOT_FETCHED, UNEXPLAINED} & self.missing.keys()


def verify(series: SeriesName, due: Sequence[int], stored: Sequence[int], outcomes: Sequence[Outcome]) -> SeriesReport:
    """Hold what is stored against what was due and what was heard.

    Parameters
    ----------
    due, stored : sequence of int
        `ts_close` of the bars that were due and of those that are stored, UTC ms.
    """
    there = set(stored)
    absent = [close for close in due if close not in there]
    first = min(there, default=None)
    older = len(absent) if first is None else sum(1 for close in absent if close < first)
    return SeriesReport(
        series,
        expected=len(due),
        present=len(due) - len(absent),
        others=len(there - set(due)),
        duplicates=len(stored) - len(there),
        differing=sum(one.differing for one in outcomes),
        missing=_reasons(absent, older, outcomes),
    )


def lost(due: Sequence[int], stored: Sequence[int], outcomes: Sequence[Outcome]) -> list[Window]:
    """Return the windows that lack more than they lacked when they were fetched."""
    there = set(stored)
    absent = [close for close in due if close not in there]
    return [one.window for one in outcomes if _absent_in(absent, one.window) > sum(one.missing.values())]


def _absent_in(absent: Sequence[int], window: Window) -> int:
    """Return how many of the absent closes, ascending, lie in a window."""
    return bisect_right(absent, window.end) - bisect_right(absent, window.start)


def _reasons(absent: Sequence[int], older: int, outcomes: Sequence[Outcome]) -> Mapping[str, int]:
    """Return how many bars are absent by reason; what no window explains is said to be unexplained."""
    reasons: dict[str, int] = {}
    for one in outcomes:
        left = _absent_in(absent, one.window)
        for reason, count in one.missing.items():
            taken = min(left, count)
            reasons[reason] = reasons.get(reason, 0) + taken
            left -= taken
        reasons[UNEXPLAINED] = reasons.get(UNEXPLAINED, 0) + left
    moved = min(older, reasons.get(MISSING, 0))
    reasons[BEFORE_HISTORY] = reasons.get(BEFORE_HISTORY, 0) + moved
    reasons[MISSING] = reasons.get(MISSING, 0) - moved
    reasons[NOT_FETCHED] = len(absent) - sum(reasons.values())
    return {reason: count for reason, count in sorted(reasons.items()) if count}
