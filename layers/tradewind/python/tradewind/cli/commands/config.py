"""`config`: what trades, where and within which limits."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Json

if TYPE_CHECKING:
    from tradewind.cli.configuration.models import EnvironmentFile

Name = Annotated[str, typer.Argument(metavar="ENV", help="local, dev, prod, or any config/ENV.toml of your own.")]
app = typer.Typer(no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(
        app, name="config", rich_help_panel="Set up", help="Check, show, compare and build config/ENV.toml."
    )


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ENV]...", help="Without one, all.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Say what is wrong in config/ENV.toml, each thing with its line; exit code 2 if anything is.

    For example:

      tradewind config check

      tradewind config check prod --json
    """
    from tradewind.cli.output import emit_json
    from tradewind.cli.paths import root
    from tradewind.domain.errors import BadInputError

    chosen = names or sorted(path.stem for path in (root() / "config").glob("*.toml"))
    faults: dict[str, list[str]] = {}
    for name in chosen:
        try:
            _read(name)
            faults[name] = []
        except BadInputError as error:
            faults[name] = str(error).splitlines()
    if as_json:
        emit_json({name: {"ok": not lines, "faults": lines} for name, lines in faults.items()})
    else:
        for name, lines in faults.items():
            typer.echo("\n".join(lines) if lines else f"config/{name}.toml is sound")
    if any(faults.values()):
        raise typer.Exit(2)


@app.command()
def show(name: Name = "local", *, as_json: Json = False) -> None:
    """Show what the functions would read: shards, accounts with fees and limits, strategies with every parameter.

    For example:

      tradewind config show

      tradewind config show prod --json
    """
    from tradewind.cli.configuration.building import build, canonical
    from tradewind.cli.output import emit_json, emit_table
    from tradewind.domain.identifiers import content_hash

    data = build(_read(name))
    text = content_hash(canonical(data).encode())
    if as_json:
        emit_json(data | {"hash": text})
        return
    emit_table(f"{name}, {data['clock']} clock, hash {text}", ("what", "value"), _lines(data))


@app.command()
def diff(
    left: Annotated[str, typer.Argument(metavar="A")],
    right: Annotated[str, typer.Argument(metavar="B")],
    *,
    as_json: Json = False,
) -> None:
    """Show what two environments say differently; exit code 1 if anything.

    For example:

      tradewind config diff dev prod
    """
    from tradewind.cli.configuration.building import build
    from tradewind.cli.configuration.difference import differences
    from tradewind.cli.output import emit_json, emit_table

    found = differences(build(_read(left)), build(_read(right)))
    if as_json:
        emit_json([{"place": one.place, left: one.left, right: one.right} for one in found])
    elif not found:
        typer.echo(f"{left} and {right} say the same")
    else:
        emit_table("", ("place", left, right), [(one.place, _short(one.left), _short(one.right)) for one in found])
    raise typer.Exit(1 if found else 0)


@app.command()
def build(name: Name = "local", *, as_json: Json = False) -> None:
    """Write what the functions read, to build/config/ENV/environment.json; `make deploy` and `make run` do it too.

    For example:

      tradewind config build dev
    """
    from tradewind.cli.configuration import building
    from tradewind.cli.output import emit_json
    from tradewind.cli.paths import built_file

    path = built_file(name)
    configuration = building.write(building.build(_read(name)), path)
    if as_json:
        emit_json({"file": str(path), "hash": configuration.hash})
    else:
        typer.echo(f"{_relative(path)} written, hash {configuration.hash}")


def _read(name: str) -> "EnvironmentFile":
    from tradewind.cli.configuration.reading import read
    from tradewind.cli.paths import toml_file

    return read(toml_file(name))


def _relative(path: Path) -> Path:
    from tradewind.cli.paths import root

    return path.relative_to(root()) if path.is_relative_to(root()) else path


def _lines(data: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [(f"shard {row['name']}", f"{row['provider']}: {_short(row['instruments'])}") for row in data["shards"]]
    for row in data["accounts"]:
        rows.append((f"account {row['name']}", _traded_at(row)))
        rows.append(("", f"fee {row['fee_bps']} bps, slippage {row['slippage_bps']} bps"))
        rows.extend(("", f"{key} {value}") for key, value in row["limits"].items())
    for row in data["strategies"]:
        rows.append((f"strategy {row['name']}", f"for {row['account']} on {row['timeframe']} bars"))
        rows.extend(("", f"{key} {value:g}") for key, value in row["gates"].items())
        rows.extend(("", f"sizing {key} {value}") for key, value in _sizing(row))
        rows.extend(("", f"{key} {value:g}{mark}") for key, value, mark in _parameters(row))
    rows.extend((f"alerts: {key}", _short(value)) for key, value in data["alerts"].items())
    return [*rows, *((f"schedule {key}", value) for key, value in data["schedules"].items())]


def _traded_at(row: dict[str, Any]) -> str:
    """Say where an account trades; what one at a venue owns, its venue says."""
    if "mode" not in row:
        return f"paper, {row['cash']} to start with"
    where = f"{row['venue']} at {row['address']}" if row["address"] else row["venue"]
    return f"{row['mode']} at {where}, credentials {row['credentials'] or 'none'}"


def _sizing(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a strategy's file says of the size of its entries."""
    said: dict[str, Any] = dict(row.get("sizing", {}))
    regimes: dict[str, float] = said.pop("regimes", {})
    return [*((key, str(value)) for key, value in said.items()), *((key, f"× {by:g}") for key, by in regimes.items())]


def _parameters(row: dict[str, Any]) -> list[tuple[str, float, str]]:
    """Return every parameter of a strategy with its value, marking those that the file sets."""
    from tradewind.cli.paths import user_strategies
    from tradewind.strategies.registry import build

    given = row["parameters"]
    strategy = build(row["name"], given, user_strategies())
    values = strategy.parameters._asdict()
    return [(one.name, values[one.name], " (set here)" if one.name in given else "") for one in strategy.declared]


def _short(value: Any) -> str:
    from tradewind.cli.output import first_of

    if value is None:
        return "–"
    if isinstance(value, list):
        return first_of(value) or "none"
    return str(value)
