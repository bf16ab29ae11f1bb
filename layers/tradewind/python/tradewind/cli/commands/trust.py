"""`lookahead` and `warmup`: is what a strategy says to be trusted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Json

if TYPE_CHECKING:
    from tradewind.backtest.checks.lookahead import Finding, Verdict
    from tradewind.backtest.checks.warmup import Settling
    from tradewind.domain.bar import Bar

_AFTER = 400
_SHOWN = 3

Names = Annotated[list[str] | None, typer.Argument(metavar="[STRATEGY]...", help="Without one, every registered one.")]
File = Annotated[Path | None, typer.Option(metavar="FILE", help="A bar file; without it, a seeded walk.")]
Count = Annotated[
    int | None, typer.Option("--count", metavar="N", min=10, help="How many bars; without it, the warm-up and 400.")
]
Parameters = Annotated[
    list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="A parameter; may be given several times.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("lookahead", rich_help_panel="Research")(lookahead)
    app.command("warmup", rich_help_panel="Research")(warmup)


def lookahead(
    names: Names = None,
    *,
    bars: File = None,
    count: Count = None,
    param: Parameters = None,
    as_json: Json = False,
) -> None:
    """Change the future in every way and see that no past decision changes; exit code 1 if one does.

    After each of many bars the rest becomes not-a-number, extreme, reversed, or nothing at all. Decisions before must
    stay the same to the last bit, also where only the last bar is changed, and in the middle of a higher timeframe's.

    For example:

      tradewind lookahead

      tradewind lookahead ema_cross --bars bars/binance_BTCUSDT_1h.csv.gz --count 2000 --param fast=20
    """
    from tradewind.backtest.checks import lookahead as checking
    from tradewind.backtest.checks.sayings import interpreted
    from tradewind.backtest.checks.sayings import names as numbers
    from tradewind.cli.output import emit_json, progress
    from tradewind.cli.research import choosing

    chosen = choosing.strategies(names or (), choosing.parameters(param or ()))
    verdicts = {
        name: (
            series := _bars(bars, count or one.warmup + _AFTER),
            checking.check(interpreted(one), series, numbers(one), settled=one.warmup),
        )
        for name, one in progress(list(chosen.items()), "poisoning the future")
    }
    if as_json:
        emit_json({name: _verdict_facts(verdict) for name, (_, verdict) in verdicts.items()})
    else:
        _show_verdicts(verdicts)
    if not all(verdict.sound for _, verdict in verdicts.values()):
        raise typer.Exit(1)


def warmup(
    names: Names = None,
    *,
    bars: File = None,
    count: Count = None,
    param: Parameters = None,
    as_json: Json = False,
) -> None:
    """Measure after how many bars decisions no longer depend on where the history begins.

    The strategy begins at eight later bars, and each time is compared with the whole history. What a strategy declares
    as its warm-up should not be less than until its decisions agree; an average over all bars never agrees to the bit.

    For example:

      tradewind warmup rsi_pullback_pro

      tradewind warmup ema_cross --param slow=100 --bars bars/binance_BTCUSDT_1h.csv.gz
    """
    from tradewind.backtest.checks import warmup as measuring
    from tradewind.backtest.checks.sayings import interpreted
    from tradewind.backtest.checks.sayings import names as numbers
    from tradewind.cli.output import emit_json, progress
    from tradewind.cli.research import choosing

    chosen = choosing.strategies(names or (), choosing.parameters(param or ()))
    measured = {
        name: measuring.measure(
            interpreted(one), _bars(bars, count or 3 * one.warmup + 2 * _AFTER), numbers(one), one.warmup
        )
        for name, one in progress(list(chosen.items()), "beginning later")
    }
    if as_json:
        emit_json({name: _settling_facts(one) for name, one in measured.items()})
    else:
        _show_settlings(measured)


def _show_verdicts(verdicts: "dict[str, tuple[list[Bar], Verdict]]") -> None:
    from tradewind.cli.output import emit_table

    head = ("strategy", "bars", "cuts", "asked to enter", "")
    rows = [(name, one.bars, one.cuts, one.asked, _verdict(one)) for name, (_, one) in verdicts.items()]
    emit_table("", head, rows, ("bars", "cuts", "asked to enter"))
    for name, (series, verdict) in verdicts.items():
        _explain(name, verdict, series)


def _show_settlings(measured: "dict[str, Settling]") -> None:
    from tradewind.cli.output import emit_table

    head = ("strategy", "declared", "decisions", "gates", "numbers", "bits", "decisions that differ after the declared")
    rows = [
        (name, one.declared, one.decisions, one.gates, one.numbers, "never" if one.bits is None else one.bits,
         f"{one.late:.2%}")
        for name, one in measured.items()
    ]  # fmt: skip
    emit_table("bars until they agree with the whole history", head, rows, head[1:])


def _bars(path: Path | None, count: int) -> "list[Bar]":
    from tradewind.backtest.checks.walks import walk
    from tradewind.cli.research import choosing

    return choosing.sound_bars(path, count) if path else walk(choosing.SEED, count)


def _verdict(one: "Verdict") -> str:
    if not one.repeats:
        return "does not repeat"
    if one.faults:
        return f"raises at {len(one.faults)} bars"
    return "looks ahead" if one.findings else "sees no future"


def _explain(name: str, verdict: "Verdict", bars: "list[Bar]") -> None:
    from tradewind.domain.moments import iso

    if not verdict.repeats:
        typer.echo(
            f"{name}: the same bars gave other decisions the second time; remove chance, time and memory from it"
        )
    for place, fault in verdict.faults[:_SHOWN]:
        typer.echo(f"{name}: bar {place} ({iso(bars[place].ts_open)}) raised {fault}; guard what it divides by")
    for finding in verdict.findings:
        typer.echo(f"{name}: {_sentence(finding)}")
    if verdict.sound and not verdict.asked:
        typer.echo(f"{name}: it never asked to enter on these bars; give others with --bars to know more")


def _sentence(one: "Finding") -> str:
    from tradewind.domain.moments import iso

    where = f"bar {one.place} ({iso(one.bar.ts_open)})"
    return (
        f"it looks ahead: with {one.poison} from bar {one.cut} on, {one.name} at {where} became {one.became} where it "
        f"was {one.was}"
    )


def _verdict_facts(one: "Verdict") -> dict[str, Any]:
    findings = [
        {"poison": each.poison, "bar": each.place, "ts": each.bar.ts_close, "cut": each.cut, "number": each.name,
         "was": each.was, "became": each.became}
        for each in one.findings
    ]  # fmt: skip
    return {
        "sound": one.sound, "bars": one.bars, "cuts": one.cuts, "asked": one.asked, "repeats": one.repeats,
        "faults": [{"bar": place, "fault": fault} for place, fault in one.faults[:_SHOWN]], "findings": findings,
    }  # fmt: skip


def _settling_facts(one: "Settling") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(one) | {"enough": one.enough}
