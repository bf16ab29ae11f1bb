"""Making one file of longer bars, and saying what had to be left out and whether a recorded one agrees."""

from dataclasses import dataclass
from typing import Any

from tradewind.cli.bar_files import read_series
from tradewind.cli.bar_names import BarFile, scan
from tradewind.cli.data.checking import check
from tradewind.cli.data.comparing import Comparison, compare
from tradewind.cli.data.reporting import facts
from tradewind.cli.data.writing import records, write
from tradewind.cli.errors import CommandError
from tradewind.domain.moments import iso
from tradewind.domain.resampling import Resampled, resample
from tradewind.domain.timeframe import Timeframe

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Joining:
    """How longer bars are made.

    Attributes
    ----------
    holes : str
        `keep`, `drop`, or `auto`: kept where the market closes.
    through : int or None
        UTC ms up to which the source is whole.
    now : int
        UTC ms.
    """

    target: Timeframe
    holes: str
    through: int | None
    now: int

    def __call__(self, source: BarFile, target: BarFile, *, force: bool) -> dict[str, Any]:
        """Make one file and return what is in it.

        Raises
        ------
        CommandError
            If no bar comes of it.
        """
        keep = source.has_sessions if self.holes == "auto" else self.holes == "keep"
        series = read_series(source, None, None, self.now)
        made = resample(series.bars, series.timeframe, self.target, keep_holes=keep, through=self.through)
        if not made.bars:
            raise CommandError(
                f"{source.path.name} gives no whole {self.target} bar: {len(made.incomplete)} have holes; "
                "give --holes keep to make them of what there is, or --through TIME if the source is whole"
            )
        write(target.path, records(made.bars), force=force)
        notes = [*_notes(made, self.target, keep=keep), *self._beside(source, made)]
        return facts(check(target, self.now)) | {"from": str(source.path), "notes": notes}

    def _beside(self, source: BarFile, made: Resampled) -> list[str]:
        """Compare with a recorded file of the target's interval next to the source, if there is one."""
        same = [
            file
            for file in scan(source.path.parent)
            if file.label == source.label and file.interval == str(self.target)
        ]
        return [told(compare(made.bars, read_series(file, None, None, self.now).bars), file) for file in same]


def told(comparison: Comparison, file: BarFile) -> str:
    """Say how far bars agree with a recorded file."""
    start = f"{comparison.equal:,} of {comparison.compared:,} equal {file.path.name} to the last bit"
    rounded = [one for one in comparison.differences if one.rounded]
    parts = [start]
    if rounded:
        digits = max(one.rounded for one in rounded)
        parts.append(f"{len(rounded)} values differ because it was written with {digits} digits: {_first(rounded)}")
    if comparison.unexplained:
        parts.append(f"{len(comparison.unexplained)} values differ: {_first(comparison.unexplained)}")
    return "; ".join(parts)


def _first(differences: list[Any]) -> str:
    more = f", and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
    return ", ".join(str(one).split(" (")[0] for one in differences[:_SHOWN]) + more


def _notes(made: Resampled, target: Timeframe, *, keep: bool) -> list[str]:
    notes = []
    if made.incomplete:
        what = "made of what there is" if keep else "left out"
        some = ", ".join(f"{iso(one.ts_open)} ({one.present} of {one.expected})" for one in made.incomplete[:_SHOWN])
        more = ", …" if len(made.incomplete) > _SHOWN else ""
        notes.append(f"{len(made.incomplete):,} {target} bars lack shorter ones and are {what}: {some}{more}")
    if made.unfinished:
        notes.append(
            f"the {target} bar of {iso(made.unfinished.ts_open)} is left out: its interval ends after the source "
            "(give --through TIME if the source is whole)"
        )
    return notes
