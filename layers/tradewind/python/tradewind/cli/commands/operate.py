"""`kill-switch`: what an account may do, or one strategy or instrument of it."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Account, By, Environment, Json, Reason
from tradewind.cli.errors import InputError

if TYPE_CHECKING:
    from tradewind.cli.deployed import Deployed
    from tradewind.domain.ledger import Control

switch = typer.Typer(no_args_is_help=True)

_BECAUSE = {"dead-letter": "a message of it could not be executed: `tradewind dlq list`"}

Strategy = Annotated[str | None, typer.Option(metavar="NAME", help="Only this strategy.")]
Instrument = Annotated[str | None, typer.Option(metavar="ID", help="Only this instrument, as BTC-USD.KRAKEN.")]


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(
        switch, name="kill-switch", rich_help_panel="Operate",
        help="Stop new risk with the very next order; exits stay allowed.",
    )  # fmt: skip


@switch.command("on")
def switch_on(
    *,
    env: Environment = "local",
    account: Account = None,
    strategy: Strategy = None,
    instrument: Instrument = None,
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

      tradewind kill-switch on --strategy dca_ladder --reason "it averages down too fast"
    """
    from tradewind.domain.ledger import TradingState

    state = TradingState.HALTED if halt else TradingState.REDUCING
    _set(env, account, state, reason, by, (strategy, instrument), as_json=as_json)


@switch.command("off")
def switch_off(
    *,
    env: Environment = "local",
    account: Account = None,
    strategy: Strategy = None,
    instrument: Instrument = None,
    reason: Reason = "switched by hand",
    by: By = None,
    as_json: Json = False,
) -> None:
    """Allow entries again.

    For example:

      tradewind kill-switch off --reason "looked at it"
    """
    from tradewind.domain.ledger import TradingState

    _set(env, account, TradingState.NORMAL, reason, by, (strategy, instrument), as_json=as_json)


@switch.command("status")
def switch_status(*, env: Environment = "local", as_json: Json = False) -> None:
    """Show what each account may do, since when it was last changed, and why."""
    from tradewind.adapters.dynamodb.controls import DynamoControls
    from tradewind.cli.deployed import connect

    deployed = connect(env)
    controls = DynamoControls(deployed.ledger)
    _show({one.name: controls.get(one.name) for one in deployed.configuration.accounts}, as_json=as_json)


def _set(
    env: str, account: str | None, state: Any, reason: str, by: str | None, of: tuple[str | None, str | None], *,
    as_json: bool,
) -> None:  # fmt: skip
    from getpass import getuser

    from tradewind.adapters.clock import JitterPause
    from tradewind.adapters.dynamodb.controls import DynamoControls
    from tradewind.adapters.dynamodb.journal import DynamoJournal
    from tradewind.application.switch import SwitchTrading
    from tradewind.cli.deployed import connect

    deployed = connect(env)
    set_state = SwitchTrading(DynamoControls(deployed.ledger), DynamoJournal(deployed.ledger), JitterPause())
    now, who = int(time.time() * 1000), by or getuser()
    part = _part(deployed, *of)
    changed = {name: set_state(name, state, reason, who, now, part) for name in _accounts(deployed, account)}
    _show(changed, as_json=as_json)


def _part(deployed: "Deployed", strategy: str | None, instrument: str | None) -> str:
    """Return which part of an account is meant; empty for all of it."""
    from tradewind.cli.diagnosis.explanation import find_instrument

    if strategy and instrument:
        raise InputError("say --strategy or --instrument, and the other in a second command")
    if instrument:
        return f"instrument:{find_instrument(deployed.configuration, instrument)}"
    known = {one.name for one in deployed.configuration.strategies} | {"manual", "webhook"}
    if strategy and strategy not in known:
        raise InputError(f"unknown strategy {strategy!r}: {deployed.environment} has {', '.join(sorted(known))}")
    return f"strategy:{strategy}" if strategy else ""


def _accounts(deployed: "Deployed", account: str | None) -> list[str]:
    known = [one.name for one in deployed.configuration.accounts]
    if account is not None and account not in known:
        raise InputError(f"unknown account {account!r}: {deployed.environment} has {', '.join(known)}")
    return known if account is None else [account]


def _show(controls: "dict[str, Control]", *, as_json: bool) -> None:
    from tradewind.cli.output import emit_json, emit_table

    if as_json:
        emit_json({name: _row(one) for name, one in controls.items()})
        return
    meaning = {"NORMAL": "entries and exits", "REDUCING": "exits only", "HALTED": "exits only, until somebody looked"}
    rows = [(name, one.state, meaning[one.state], one.reason) for name, one in controls.items()]
    rows += [
        (f"{name} {part.partition(':')[2]}", state, meaning[state], _BECAUSE.get(part.partition(":")[0], ""))
        for name, one in controls.items()
        for part, state in sorted(one.parts.items())
    ]
    emit_table("", ("account", "state", "may", "because"), rows)


def _row(control: "Control") -> dict[str, Any]:
    parts = {"parts": {name: str(state) for name, state in control.parts.items()}} if control.parts else {}
    return {"state": str(control.state), "reason": control.reason, **parts}
