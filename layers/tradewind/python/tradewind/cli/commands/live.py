"""`live arm|disarm|status|test`: leave to trade real money, for a while and up to an amount."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands import live_venue
from tradewind.cli.commands.options import By, Environment, Json, Reason
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.application.arm_live import ArmLive
    from tradewind.cli.deployed import Deployed

live = typer.Typer(no_args_is_help=True)

Account = Annotated[str, typer.Option(metavar="NAME", help="Which account.")]

_HOUR = 3_600_000


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    live.command("test")(live_venue.ask_venue)
    parent.add_typer(live, name="live", rich_help_panel="Operate",
                     help="Arm an account with real money, for a while and up to an amount; disarm it.")  # fmt: skip


@live.command("arm")
def arm(
    *,
    account: Account,
    amount: Annotated[str, typer.Option(help="The most that may be tied up, in the account's currency.")],
    hours: Annotated[float, typer.Option(min=0.1, max=168, help="How long it lasts.")] = 8.0,
    reason: Reason = "armed by hand",
    env: Environment = "prod",
    by: By = None,
    as_json: Json = False,
) -> None:
    """Let an account trade real money until an hour that passes by itself. It asks for a secret and for a sentence.

    The secret is the environment's own, in the parameter store at /tradewind/ENV/arming-secret. Environments called
    local and dev can never be armed. The kill switch and every limit hold as before.

    For example:

      tradewind live arm --account kraken --amount 500 --hours 4
    """
    from getpass import getuser

    from tradewind.application.arm_live import Request, may_be_armed, phrase
    from tradewind.cli.deployed import connect
    from tradewind.cli.numbers import decimal_of

    deployed = connect(env)
    may_be_armed(deployed.configuration, account)
    most = decimal_of(amount)
    if most is None:
        raise InputError(f"--amount is {amount!r}, which is no number: write it as 1000")
    now = time.time_ns() // 1_000_000
    until = (now + round(hours * _HOUR)) // 60_000 * 60_000
    typer.echo(f"type: {phrase(account, most, until)}", err=True)
    said = typer.prompt("", prompt_suffix="> ", err=True)
    secret = typer.prompt("arming secret", hide_input=True, err=True)
    _arming(deployed)(Request(account, most, until, said, secret, by or getuser(), reason, now))
    _show(deployed, as_json=as_json)


@live.command("disarm")
def disarm(
    *,
    account: Account,
    reason: Reason = "disarmed by hand",
    env: Environment = "prod",
    by: By = None,
    as_json: Json = False,
) -> None:
    """Take the leave away, effective with the very next order; exits stay allowed. It asks nothing.

    For example:

      tradewind live disarm --account kraken --reason "done for today"
    """
    from getpass import getuser

    from tradewind.cli.deployed import connect

    deployed = connect(env)
    known = [one.name for one in deployed.configuration.accounts]
    if account not in known:
        raise InputError(f"unknown account {account!r}: {env} has {', '.join(known)}")
    _arming(deployed).disarm(account, by or getuser(), reason, time.time_ns() // 1_000_000)
    _show(deployed, as_json=as_json)


@live.command("status")
def status(*, env: Environment = "local", as_json: Json = False) -> None:
    """Show which accounts have real money, which are armed, up to what amount and until when.

    For example:

      tradewind live status --env prod
    """
    from tradewind.cli.deployed import connect

    _show(connect(env), as_json=as_json)


def _arming(deployed: "Deployed") -> "ArmLive":
    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.controls import DynamoControls
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.adapters.secrets import Secrets
    from tradewind.application.arm_live import ArmLive

    place = f"ssm:/tradewind/{deployed.environment}/arming-secret"
    controls, journal = DynamoControls(deployed.ledger), DynamoJournal(deployed.ledger)
    secrets = Secrets(deployed.client)
    return ArmLive(deployed.configuration, controls, journal, JitterPause(), lambda: secrets.text(place).strip())


def _show(deployed: "Deployed", *, as_json: bool) -> None:
    from tradewind.adapters.dynamodb.controls import DynamoControls
    from tradewind.cli.output import emit_json, emit_table
    from tradewind.domain.configuration import AccountMode
    from tradewind.domain.moments import iso

    controls, now = DynamoControls(deployed.ledger), time.time_ns() // 1_000_000
    rows: list[dict[str, Any]] = []
    for one in deployed.configuration.accounts:
        armed = controls.get(one.name).arming
        state = "armed" if armed and now < armed.until else "expired" if armed else "not armed"
        rows.append(
            {
                "account": one.name,
                "mode": str(one.mode),
                "state": state if one.mode is AccountMode.LIVE else "no real money",
                "amount": f"{armed.amount:f}" if armed else "",
                "until": iso(armed.until) if armed else "",
                "by": armed.by if armed else "",
                "because": armed.reason if armed else "",
            }
        )
    if as_json:
        emit_json(rows)
    else:
        emit_table("", tuple(rows[0]), [tuple(row.values()) for row in rows], ("amount",))
