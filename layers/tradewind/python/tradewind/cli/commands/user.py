"""`user`: who may log in to the dashboard and the API, and as what."""

import secrets
import string
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import CommandError, InputError

if TYPE_CHECKING:
    from tradewind.cli.deployed import Deployed

app = typer.Typer(no_args_is_help=True)
ROLES = ("viewer", "trader", "admin")

Name = Annotated[str, typer.Argument(help="The name that they log in with.")]


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(
        app, name="user", rich_help_panel="Operate", help="Who may log in: viewers look, traders trade, admins stop."
    )


@app.command()
def add(
    name: Name,
    *,
    role: Annotated[str, typer.Option(help="viewer, trader or admin.")] = "viewer",
    email: Annotated[str | None, typer.Option(help="Where a forgotten password is renewed from.")] = None,
    password: Annotated[str | None, typer.Option(envvar="TRADEWIND_PASSWORD", help="Without it one is made.")] = None,
    env: Environment = "local",
    as_json: Json = False,
) -> None:
    """Let somebody log in, or change their role and password.

    On AWS the password is for once: whoever logs in chooses their own. On this machine it stays.

    For example:

      tradewind user add ann --role trader

      tradewind user add ann --role admin --env prod --email ann@example.com
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json

    if role not in ROLES:
        raise InputError(f"unknown role {role!r}: choose one of {', '.join(ROLES)}")
    deployed, chosen = connect(env), password or made()
    created = put(deployed, name, chosen, role, email)
    if as_json:
        emit_json({"name": name, "role": role, "password": chosen, "created": created})
        return
    typer.echo(f"{name} is {'now' if created else 'now, with a new password,'} {role} of {env}; password: {chosen}")


@app.command()
def remove(name: Name, *, env: Environment = "local", as_json: Json = False) -> None:
    """Let somebody log in no more; whoever is logged in is out within fifteen minutes.

    For example:

      tradewind user remove ann --env prod
    """
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json

    deployed = connect(env)
    pool, client = _pool(deployed)
    try:
        client.admin_user_global_sign_out(UserPoolId=pool, Username=name)
        client.admin_delete_user(UserPoolId=pool, Username=name)
    except client.exceptions.UserNotFoundException:
        raise InputError(f"there is no user {name!r} in {env}: `tradewind user list` shows who there is") from None
    if as_json:
        emit_json({"name": name, "removed": True})
    else:
        typer.echo(f"{name} can log in to {env} no more")


@app.command(name="list")
def list_(*, env: Environment = "local", as_json: Json = False) -> None:
    """Show who may log in, and as what."""
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json, emit_table

    rows = people(connect(env))
    if as_json:
        emit_json(rows)
    elif not rows:
        typer.echo("nobody can log in yet: `tradewind user add NAME --role admin`")
    else:
        emit_table("", ("name", "role", "status"), [tuple(row.values()) for row in rows])


def people(deployed: "Deployed") -> list[dict[str, str]]:
    """Return everybody with their role, by name."""
    pool, client = _pool(deployed)
    pages = client.get_paginator("list_users").paginate(UserPoolId=pool)
    users = sorted((user["Username"], user["UserStatus"]) for page in pages for user in page["Users"])
    return [{"name": name, "role": _role(client, pool, name), "status": status} for name, status in users]


def put(deployed: "Deployed", name: str, password: str, role: str, email: str | None = None) -> bool:
    """Create somebody or change them; return whether they are new."""
    pool, client = _pool(deployed)
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}] if email else []
    try:
        client.admin_create_user(
            UserPoolId=pool, Username=name, TemporaryPassword=password, MessageAction="SUPPRESS",
            UserAttributes=attributes,
        )  # fmt: skip
        created = True
    except client.exceptions.UsernameExistsException:
        created = False
    except client.exceptions.InvalidPasswordException:
        raise InputError("choose a password of twelve characters: small, capital, digit and sign") from None
    if not created or deployed.local:
        lasting = deployed.local is not None
        client.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=lasting)
    for other in ROLES:
        if other != role and not created:
            client.admin_remove_user_from_group(UserPoolId=pool, Username=name, GroupName=other)
    client.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=role)
    return created


def made() -> str:
    """Make a password of four kinds of characters."""
    letters = string.ascii_letters + string.digits
    return "-".join("".join(secrets.choice(letters) for _ in range(6)) for _ in range(3)) + "-Aa1"


def _role(client: Any, pool: str, name: str) -> str:
    groups = client.admin_list_groups_for_user(UserPoolId=pool, Username=name)["Groups"]
    return ", ".join(sorted(group["GroupName"] for group in groups))


def _pool(deployed: "Deployed") -> tuple[str, Any]:
    if "UserPoolId" not in deployed.outputs:
        raise CommandError(f"the deployed {deployed.environment} has no user pool: deploy it again")
    return deployed.output("UserPoolId"), deployed.client("cognito-idp")
