"""`universe`: which instruments of a venue are followed, why the others are not, and who belonged on a day."""

import os
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.domain.universe import Candidate, Choice, Filter

app = typer.Typer(no_args_is_help=True)
_SECONDS = 200.0
"""How long one question may take: a slow provider is asked for a month of each of a hundred."""
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A universe of the environment's configuration, or a preset.")
]
ProviderName = Annotated[str, typer.Option("--provider", metavar="NAME", help="For a preset: who is asked, as bybit.")]
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="Ask there instead: a simulated venue.")]


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="universe", rich_help_panel="Set up", help="Which instruments are followed, and why.")


@app.command()
def preview(
    name: Name,
    *,
    env: Environment = "dev",
    provider: ProviderName = "",
    url: Url = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Show so many members.")] = 30,
    as_json: Json = False,
) -> None:
    """Ask the provider now, and show who would belong and why each other one would not. Nothing is written.

    Turnover is of 24 hours in the quote currency, spread in basis points, volatility the daily one of the last month,
    trend the way gone straight, from -1 to 1.

    For example:

      tradewind universe preview liquid-90 --provider bybit

      tradewind universe preview bybit-90 --env prod --json
    """
    from tradewind.cli.output import emit_json, emit_table

    _, _, choice = _choose(name, env, provider, url)
    reasons = Counter(reason.partition(" ")[0] for reason in choice.left_out.values())
    if as_json:
        rows = [_row(one, index) for index, one in enumerate(choice.members, 1)]
        emit_json({"universe": name, "members": rows, "left_out": dict(sorted(choice.left_out.items()))})
        return
    head = ("", "instrument", "kind", "turnover", "spread", "volatility", "trend", "profile")
    shown = [tuple(_row(one, index).values()) for index, one in enumerate(choice.members[:limit], 1)]
    typer.echo(f"{len(choice.members)} of {len(choice.members) + len(choice.left_out)} listed instruments belong")
    if shown:
        emit_table("", head, shown, head[3:7])
    if len(choice.members) > limit:
        typer.echo(f"and {len(choice.members) - limit} more (--limit)")
    typer.echo("left out: " + (", ".join(f"{count} {reason}" for reason, count in reasons.most_common()) or "nobody"))


@app.command()
def pin(
    name: Name, *, env: Environment = "dev", provider: ProviderName = "", url: Url = None, as_json: Json = False
) -> None:
    """Write today's choice to config/universes/NAME.json, from which markets with `universe = NAME` take their members.

    Whoever is in a shard stays in it; newcomers take free places. Deploy to follow them.

    For example:

      tradewind universe pin bybit-90 --env prod
    """
    from tradewind.cli.configuration import universes
    from tradewind.cli.output import emit_json
    from tradewind.cli.paths import toml_file
    from tradewind.domain.timeframe import DAY

    venue, _, choice = _choose(name, env, provider, url)
    if not choice.members:
        raise InputError(f"nobody belongs to {name} today: look at `tradewind universe preview {name}`")
    moved = universes.pin(toml_file(env).parent, name, venue, choice, _now() // DAY)
    if as_json:
        emit_json({"universe": name, "members": len(choice.members), **moved})
        return
    typer.echo(f"{name}: {len(choice.members)} instruments pinned in config/universes/{name}.json")
    for word, names in moved.items():
        if names:
            typer.echo(f"{word}: {', '.join(names)}")


@app.command()
def show(
    name: Name,
    *,
    env: Environment = "dev",
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="As 2026-05-01; today without it.")] = None,
    as_json: Json = False,
) -> None:
    """Show who belonged to a universe on a day, delisted instruments included, as the daily refresh stored it.

    For example:

      tradewind universe show bybit-90 --env prod --on 2026-05-01
    """
    from tradewind.adapters.dynamodb.universes import DynamoUniverses
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json, emit_table
    from tradewind.cli.times import parse_time
    from tradewind.domain.moments import iso
    from tradewind.domain.timeframe import DAY

    day = (parse_time(on, "day") if on else _now()) // DAY
    found = DynamoUniverses(connect(env).market).on(name, day)
    if found is None:
        raise InputError(f"nothing is known of {name} up to {iso(day * DAY)}: is it refreshed in {env}?")
    by_name = {one.id: one for one in found.listed}
    rows = [_row(by_name[member], index) for index, member in enumerate(found.members, 1)]
    if as_json:
        emit_json({"universe": name, "day": iso(found.day * DAY), "members": rows})
        return
    head = ("", "instrument", "kind", "turnover", "spread", "volatility", "trend", "profile")
    emit_table(f"{name} on {iso(found.day * DAY)}", head, [tuple(row.values()) for row in rows], head[3:7])


