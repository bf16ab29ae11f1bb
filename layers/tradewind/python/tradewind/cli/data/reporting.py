"""What the data commands tell: a table of files, what is wrong in them, and whether intervals agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from tradewind.cli.bar_names import BarFile
from tradewind.cli.data.checking import Checked, Gap, counted
from tradewind.cli.data.comparing import Comparison, compare
from tradewind.cli.output import emit_json, emit_table
from tradewind.domain.moments import iso
from tradewind.domain.resampling import resample

_SHOWN = 10
_HEAD = ("file", "instrument", "interval", "bars", "first", "until", "missing", "refused", "odd")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Longer bars made of one file beside those of another."""

    shorter: BarFile
    longer: BarFile
    comparison: Comparison

    def facts(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "shorter": self.shorter.path.name,
            "longer": self.longer.path.name,
            "compared": self.comparison.compared,
            "equal": self.comparison.equal,
            "rounded": len(self.comparison.differences) - len(self.comparison.unexplained),
            "different": len(self.comparison.unexplained),
            "differences": [str(one) for one in self.comparison.differences[:_SHOWN]],
        }


def facts(checked: Checked) -> dict[str, Any]:
    """Return what is known of a file, for programs."""
    file, bars = checked.file, checked.bars
    return {
        "file": str(file.path),
        "instrument": _instrument(checked),
        "interval": file.interval,
        "bars": len(bars),
        "first": iso(bars[0].ts_open) if bars else "",
        "until": iso(bars[-1].ts_close) if bars else "",
        "missing": sum(gap.missing for gap in checked.gaps),
        "gaps": [{"from": iso(gap.start), "until": iso(gap.end), "bars": gap.missing} for gap in checked.gaps],
        "breaks": checked.breaks,
        "refused": counted(checked.faults),
        "faults": [f"{one.place}: {one.refusal.reason} {one.refusal.value}" for one in checked.faults[:_SHOWN]],
        "odd": list(checked.odd),
        "unreadable": checked.unreadable,
        "sound": checked.sound,
    }


def table(every: Sequence[Checked]) -> None:
    """Print one line a file."""
    rows = [
        (one.file.path.name, _instrument(one), one.file.interval, f"{len(one.bars):,}",
         iso(one.bars[0].ts_open) if one.bars else "", iso(one.bars[-1].ts_close) if one.bars else "",
         _missing(one), len(one.faults) or "", len(one.odd) or "")
        for one in every
    ]  # fmt: skip
    emit_table("", _HEAD, rows, ("bars", "missing", "refused", "odd"))
    for one in every:
        if one.unreadable:
            typer.echo(f"cannot be read: {one.unreadable}")


def show(every: Sequence[Checked], agreements: Sequence[Agreement]) -> None:
    """Print the table, then what each file deserves to be told, then whether intervals agree."""
    table(every)
    for one in every:
        lines = [*_faults(one), *_gaps(one.gaps), *one.odd]
        if lines:
            typer.echo(f"\n{one.file.path.name}")
            typer.echo("\n".join(f"  {line}" for line in lines))
    if agreements:
        typer.echo("")
        emit_table("intervals of one market", ("shorter", "longer", "compared", "equal", "rounded", "different", ""),
                   [_agreement(one) for one in agreements], ("compared", "equal", "rounded", "different"))  # fmt: skip
    wrong = sum(not one.sound for one in every)
    sound = "1 file is sound" if len(every) == 1 else f"{len(every)} files are sound"
    typer.echo(f"\n{wrong} of {len(every)} files need correcting" if wrong else f"\n{sound}")


def agreements(every: Sequence[Checked]) -> list[Agreement]:
    """Compare each market's files of different intervals, the longer made of the shorter."""
    return [
        Agreement(shorter.file, longer.file, comparison)
        for shorter in every
        for longer in every
        if shorter.bars and longer.bars
        and shorter.file.label == longer.file.label
        and shorter.file.timeframe.ms < longer.file.timeframe.ms
        and (comparison := _compared(shorter, longer)).compared
    ]  # fmt: skip


def tell(done: Sequence[dict[str, Any]], refused: Sequence[str], *, as_json: bool) -> None:
    """Print what was written and what was not; exit code 2 if a file was refused."""
    if as_json:
        emit_json({"files": list(done), "refused": list(refused)})
    else:
        head = ("written", "bars", "first", "until", "missing", "refused")
        rows = [
            (one["file"], f"{one['bars']:,}", one["first"], one["until"], one["missing"] or "",
             ", ".join(f"{count} {reason}" for reason, count in one["refused"].items()))
            for one in done
        ]  # fmt: skip
        if rows:
            emit_table("", head, rows, ("bars", "missing"))
        for one in done:
            for note in (*one.get("notes", ()), *one["odd"], *_gap_lines(one)):
                typer.echo(f"{one['file']}: {note}")
    for line in refused:
        typer.echo(f"error: {line}", err=True)
    if refused:
        raise typer.Exit(2)


def _compared(shorter: Checked, longer: Checked) -> Comparison:
    made = resample(shorter.bars, shorter.file.timeframe, longer.file.timeframe, keep_holes=shorter.file.has_sessions)
    return compare(made.bars, longer.bars)


def _agreement(one: Agreement) -> tuple[object, ...]:
    unexplained = one.comparison.unexplained
    rounded = len(one.comparison.differences) - len(unexplained)
    shown = (*unexplained, *one.comparison.differences)
    return (
        one.shorter.path.name, one.longer.path.name, one.comparison.compared, one.comparison.equal, rounded or "",
        len(unexplained) or "", str(shown[0]) if shown else "",
    )  # fmt: skip


def _instrument(one: Checked) -> str:
    return "" if one.unreadable else one.file.instrument()[0]


def _missing(one: Checked) -> str:
    if one.breaks:
        return f"{one.breaks:,} breaks"
    count = sum(gap.missing for gap in one.gaps)
    return f"{count:,}" if count else ""


def _faults(one: Checked) -> Iterable[str]:
    for fault in one.faults[:_SHOWN]:
        yield f"{fault.place}: {fault.refusal.reason} {fault.refusal.value}"
    if len(one.faults) > _SHOWN:
        told = ", ".join(f"{count:,} {reason}" for reason, count in counted(one.faults).items())
        yield f"… {len(one.faults):,} refused rows in all: {told}"


def _gaps(gaps: Sequence[Gap]) -> Iterable[str]:
    for gap in sorted(gaps, key=lambda one: -one.missing)[:_SHOWN]:
        yield f"gap: {gap.missing:,} bars missing from {iso(gap.start)} until {iso(gap.end)}"
    if len(gaps) > _SHOWN:
        yield f"… {len(gaps):,} gaps in all, {sum(gap.missing for gap in gaps):,} bars"


def _gap_lines(one: dict[str, Any]) -> Iterable[str]:
    longest = sorted(one["gaps"], key=lambda gap: -gap["bars"])[:_SHOWN]
    return (f"gap: {gap['bars']:,} bars missing from {gap['from']} until {gap['until']}" for gap in longest)
