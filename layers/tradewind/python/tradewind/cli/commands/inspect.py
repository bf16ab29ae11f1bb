"""`explain` and `export`: what was decided and why, for people and for programs."""

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.commands.options import Environment, Instrument, Json

if TYPE_CHECKING:
    from tradewind.application.explaining import Explanation
    from tradewind.cli.deployed import Deployed


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("explain", rich_help_panel="Ask")(explain)
    app.command("export", rich_help_panel="Ask")(export)


def explain(
    instrument: Instrument,
    time: Annotated[str, typer.Argument(help="2012-03-15, 2024-05-01T12:30 (UTC) or UTC milliseconds.")],
    *,
    env: Environment = "local",
    as_json: Json = False,
) -> None:
    """Say why one bar led to what it led to: each gate's value, threshold and verdict, and what followed.

    A bar is named by any time from its open to its close, a daily bar by its day; a decision's `ts` does too.

    For example:

      tradewind explain AAPL.US 2012-03-15

      tradewind explain BTC-USD.KRAKEN 2026-05-01T12:30 --env dev --json
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis import explanation
    from tradewind.cli.output import emit_json
    from tradewind.cli.times import parse_time

    moment = parse_time(time)
    deployed = connect(env)
    name = explanation.find_instrument(deployed.configuration, instrument)
    found = explanation.explain(deployed, name, moment, is_close=time.isdigit())
    if as_json:
        emit_json([explanation.to_json(one) for one in found])
        return
    for one in found:
        _show(one)
        _show_what_followed(deployed, one)


def export(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where to; it is made if it is not there.")],
    *,
    env: Environment = "local",
    as_json: Json = False,
) -> None:
    """Write summary.json, fills.json, orders.json, decisions.parquet and report.html of any environment.

    For example:

      tradewind export build/today --env dev
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import console, emit_json
    from tradewind.cli.report import export as exporting
    from tradewind.cli.report.summary import RunFacts, to_json
    from tradewind.cli.report.terminal import show

    summary = exporting.export(connect(env), folder, RunFacts())
    if as_json:
        emit_json(to_json(summary))
    else:
        show(summary, folder, console())


def _show(one: "Explanation") -> None:
    from tradewind.cli.diagnosis.explanation import when
    from tradewind.cli.output import coloured, emit_table
    from tradewind.cli.report.reasons import Tally, code
    from tradewind.cli.research.replaying import decision_id

    decision = one.decision
    typer.echo(f"{decision.instrument}, bar of {when(one)} (UTC)" + (f", revision {one.record.rev}" * one.record.late))
    if one.bar:
        o, h, low, c, volume = one.bar[2:]
        typer.echo(f"open {o:g}  high {h:g}  low {low:g}  close {c:g}  volume {volume:,.10g}")
    words = Tally().add_all([one.record]).words(code(decision.reason))
    typer.echo(f"{decision.strategy} for {decision.account}: {decision.action}, because {decision.reason}")
    typer.echo("\n".join(line for line in (f"  {words}" if words else "", _numbers(one)) if line))
    if one.gates:
        rows = [
            (gate.name, gate.kind, _figure(gate.value, ".6g"), gate.comparison, _figure(gate.threshold, ".6g"),
             coloured("pass", "green") if gate.passed else coloured("fail", "red"), _figure(gate.distance, "+.4g"),
             gate.unit)
            for gate in one.gates
        ]  # fmt: skip
        head = ("gate", "kind", "value", "", "threshold", "", "distance", "unit")
        emit_table("", head, rows, ("value", "threshold", "distance"))
    typer.echo(f"configuration {one.record.configuration}, code {one.code}")
    typer.echo(f"decision {decision_id(one.record, decision)}")


def _figure(value: float, form: str) -> str:
    """Write a number; what there is no number of, as a model's confidence without a model, is none."""
    return "none" if isnan(value) else format(value, form)


def _numbers(one: "Explanation") -> str:
    decision = one.decision
    told = [f"signal strength {decision.strength:.3f}"] if one.gates else []
    if decision.value == decision.value:
        told.append(f"{decision.value:g} against {decision.limit:g}")
    return f"  {', '.join(told)}" if told else ""


def _show_what_followed(deployed: "Deployed", one: "Explanation") -> None:
    from tradewind.adapters.dynamodb import queries
    from tradewind.cli.output import emit_table
    from tradewind.domain.moments import iso

    intent, account = one.decision.intent, one.decision.account
    if intent is None:
        typer.echo("")
        return
    orders = [order for order in queries.orders(deployed.ledger, account) if intent in {order.id, order.parent}]
    fills = {
        fill.order_id: fill
        for fill in queries.fills(deployed.ledger, account)
        if intent in {fill.order_id, fill.parent}
    }
    rows = []
    for order in orders:
        fill = fills.get(order.id)
        told = (f"{fill.price:f}", iso(fill.ts), f"{fill.realised:+,.2f}") if fill else ("", "", "")
        rows.append((order.leg, order.side, f"{order.quantity:f}", order.status, *told, order.reason))
    emit_table("what followed", ("leg", "side", "quantity", "status", "price", "time", "realised", "reason"), rows)
