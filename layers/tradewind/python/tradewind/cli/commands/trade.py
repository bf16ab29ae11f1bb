"""`buy` and `sell`: orders of a person, past the signals and never past risk."""

from typing import Annotated

import typer

from tradewind.cli.commands.manual import Account, By, Key, Wait, tell
from tradewind.cli.commands.options import Environment, Json

Instrument = Annotated[str, typer.Argument(help="AAPL.US, or AAPL where only one venue has it.")]
Quantity = Annotated[str, typer.Argument(help="In shares or coins; with $ before it, in money: $500.")]
Stop = Annotated[str | None, typer.Option(metavar="PRICE", help="Where it ends at a loss; an entry needs one.")]
Target = Annotated[str | None, typer.Option(metavar="PRICE", help="Where it ends at a profit.")]
Reason = Annotated[str, typer.Option(help="Why; it is journaled and announced.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("buy", rich_help_panel="Trade by hand")(buy)
    app.command("sell", rich_help_panel="Trade by hand")(sell)


def buy(
    instrument: Instrument,
    quantity: Quantity,
    *,
    stop: Stop = None,
    target: Target = None,
    reason: Reason = "bought by hand",
    env: Environment = "local",
    account: Account = None,
    by: By = None,
    key: Key = None,
    wait: Wait = 30,
    as_json: Json = False,
) -> None:
    """Buy at the market, with a stop. The limits of the account hold as they do for a strategy.

    On paper it fills at once: against the order book where the market has one that is no older than a minute, else at
    the last close and the modelled spread. It becomes a position of its own, `manual`, which no strategy touches;
    buying again adds to it. Under one --key an order is placed once, however often it is sent.

    For example:

      tradewind buy AAPL.US 10 --stop 180 --target 230

      tradewind buy BTC-USD.KRAKEN '$500' --stop 58000 --reason "breakout"
    """
    from tradewind.application.by_hand import entry_intent
    from tradewind.cli.asking import Asking, ask
    from tradewind.cli.trading import Ticket

    ticket = Ticket.of(Asking.of(env, by, key), instrument, account, reason)
    wanted = ticket.wanted(ticket.quantity(quantity), ticket.price(stop, "--stop"), ticket.price(target, "--target"))
    intent = entry_intent(ticket.configuration, ticket.book, wanted)
    tell(ask(ticket.asking, [ticket.message(intent)], wait), as_json=as_json)


def sell(
    instrument: Instrument,
    quantity: Quantity,
    *,
    of: Annotated[str | None, typer.Option(metavar="STRATEGY", help="Whose position; yours without it.")] = None,
    reason: Reason = "sold by hand",
    env: Environment = "local",
    account: Account = None,
    by: By = None,
    key: Key = None,
    wait: Wait = 30,
    as_json: Json = False,
) -> None:
    """Sell all or a part of what is held; stop and target cover what is left.

    Without --of it is your own position (`manual`), or that of the only strategy which holds the instrument. Never more
    than is held: accounts are long-only. `tradewind close` sells everything of an instrument.

    For example:

      tradewind sell AAPL.US 5 --reason "half of it"

      tradewind sell BTC-USD.KRAKEN 0.01 --of rsi_pullback_pro
    """
    from dataclasses import replace

    from tradewind.application.by_hand import exit_intent
    from tradewind.cli.asking import Asking, ask
    from tradewind.cli.trading import Ticket

    ticket = Ticket.of(Asking.of(env, by, key), instrument, account, reason)
    wanted = replace(ticket.wanted(ticket.quantity(quantity)), strategy=ticket.owner(of))
    intent = exit_intent(ticket.configuration, ticket.book, wanted)
    tell(ask(ticket.asking, [ticket.message(intent)], wait), as_json=as_json)
