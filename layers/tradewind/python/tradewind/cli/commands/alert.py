"""`alert`: test a channel, see which channels there are, and what was sent."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import CommandError, InputError

if TYPE_CHECKING:
    from tradewind.application.ports_alerts import Delivery
    from tradewind.cli.deployed import Deployed
    from tradewind.domain.alerting import ChannelRules

app = typer.Typer(help="Test channels, and see what was sent to whom.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="alert", rich_help_panel="Operate")


@app.command("test")
def prove(
    channel: Annotated[str | None, typer.Argument(help="Which one; all without.", metavar="[CHANNEL]")] = None,
    *,
    env: Environment = "local",
    wait: Annotated[int, typer.Option("--wait", min=1, max=300, help="Seconds to wait for the outcome.")] = 60,
    as_json: Json = False,
) -> None:
    """Send a test through the deployed path, and show what became of it on each channel.

    It goes past severity, topics, quiet hours and limits: what arrives proves address, secret and rights. Exit code 1
    if a channel failed, or said nothing in time.

    For example:

      tradewind alert test

      tradewind alert test telegram --env prod
    """
    from tradewind.cli.alerting import tested
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json, emit_table

    deployed = connect(env)
    asked = [one.name for one in _channels(deployed) if channel in {None, one.name}]
    if not asked:
        known = ", ".join(one.name for one in _channels(deployed))
        if channel and known:
            raise InputError(f"{env} has no channel {channel}: it has {known}")
        raise CommandError(f"{env} has no channel yet: add one to [alerts] of config/{env}.toml and deploy")
    outcomes = tested(deployed, channel or "", asked, wait)
    if as_json:
        emit_json([{"channel": name, "outcome": outcome} for name, outcome in outcomes.items()])
    else:
        emit_table("", ("channel", "outcome"), outcomes.items())
    raise typer.Exit(0 if all(one == "sent" for one in outcomes.values()) else 1)


@app.command("channels")
def channels(*, env: Environment = "local", as_json: Json = False) -> None:
    """Show each channel with what it wants, and what it holds back now.

    For example:

      tradewind alert channels --env prod
    """
    from tradewind.cli.alerting import store
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json, emit_table

    deployed = connect(env)
    rows = [_channel(one, sum(store(deployed).state(one.name).held.counts.values())) for one in _channels(deployed)]
    if as_json:
        emit_json(rows)
    elif not rows:
        typer.echo(f"{env} has no channel: add emails, phones or [[alerts.channels]] to config/{env}.toml")
    else:
        emit_table("", tuple(rows[0]), [tuple(row.values()) for row in rows], ("held",))


@app.command("list")
def list_alerts(
    *,
    env: Environment = "local",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1_000, help="The latest so many.")] = 20,
    as_json: Json = False,
) -> None:
    """Show the latest alerts and what became of each on each channel, the latest last.

    For example:

      tradewind alert list -n 50 --json
    """
    from tradewind.adapters.dynamodb.queries import ALWAYS
    from tradewind.cli.alerting import store
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json, emit_table

    found = store(connect(env)).latest(limit, ALWAYS)[::-1]
    if as_json:
        emit_json([_row(one) for one in found])
    elif not found:
        typer.echo("no alert has been sent yet")
    else:
        head = ("event", "severity", "topic", "kind", "text", "channels")
        emit_table("", head, [tuple(_row(one)[name] for name in head) for one in found])


def _channels(deployed: "Deployed") -> "tuple[ChannelRules, ...]":
    from tradewind.domain.alerting import channels_of

    return channels_of(deployed.configuration.alerts)


def _channel(one: "ChannelRules", held: int) -> dict[str, Any]:
    start, end = one.quiet
    quiet = f"{start // 60:02}:{start % 60:02}–{end // 60:02}:{end % 60:02} {one.zone}" if start != end else "never"
    return {
        "channel": one.name,
        "kind": one.kind,
        "from": str(one.severity),
        "topics": ", ".join(sorted(one.topics)) or "all",
        "quiet": quiet,
        "repeats": f"once in {one.repeat // 60_000} min" if one.repeat else "all",
        "an hour": one.hourly or "no limit",
        "held": held,
    }


def _row(one: "Delivery") -> dict[str, Any]:
    from tradewind.domain.alerting import topic_of
    from tradewind.domain.moments import iso

    told = "; ".join(f"{name} {outcome}" for name, outcome in one.outcomes.items())
    return {
        "event": iso(one.ts),
        "id": one.alert_id,
        "severity": str(one.event.severity),
        "topic": str(topic_of(one.event)),
        "kind": one.event.kind,
        "text": one.event.text,
        "channels": told,
    }
