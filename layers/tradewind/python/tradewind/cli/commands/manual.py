"""`close`, `flatten`, `cancel`, `resume`: what a person asks of the executor, through the order queue."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.commands.options import By, Environment, Instrument, Json, Key, Reason, Wait, Yes
from tradewind.cli.errors import CommandError, InputError

if TYPE_CHECKING:
    from tradewind.cli.asking import Asked
    from tradewind.cli.deployed import Deployed
    from tradewind.domain.order import Order

Account = Annotated[str | None, typer.Option(metavar="NAME", help="One account; without it, every one concerned.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("close", rich_help_panel="Trade by hand")(close)
    app.command("flatten", rich_help_panel="Trade by hand")(flatten)
    app.command("resume", rich_help_panel="Trade by hand")(resume)
    app.command("cancel", rich_help_panel="Trade by hand")(cancel)


def close(
    instrument: Instrument,
    *,
    reason: Reason = "closed by hand",
    env: Environment = "local",
    account: Account = None,
    by: By = None,
    key: Key = None,
    wait: Wait = 30,
    as_json: Json = False,
) -> None:
    """Close what is held of an instrument, every strategy's part of it. Its stops and targets end with it.

    On paper it fills at once, at the last close and the modelled spread. A strategy may enter again at the next bar:
    `tradewind kill-switch on` keeps it from that.

    For example:

      tradewind close BTC-USD.KRAKEN --reason "news"
    """
    from tradewind.cli.asking import Asking, ask, closing
    from tradewind.cli.diagnosis.explanation import find_instrument

    asking = Asking.of(env, by, key)
    name = find_instrument(asking.deployed.configuration, instrument)
    held = [book for book in asking.books(account) if book.instrument == name and book.positions]
    if not held:
        raise CommandError(f"nothing is held of {name}: `tradewind positions` shows what is")
    tell(ask(asking, closing(asking, held, reason), wait), as_json=as_json)


def flatten(
    *,
    reason: Reason = "flattened by hand",
    env: Environment = "local",
    account: Account = None,
    yes: Yes = False,
    by: By = None,
    key: Key = None,
    wait: Wait = 60,
    as_json: Json = False,
) -> None:
    """Cancel every working entry and close every position. It asks first.

    Strategies may enter again at the next bar: `tradewind kill-switch on` first, where they should not.

    For example:

      tradewind kill-switch on --reason "news" && tradewind flatten --yes
    """
    from tradewind.cli.asking import Asking, ask, cancelling, closing

    asking = Asking.of(env, by, key)
    books = [book for book in asking.books(account) if book.is_active]
    messages = [*cancelling(asking, books, reason), *closing(asking, books, reason)]
    if not messages:
        typer.echo("nothing is held and no entry is working")
        return
    if not yes:
        typer.confirm(f"Cancel and close {len(messages)} orders and positions of {env}?", abort=True, err=True)
    tell(ask(asking, messages, wait), as_json=as_json)


def resume(
    instrument: Instrument,
    *,
    reason: Annotated[str, typer.Option(help="What you found; it is journaled and announced.")],
    env: Environment = "local",
    account: Account = None,
    by: By = None,
    key: Key = None,
    wait: Wait = 30,
    as_json: Json = False,
) -> None:
    """Let a halted instrument take new risk again, once somebody has understood why it was halted.

    It lifts the halt that stands now and no later one.

    For example:

      tradewind resume BTC-USD.KRAKEN --reason "a bar was imported twice; the copy is gone"
    """
    from tradewind.cli.asking import Asking, ask
    from tradewind.cli.diagnosis.explanation import find_instrument
    from tradewind.domain.commands import Command, CommandMessage

    asking = Asking.of(env, by, key)
    name = find_instrument(asking.deployed.configuration, instrument)
    halted = [book for book in asking.books(account) if book.instrument == name and book.halted]
    if not halted:
        raise CommandError(f"{name} is not halted")
    messages = [
        CommandMessage(Command.RESUME, one.account, name, asking.now(name), reason, asking.by, asking.key, one.version)
        for one in halted
    ]
    asked = ask(asking, messages, wait)
    still = [book for book in asking.books(account) if book.instrument == name and book.halted]
    if still and all(one.done for one in asked):
        raise CommandError(
            f"{name} has changed since you looked, and is halted: {still[0].halted}; look, and try again"
        )
    tell(asked, as_json=as_json)


def cancel(
    order: Annotated[
        str | None, typer.Argument(metavar="[ORDER]", help="As `orders` shows it; a beginning is enough.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that works, but for stops and targets.")] = False,
    account: Account = None,
    reason: Reason = "by hand",
    env: Environment = "local",
    by: By = None,
    key: Key = None,
    wait: Wait = 30,
    as_json: Json = False,
) -> None:
    """Cancel a working order, or all of them. A stop cannot be cancelled, for it protects a position: close that.

    For example:

      tradewind orders --status working

      tradewind cancel 5f2c81aa

      tradewind cancel --all
    """
    from tradewind.cli.asking import Asking, ask, cancelling
    from tradewind.domain.errors import BadInputError

    if everything == (order is not None):
        raise InputError("say which order, or --all")
    asking = Asking.of(env, by, key)
    if order is None:
        messages = cancelling(asking, asking.books(account), reason)
        if not messages:
            typer.echo("no order is working but what protects positions")
            return
    else:
        try:
            messages = [asking.steering.cancel(working(asking.deployed, order), reason)]
        except BadInputError as error:
            raise CommandError(str(error)) from None
    tell(ask(asking, messages, wait), as_json=as_json)


def working(deployed: "Deployed", wanted: str) -> "Order":
    """Return the working order that is meant.

    Raises
    ------
    InputError
        If none or several begin so.
    CommandError
        If it ended already.
    """
    from tradewind.adapters.dynamodb import queries

    accounts = [one.name for one in deployed.configuration.accounts]
    found = [one for name in accounts for one in queries.orders(deployed.ledger, name) if one.id.startswith(wanted)]
    if len(found) != 1:
        count = "no order begins" if not found else f"{len(found)} orders begin"
        raise InputError(f"{count} with {wanted}: `tradewind orders` shows them, `--json` with whole ids")
    (one,) = found
    if not one.status.is_working:
        raise CommandError(f"order {wanted} is {one.status} already")
    return one


def tell(asked: "list[Asked]", *, as_json: bool) -> None:
    """Show what came of what was asked; exit code 1 unless all of it was done."""
    from tradewind.cli.output import emit_json, emit_table

    if as_json:
        emit_json([one.to_json() for one in asked])
    else:
        rows = [(one.account, one.instrument, one.what, one.outcome) for one in asked]
        emit_table("", ("account", "instrument", "asked", "outcome"), rows)
    raise typer.Exit(0 if all(one.done and not one.refused for one in asked) else 1)
