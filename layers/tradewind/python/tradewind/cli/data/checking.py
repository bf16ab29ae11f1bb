"""Checking a bar file: every row that cannot be traded on, every hole, and what looks odd."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from math import nan
from typing import NamedTuple

from tradewind.cli.bar_files import Line, lines_of
from tradewind.cli.bar_names import BarFile
from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.moments import iso
from tradewind.domain.timeframe import DAY, Timeframe
from tradewind.domain.validation import RawBar, Refusal, validate, whole

STILL = 20
"""So many bars in a row without any movement are told: a feed that hung, or a market that was closed."""

JUMP = 0.4
"""A close this share away from the one before is told: a split that was not adjusted, or a wrong price."""

_SESSION_BREAK = 5 * DAY
"""In a market with sessions a longer pause than a weekend with holidays is told."""


class Gap(NamedTuple):
    """Bars that are not there: from the first missing one's start to the next bar's; UTC ms."""

    start: int
    end: int
    missing: int


class Fault(NamedTuple):
    """A row that is refused, with its place in the file."""

    place: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one file.

    Attributes
    ----------
    unreadable : str
        Why the file cannot be read at all; then nothing else is known.
    gaps : tuple of Gap
        Of a market with sessions only pauses longer than five days.
    breaks : int
        Pauses of a market with sessions, shorter ones too.
    odd : tuple of str
        What is possible and deserves a look.
    """

    file: BarFile
    bars: tuple[Bar, ...] = ()
    faults: tuple[Fault, ...] = ()
    gaps: tuple[Gap, ...] = ()
    breaks: int = 0
    odd: tuple[str, ...] = field(default=())
    unreadable: str = ""

    @property
    def sound(self) -> bool:
        """Whether every row may be traded on."""
        return not self.faults and not self.unreadable


def check(file: BarFile, now: int) -> Checked:
    """Check one file; nothing about it raises.

    Parameters
    ----------
    now : int
        UTC ms; a bar that closes later is no record.
    """
    try:
        timeframe, (instrument, _) = file.timeframe, file.instrument()
        lines = list(lines_of(file.path))
    except BadInputError as error:
        return Checked(file, unreadable=str(error))
    if not lines:
        return Checked(file, unreadable=f"{file.path.name} has no bars: remove it, or fill it")
    bars, faults = _judged(lines, instrument, timeframe, now)
    holes = gaps(bars, timeframe)
    breaks = len(holes) if file.has_sessions else 0
    told = [gap for gap in holes if not file.has_sessions or gap.end - gap.start > _SESSION_BREAK]
    return Checked(file, tuple(bars), tuple(faults), tuple(told), breaks, tuple(_odd(bars)))


def gaps(bars: Sequence[Bar], timeframe: Timeframe) -> list[Gap]:
    """Return where bars are missing between the first and the last."""
    return [
        Gap(before.ts_close, after.ts_open, (after.ts_open - before.ts_close) // timeframe.ms)
        for before, after in pairwise(bars)
        if after.ts_open > before.ts_close
    ]


def _judged(
    lines: Sequence[Line], instrument: InstrumentId, timeframe: Timeframe, now: int
) -> tuple[list[Bar], list[Fault]]:
    rows = [RawBar(*map(_field, line.fields)) for line in lines]
    bars, refusals = validate(rows, instrument, timeframe, 0, now)
    places: dict[int, list[str]] = {}
    for line in lines:
        ts = whole(line.fields[0])
        places.setdefault(0 if ts is None else ts, []).append(line.place)
    return bars, [Fault(_place(places, refusal), refusal) for refusal in refusals]


def _field(field: object) -> object:
    """Return a field as `validate` takes it; an empty one is not a number."""
    if field == "":
        return nan
    return field if isinstance(field, float | int) else str(field)


def _place(places: dict[int, list[str]], refusal: Refusal) -> str:
    """Return where a refused row is; of two with one time both are named."""
    every = places.get(refusal.ts, [])
    return ", ".join(every) if every else ""


def _odd(bars: Sequence[Bar]) -> Iterable[str]:
    silent = sum(bar.volume == 0 for bar in bars)
    if silent:
        yield f"{silent:,} bars without volume"
    still = [run for run in _still(bars) if len(run) >= STILL]
    if still:
        longest = max(still, key=len)
        where = f"the longest {len(longest)} from {iso(longest[0].ts_open)}"
        yield f"{len(still)} runs of {STILL} or more bars at one price, {where}"
    jumps = [after for before, after in pairwise(bars) if abs(after.close / before.close - 1) > JUMP]
    if jumps:
        first = ", ".join(iso(bar.ts_open) for bar in jumps[:5])
        yield f"{len(jumps)} closes more than {JUMP:.0%} from the one before (a split?): {first}"


def _still(bars: Iterable[Bar]) -> Iterable[list[Bar]]:
    for key, run in groupby(bars, key=lambda bar: bar.close if bar.high == bar.low else None):
        if key is not None:
            yield list(run)


def counted(faults: Iterable[Fault]) -> dict[str, int]:
    """Return how many rows each reason refused."""
    return dict(Counter(str(fault.refusal.reason) for fault in faults).most_common())
