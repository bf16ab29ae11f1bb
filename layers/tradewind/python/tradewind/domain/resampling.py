"""Resampling: bars of a longer timeframe from those of a shorter one, exact to the last digit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError
from tradewind.domain.timeframe import Timeframe


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A longer bar of which some shorter ones are missing.

    Attributes
    ----------
    ts_open : int
        UTC ms.
    present, expected : int
        Shorter bars there are, and there would be in a market that never closes.
    """

    ts_open: int
    present: int
    expected: int


@dataclass(frozen=True, slots=True)
class Resampled:
    """What became of a series.

    Attributes
    ----------
    bars : tuple of Bar
        Strictly ascending.
    incomplete : tuple of Incomplete
        Bars with holes, kept or not as was asked.
    unfinished : Incomplete or None
        The last one, left out because its interval ends after the source does.
    """

    bars: tuple[Bar, ...]
    incomplete: tuple[Incomplete, ...]
    unfinished: Incomplete | None


def resample(
    bars: Iterable[Bar], source: Timeframe, target: Timeframe, *, keep_holes: bool, through: int | None = None
) -> Resampled:
    """Join bars into longer ones, which begin where UTC says: a day at midnight, four hours at 0, 4, 8, ….

    Open and close are the first's and the last's, high and low the extremes, and volume is the sum of the decimals
    that the floats stand for, so that 0.1 and 0.2 make 0.3.

    Parameters
    ----------
    bars : iterable of Bar
        Strictly ascending, of `source`. Impossible ones (not a number, high below low) count as missing.
    keep_holes : bool
        Whether a longer bar of which shorter ones are missing is made from what there is (a market with sessions has
        no others) or left out (in one that never closes it would tell lies).
    through : int, optional
        UTC ms up to which the source is known to be whole; without it, the last bar's close.

    Raises
    ------
    BadInputError
        If the target is not longer than the source.
    """
    if target.ms <= source.ms:
        raise BadInputError(f"{target} bars cannot be made of {source} bars: choose a longer timeframe")
    sound = [bar for bar in bars if not bar.fault()]
    end = through if through is not None else sound[-1].ts_close if sound else 0
    expected = target.ms // source.ms
    made: list[Bar] = []
    incomplete: list[Incomplete] = []
    for start, group in groupby(sound, key=lambda bar: bar.ts_open - bar.ts_open % target.ms):
        parts = list(group)
        told = Incomplete(start, len(parts), expected)
        if start + target.ms > end:
            return Resampled(tuple(made), tuple(incomplete), told)
        if len(parts) < expected:
            incomplete.append(told)
        if keep_holes or len(parts) == expected:
            made.append(_join(start, target, parts))
    return Resampled(tuple(made), tuple(incomplete), None)


def _join(start: int, target: Timeframe, parts: Sequence[Bar]) -> Bar:
    return Bar(
        start,
        start + target.ms,
        parts[0].open,
        max(bar.high for bar in parts),
        min(bar.low for bar in parts),
        parts[-1].close,
        float(sum((Decimal(repr(bar.volume)) for bar in parts), Decimal(0))),
    )
