"""`local`: the stack on this machine."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.commands.options import Json

if TYPE_CHECKING:
    from tradewind.cli.local import LocalStack

app = typer.Typer(no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(
        app, name="local", rich_help_panel="Run", help="The stack on this machine: up, down, status, logs."
    )


@app.command()
def up(
    *,
    profile: Annotated[str, typer.Option(envvar="PROFILE", help="minimal, standard or full.")] = "minimal",
    port: Annotated[int, typer.Option(envvar="PORT", help="Port of the emulator on loopback.")] = 4566,
    as_json: Json = False,
) -> None:
    """Start the emulator and deploy config/local.toml onto it; what is already there is left as it is.

    For example:

      tradewind local up --profile standard
    """
    from tradewind.cli import local
    from tradewind.cli.configuration.building import build, write
    from tradewind.cli.configuration.reading import read
    from tradewind.cli.deployed import of_local
    from tradewind.cli.output import emit_json, note
    from tradewind.cli.paths import built_file, toml_file
    from tradewind.cli.welcome import welcome

    write(build(read(toml_file("local"))), built_file("local"))
    with local.ends_when_interrupted():
        stack = local.up(profile, port, built_file("local"), note)
    if as_json:
        emit_json(
            {
                "endpoint": stack.endpoint, "api": stack.api_url, "dashboard": stack.dashboard_url,
                "profile": stack.profile, "outputs": stack.outputs,
            }
        )  # fmt: skip
    else:
        typer.echo(f"the local stack is up at {stack.endpoint}; `tradewind replay` feeds it, `make down` ends it")
        typer.echo(f"its API is at {stack.api_url}/api; `tradewind user add NAME --role trader` lets others log in")
        typer.echo(welcome(of_local(stack)))


@app.command()
def down(*, as_json: Json = False) -> None:
    """End the local stack and everything that it started."""
    from tradewind.cli import local
    from tradewind.cli.output import emit_json

    ended = local.down()
    if as_json:
        emit_json({"ended": ended})
    else:
        typer.echo("the local stack has ended" if ended else "no local stack was running")


@app.command()
def status(*, as_json: Json = False) -> None:
    """Say whether the local stack is up, and where; exit code 1 if it is not."""
    from tradewind.cli import local
    from tradewind.cli.output import emit_json

    stack = local.current()
    if as_json:
        emit_json(_standing(stack))
    elif stack is None:
        typer.echo("no local stack is running: start one with `make run` or `tradewind local up`")
    else:
        typer.echo(f"up at {stack.endpoint}, profile {stack.profile}; AWS_CA_BUNDLE={stack.certificate}")
        if stack.dashboard_url:
            typer.echo(f"dashboard at {stack.dashboard_url}/dashboard")
    raise typer.Exit(0 if stack else 1)


def _standing(stack: "LocalStack | None") -> dict[str, object]:
    if stack is None:
        return {"up": False, "endpoint": None, "dashboard": None}
    return {"up": True, "endpoint": stack.endpoint, "dashboard": stack.dashboard_url}


@app.command()
def logs(
    function: Annotated[str, typer.Argument(help="A function, as evaluate_bars; `emulator` for the emulator.")],
    *,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=10_000, help="How many of the newest.")] = 40,
    as_json: Json = False,
) -> None:
    """Print the newest lines of a function's log.

    For example:

      tradewind local logs evaluate_bars

      tradewind local logs execute_orders -n 200
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.errors import InputError
    from tradewind.cli.output import emit_json
    from tradewind.cli.run.logs import newest

    deployed = connect("local")
    if function == "emulator":
        assert deployed.local is not None  # noqa: S101 - `connect("local")` says so
        told = deployed.local.logs_path.read_text(errors="replace").splitlines()[-lines:]
    elif function in deployed.functions:
        told = newest(deployed, function, lines)
    else:
        raise InputError(f"unknown function {function!r}: there are {', '.join(sorted(deployed.functions))}, emulator")
    if as_json:
        emit_json(told)
    else:
        typer.echo("\n".join(told))
