"""`settle`: the end of an order that its venue does not show, and of which absence cannot be proven."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.commands.manual import tell, working
from tradewind.cli.commands.options import By, Environment, Json, Key, OrderId, Wait
from tradewind.cli.errors import CommandError, InputError

if TYPE_CHECKING:
    from tradewind.domain.configuration import Configuration
    from tradewind.domain.order import Order


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("settle", rich_help_panel="Trade by hand")(settle)


def settle(
    order: OrderId,
    *,
    reason: Annotated[str, typer.Option(help="Where you looked, and what you saw; it is journaled and announced.")],
    confirm: Annotated[str | None, typer.Option(metavar="SENTENCE", help="The sentence; asked for without it.")] = None,
    env: Environment = "local",
    by: By = None,
    key: Key = None,
    wait: Wait = 30,
    as_json: Json = False,
) -> None:
    """End an order that is not at its venue, on your word, where the venue itself never proves that.

    An order of which nobody knows what became keeps new risk away from its instrument, and a stop or an exit in that
    state keeps its position. Most venues prove by themselves that it cannot arrive any more; exchanges through ccxt do
    not. Look at the exchange's own pages first: open orders, closed orders, trades. If the venue shows it after all,
    that counts and not your word; a fill that is told later is booked and alarmed.

    For example:

      tradewind settle 5f2c81aa --reason "not among open or closed orders nor trades at bitstamp.net"
    """
    from tradewind.application.settle_absent import phrase, too_early
    from tradewind.cli.asking import Asking, ask
    from tradewind.domain.commands import Command, CommandMessage

    asking = Asking.of(env, by, key)
    one = working(asking.deployed, order)
    venue = _venue(asking.deployed.configuration, one)
    now = asking.now(one.instrument)
    early = too_early(one, now)
    if early:
        raise CommandError(early)
    sentence = phrase(one, venue)
    if confirm is None:
        typer.echo(f"type: {sentence}", err=True)
        confirm = typer.prompt("", prompt_suffix="> ", err=True)
    if confirm != sentence:
        raise InputError(f"that is not the sentence, which is: {sentence}")
    message = CommandMessage(
        Command.SETTLE, one.account, one.instrument, now, reason, asking.by, asking.key, order_id=one.id
    )
    tell(ask(asking, [message], wait), as_json=as_json)


def _venue(configuration: "Configuration", order: "Order") -> str:
    """Return where an order is traded.

    Raises
    ------
    CommandError
        If that is here: then the ledger knows.
    """
    from tradewind.application.apply_bars import PAPER

    venue = configuration.account(order.account).venue
    if venue == PAPER:
        raise CommandError(f"account {order.account} is on paper: the ledger knows of each of its orders")
    return venue
