"""`status`, `positions`, `orders`, `doctor`: how an environment stands."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.application.holdings import Holding
    from tradewind.domain.order import Order


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("status", rich_help_panel="Ask")(status)
    app.command("positions", rich_help_panel="Ask")(positions)
    app.command("orders", rich_help_panel="Ask")(orders)
    app.command("doctor", rich_help_panel="Operate")(doctor)


def status(*, env: Environment = "local", as_json: Json = False) -> None:
    """Show how far each shard has come, what each account is worth and may do, and what waits in the queues.

    For example:

      tradewind status --env dev
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis.standing import standing
    from tradewind.cli.output import emit_json, emit_table

    now = standing(connect(env))
    if as_json:
        emit_json(now)
        return
    typer.echo(f"{now['environment']}, {now['clock']} clock, configuration {now['configuration']}")
    for title, name in (("shards", "shards"), ("accounts", "accounts"), ("queues", "queues")):
        rows: list[dict[str, Any]] = now[name]
        if rows:
            emit_table(f"\n{title}", tuple(rows[0]), [tuple(row.values()) for row in rows])


def positions(*, env: Environment = "local", as_json: Json = False) -> None:
    """Show what is held, by strategy and instrument, with its stop and target.

    For example:

      tradewind positions --json
    """
    from tradewind.adapters.dynamodb import queries
    from tradewind.application.holdings import holdings
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json, emit_table

    deployed = connect(env)
    books = [book for one in deployed.configuration.accounts for book in queries.books(deployed.ledger, one.name)]
    rows = list(map(_position, holdings(books)))
    if as_json:
        emit_json(rows)
    elif not rows:
        typer.echo("nothing is held")
    else:
        numeric = ("quantity", "entry", "mark", "value", "unrealised", "stop", "target", "bars_held")
        emit_table("", tuple(rows[0]), [tuple(row.values()) for row in rows], numeric)


def orders(
    *,
    env: Environment = "local",
    state: Annotated[str | None, typer.Option("--status", metavar="STATUS", help="As FILLED, or `working`.")] = None,
    instrument: Annotated[str | None, typer.Option(metavar="ID", help="As AAPL.US.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The latest so many.")] = 20,
    as_json: Json = False,
) -> None:
    """Show orders, the latest last; stops and targets are orders too.

    For example:

      tradewind orders --status working

      tradewind orders --status DENIED -n 100 --json
    """
    from tradewind.adapters.dynamodb import queries
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis.explanation import find_instrument
    from tradewind.cli.output import emit_json, emit_table
    from tradewind.cli.report.files import order_row

    deployed = connect(env)
    name = find_instrument(deployed.configuration, instrument) if instrument else None
    wanted = _wanted(state)
    found = [order for one in deployed.configuration.accounts for order in queries.orders(deployed.ledger, one.name)]
    chosen = [one for one in found if name in {None, one.instrument} and wanted(one)][-limit:]
    if as_json:
        emit_json([order_row(order) for order in chosen])
    elif not chosen:
        typer.echo("there is no such order" if found else "there are no orders yet")
    else:
        head = ("decided", "instrument", "leg", "side", "quantity", "status", "price", "reason", "order")
        emit_table("", head, map(_order, chosen), ("quantity", "price"))


def doctor(
    *,
    env: Environment = "local",
    everything: Annotated[bool, typer.Option("--all", help="Show what is well too.")] = False,
    as_json: Json = False,
) -> None:
    """Check everything that can go wrong, and say of each fault what to do.

    Tables, queues, dead letters, functions, rights, schedules, secrets, clocks, freshness, decisions, the ledger's
    arithmetic and its journal, stops, limits, alerts and alarms. Exit code 1 if anything is wrong.

    For example:

      tradewind doctor --env prod

      tradewind doctor --all --json
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis.doctor import State, examine
    from tradewind.cli.output import coloured, emit_json, emit_table

    findings = examine(connect(env))
    unwell = [one for one in findings if one.state is not State.WELL]
    bad = any(one.state is State.WRONG for one in unwell)
    if as_json:
        emit_json([one.to_json() for one in findings])
    else:
        colours = {State.WELL: "green", State.NOTE: "yellow", State.WRONG: "red"}
        shown = findings if everything else unwell
        rows = [(coloured(one.state, colours[one.state]), one.check, one.text, one.remedy) for one in shown]
        if rows:
            emit_table("", ("", "check", "found", "what to do"), rows)
        names, sick = len({one.check for one in findings}), len({one.check for one in unwell})
        typer.echo(f"{names - sick} of {names} checks are well")
    raise typer.Exit(1 if bad else 0)


def _position(one: "Holding") -> dict[str, Any]:
    from tradewind.cli.configuration.building import decimal_text
    from tradewind.domain.moments import iso

    return {
        "account": one.account,
        "instrument": one.instrument,
        "strategy": one.strategy,
        "quantity": decimal_text(one.quantity),
        "entry": f"{one.entry:.8g}",
        "mark": decimal_text(one.mark),
        "value": f"{one.value:.2f}",
        "unrealised": f"{one.unrealised:+.2f}",
        "stop": "–" if one.stop is None else decimal_text(one.stop),
        "target": "–" if one.target is None else decimal_text(one.target),
        "opened": iso(one.opened),
        "bars_held": one.bars_held,
    }


def _wanted(state: str | None) -> Any:
    from tradewind.domain.order import OrderStatus

    if state is None:
        return lambda _: True
    if state.lower() == "working":
        return lambda order: order.status.is_working
    try:
        status = OrderStatus(state.upper())
    except ValueError:
        raise InputError(f"unknown status {state!r}: use working, {', '.join(OrderStatus)}") from None
    return lambda order: order.status is status


def _order(order: "Order") -> tuple[object, ...]:
    from tradewind.application.wording_orders import waiting
    from tradewind.domain.moments import iso

    price = f"{order.price:f}" if order.price else waiting(order) or "market"
    return (
        iso(order.created), order.instrument, order.leg, order.side, f"{order.quantity:f}", order.status, price,
        order.reason, order.id[:8],
    )  # fmt: skip
