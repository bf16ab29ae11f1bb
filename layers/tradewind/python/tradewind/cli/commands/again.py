"""`replay-decision`: one past decision once more, from what was stored."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Environment, Json

if TYPE_CHECKING:
    from tradewind.cli.research.replaying import Replayed


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("replay-decision", rich_help_panel="Ask")(replay_decision)


def replay_decision(
    decision: Annotated[str, typer.Argument(metavar="ID", help="SHARD@TS.REV/STRATEGY/INSTRUMENT, or an intent's id.")],
    *,
    env: Environment = "local",
    as_json: Json = False,
) -> None:
    """Run one past decision again from the stored bars and orders, and compare bit by bit; exit code 1 if it differs.

    `tradewind explain` shows a decision's id. Its state is built again from every slice that was known then, its
    position from the recorded orders, and what the rule says is compared with what was stored: hashes of
    configuration, code and state, strength, and every gate's value, threshold and verdict. What has left the tables is
    read from the vault, and a decision under an earlier configuration is run under that one.

    For example:

      tradewind replay-decision us-1d-1@1331856000000.1/rsi_pullback_pro/AAPL.US
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json
    from tradewind.cli.research.replaying import replay_stored

    one = replay_stored(connect(env), decision)
    if as_json:
        emit_json(_facts(one))
    else:
        _show(one)
    if not one.same:
        raise typer.Exit(1)


def _show(one: "Replayed") -> None:
    from tradewind.cli.output import coloured, emit_table

    typer.echo(f"{one.id}: {one.decision.action}, because {one.decision.reason}")
    held = one.position
    what = f"holding {held.quantity:g} from {held.entry_price:g}, {held.bars_held:g} bars" if held.quantity else "flat"
    typer.echo(f"run again on {one.slices:,} slices, {what}")
    rows = [
        (line.what, line.stored, line.again, coloured("same", "green") if line.same else coloured("differs", "red"))
        for line in one.lines
    ]
    emit_table("", ("", "stored", "again", ""), rows)
    differ = [line.what for line in one.lines if not line.same]
    if "code" in differ:
        typer.echo("other code than decided then: check out what was deployed to compare")
    typer.echo("the same to the last bit" if one.same else f"it differs first in: {differ[0]}")


def _facts(one: "Replayed") -> dict[str, Any]:
    return {
        "id": one.id,
        "same": one.same,
        "slices": one.slices,
        "position": one.position._asdict(),
        "lines": [
            {"what": line.what, "stored": line.stored, "again": line.again, "same": line.same} for line in one.lines
        ],
    }