@app.command()
def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A universe that the environment refreshes each day.")],
    *,
    env: Environment = "dev",
    start: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day; else all that is stored.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Last day, itself included; else today.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to; else NAME.json.")] = None,
    as_json: Json = False,
) -> None:
    """Write who belonged on each day to a file, which `tradewind backtest --universe FILE` goes by anywhere.

    It is JSON, {"universe": NAME, "days": {"2026-05-01": ["BTC-USDT.BYBIT", …], …}}, so it can be written by hand too.
    A day that is not in it is like the one before it.

    For example:

      tradewind universe export bybit-90 --env prod --from 2026-01-01 --to 2026-06-30 --out bybit-90.json

      tradewind backtest bars --interval 1h --universe bybit-90.json
    """
    from tradewind.adapters.dynamodb.universes import DynamoUniverses
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json
    from tradewind.cli.times import parse_time
    from tradewind.cli.universes.files import write
    from tradewind.domain.moments import iso
    from tradewind.domain.timeframe import DAY

    first = parse_time(start, "--from") // DAY if start else 0
    last = (parse_time(end, "--to") if end else _now()) // DAY
    if first > last:
        raise InputError(f"--from {start} is after --to {iso(last * DAY)}")
    found = DynamoUniverses(connect(env).market).between(name, first, last)
    if not found.days:
        raise InputError(f"nothing is known of {name} up to {iso(last * DAY)}: is it refreshed in {env}?")
    path = out or Path(f"{name}.json")
    write(found, path)
    ever = found.between(found.days[0], last)
    span = [iso(day * DAY) for day in (found.days[0], found.days[-1])]
    if as_json:
        told = {"universe": name, "file": str(path), "days": len(found.days), "span": span}
        emit_json(told | {"instruments": sorted(ever)})
        return
    typer.echo(
        f"written: {path}; {len(found.days):,} days, {span[0]} to {span[1]}, {len(ever):,} that belonged at some time"
    )


def _choose(name: str, env: str, provider: str, url: str | None) -> "tuple[str, Filter, Choice]":
    from tradewind.adapters.market.registry import build
    from tradewind.application.refresh_universe import choose_today

    venue, asked, rules = _universe(name, env, provider)
    source = build(asked, os.environ, budget=_SECONDS, **({"base_url": url} if url else {}))
    return venue, rules, choose_today(source, venue, rules, _now())[1]


def _universe(name: str, env: str, provider: str) -> "tuple[str, str, Filter]":
    from tradewind.cli.configuration import reading
    from tradewind.cli.configuration.universes import rules_of
    from tradewind.cli.paths import toml_file
    from tradewind.domain.universe import PRESETS

    file = reading.read(toml_file(env), pinned=False)
    if name in file.universes:
        table = file.universes[name]
        return table.venue, provider or table.provider, rules_of(table)
    if name in PRESETS and provider:
        return provider.upper(), provider, PRESETS[name]
    known = ", ".join(sorted(file.universes)) or "none"
    presets = ", ".join(PRESETS)
    raise InputError(
        f"{env} has no universe {name!r} (it has {known}); a preset ({presets}) needs --provider"
    )  # fmt: skip


def _row(one: "Candidate", rank: int) -> dict[str, Any]:
    return {
        "rank": rank,
        "instrument": one.id,
        "kind": str(one.category),
        "turnover": f"{one.turnover:,.0f}",
        "spread_bps": f"{one.spread_bps:.1f}",
        "volatility": f"{one.volatility:.3f}",
        "trend": f"{one.trend:+.2f}",
        "profile": str(one.profile),
    }


def _now() -> int:
    return time.time_ns() // 1_000_000
