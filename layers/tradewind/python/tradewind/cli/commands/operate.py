"""`kill-switch` and `live`: what an account may do."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import CommandError, InputError

if TYPE_CHECKING:
    from tradewind.cli.deployed import Deployed
    from tradewind.domain.ledger import Control

switch = typer.Typer(no_args_is_help=True)
live = typer.Typer(no_args_is_help=True)

Account = Annotated[str | None, typer.Option(metavar="NAME", help="One account; without it, all of them.")]
Reason = Annotated[str, typer.Option(help="Why; it is journaled and announced.")]
By = Annotated[str | None, typer.Option(metavar="WHO", help="Who; your login name without it.")]


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(
        switch, name="kill-switch", rich_help_panel="Operate",
        help="Stop new risk with the very next order; exits stay allowed.",
    )  # fmt: skip
    parent.add_typer(live, name="live", rich_help_panel="Operate", help="Arming live trading: not yet.")


@switch.command("on")
def switch_on(
    *,
    env: Environment = "local",
    account: Account = None,
    reason: Reason = "switched by hand",
    by: By = None,
    halt: Annotated[bool, typer.Option("--halt", help="HALTED instead of REDUCING: somebody must look first.")] = False,
    as_json: Json = False,
) -> None:
    """Stop every new entry, effective with the very next order. Stops, targets and exits go on.

    It is a condition of the transaction that records an order before any venue hears of it.

    For example:

      tradewind kill-switch on --reason "news"

      tradewind kill-switch on --env prod --account paper --halt
    """
    from tradewind.domain.ledger import TradingState

    _set(env, account, TradingState.HALTED if halt else TradingState.REDUCING, reason, by, as_json=as_json)


@switch.command("off")
def switch_off(
    *,
    env: Environment = "local",
    account: Account = None,
    reason: Reason = "switched by hand",
    by: By = None,
    as_json: Json = False,
) -> None:
    """Allow entries again.

    For example:

      tradewind kill-switch off --reason "looked at it"
    """
    from tradewind.domain.ledger import TradingState

    _set(env, account, TradingState.NORMAL, reason, by, as_json=as_json)


@switch.command("status")
def switch_status(*, env: Environment = "local", as_json: Json = False) -> None:
    """Show what each account may do, since when it was last changed, and why."""
    from tradewind.adapters.dynamodb.controls import DynamoControls
    from tradewind.cli.deployed import connect

    deployed = connect(env)
    controls = DynamoControls(deployed.ledger)
    _show({one.name: controls.get(one.name) for one in deployed.configuration.accounts}, as_json=as_json)


@live.command("arm")
def arm() -> None:
    """Say that live trading cannot be armed yet."""
    raise CommandError("live trading cannot be armed yet: every account is paper, and no setting changes that")


def _set(env: str, account: str | None, state: Any, reason: str, by: str | None, *, as_json: bool) -> None:
    from getpass import getuser

    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.controls import DynamoControls
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.application.switch import SwitchTrading
    from tradewind.cli.deployed import connect

    deployed = connect(env)
    set_state = SwitchTrading(DynamoControls(deployed.ledger), DynamoJournal(deployed.ledger), JitterPause())
    now, who = int(time.time() * 1000), by or getuser()
    changed = {name: set_state(name, state, reason, who, now) for name in _accounts(deployed, account)}
    _show(changed, as_json=as_json)


def _accounts(deployed: "Deployed", account: str | None) -> list[str]:
    known = [one.name for one in deployed.configuration.accounts]
    if account is not None and account not in known:
        raise InputError(f"unknown account {account!r}: {deployed.environment} has {', '.join(known)}")
    return known if account is None else [account]


def _show(controls: "dict[str, Control]", *, as_json: bool) -> None:
    from tradewind.cli.output import emit_json, emit_table

    if as_json:
        emit_json({name: {"state": str(one.state), "reason": one.reason} for name, one in controls.items()})
        return
    meaning = {"NORMAL": "entries and exits", "REDUCING": "exits only", "HALTED": "exits only, until somebody looked"}
    rows = [(name, one.state, meaning[one.state], one.reason) for name, one in controls.items()]
    emit_table("", ("account", "state", "may", "because"), rows)
