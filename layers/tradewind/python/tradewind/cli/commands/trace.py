"""`trace`: the whole path of one bar, order or alert."""

from typing import Annotated

import typer

from tradewind.cli.commands.options import Environment, Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trace", rich_help_panel="Ask")(trace)


def trace(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="A trace, an order's id or its start, an alert's id.")
    ],
    *,
    env: Environment = "local",
    as_json: Json = False,
) -> None:
    """Show how a bar became a decision, an order, a fill and an alert, each with its time, by one correlation id.

    Times of bars, orders, fills and journal are the environment's; of alerts and logs the clock on the wall.

    For example:

      tradewind trace us-1d-1@1331683200000.1

      tradewind trace 3f2a91c0 --env prod

      tradewind trace paper-41-0 --json
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.diagnosis.tracing import path, resolve
    from tradewind.cli.output import emit_json, emit_table
    from tradewind.domain.moments import iso

    deployed = connect(env)
    found = resolve(deployed, identifier)
    hops = path(deployed, found)
    if as_json:
        emit_json({"trace": found, "path": [hop.to_json() for hop in hops]})
        return
    typer.echo(f"trace {found}\n")
    rows = [(iso(hop.ts) if hop.ts else "–", hop.step, hop.where, hop.text) for hop in hops]
    emit_table("", ("time (UTC)", "step", "where", "what"), rows)
