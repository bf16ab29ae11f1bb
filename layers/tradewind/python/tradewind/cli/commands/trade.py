"""`buy`, `sell` and `replace`: orders of a person, past the signals and never past risk."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.commands.manual import Account, tell
from tradewind.cli.commands.options import By, Environment, Instrument, Json, Key, OrderId, Reason, Wait

if TYPE_CHECKING:
    from tradewind.application.wording_orders import Said

Quantity = Annotated[str, typer.Argument(help="In shares or coins; with $ before it, in money: $500.")]
Stop = Annotated[str | None, typer.Option(metavar="PRICE", help="Where it ends at a loss; an entry needs one.")]
Target = Annotated[str | None, typer.Option(metavar="PRICE", help="Where it ends at a profit.")]
Limit = Annotated[str | None, typer.Option(metavar="PRICE", help="Not beyond this price; it waits for it.")]
Trigger = Annotated[str | None, typer.Option(metavar="PRICE", help="Sleep until the market is there; then at it.")]
Trail = Annotated[str | None, typer.Option(metavar="DISTANCE", help="A trigger that follows the market.")]
Tif = Annotated[str, typer.Option(metavar="GTC|IOC|FOK|DAY|GTD", help="How long it waits: until it is cancelled.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Good till this time, as 2026-11-21T20:00 (UTC).")]
PostOnly = Annotated[bool, typer.Option("--post-only", help="Wait for others, or not at all.")]
ReduceOnly = Annotated[bool, typer.Option("--reduce-only", help="Never open; a sale never does.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("buy", rich_help_panel="Trade by hand")(buy)
    app.command("sell", rich_help_panel="Trade by hand")(sell)
    app.command("replace", rich_help_panel="Trade by hand")(replace)


def buy(
    instrument: Instrument,
    quantity: Quantity,
    *,
    stop: Stop = None,
    target: Target = None,
    limit: Limit = None,
    trigger: Trigger = None,
    trail: Trail = None,
    tif: Tif = "",
    until: Until = None,
    post_only: PostOnly = False,
    reduce_only: ReduceOnly = False,
    reason: Reason = "bought by hand",
    env: Environment = "local",
    account: Account = None,
    by: By = None,
    key: Key = None,
    wait: Wait = 30,
    as_json: Json = False,
) -> None:
    """Buy, with a stop. The limits of the account hold as they do for a strategy.

    At the market it fills on paper at once: against the order book where the market has one that is no older than a
    minute, else at the last close and the modelled spread. With --limit, --trigger or --trail it waits for its price.
    It becomes a position of its own, `manual`, which no strategy touches; buying again adds to it. Under one --key an
    order is placed once, however often it is sent.

    For example:

      tradewind buy AAPL.US 10 --stop 180 --target 230

      tradewind buy BTC-USD.KRAKEN '$500' --stop 58000 --limit 60000 --tif DAY

      tradewind buy BTC-USD.KRAKEN 0.01 --stop 60000 --trigger 65000 --limit 65200
    """
    from tradewind.application.by_hand import entry_intent
    from tradewind.cli.asking import Asking, ask
    from tradewind.cli.trading import Ticket
    from tradewind.domain.order import Side

    ticket = Ticket.of(Asking.of(env, by, key), instrument, account, reason)
    said = _said((limit, trigger, trail), tif, until, post_only=post_only, reduce_only=reduce_only)
    levels = ticket.price(stop, "--stop"), ticket.price(target, "--target")
    wanted = ticket.wanted(ticket.quantity(quantity), *levels, terms=said.terms(Side.BUY, ticket.seen.close))
    intent = entry_intent(ticket.configuration, ticket.book, wanted)
    tell(ask(ticket.asking, [ticket.message(intent)], wait), as_json=as_json)


def sell(
    instrument: Instrument,
    quantity: Quantity,
    *,
    of: Annotated[str | None, typer.Option(metavar="STRATEGY", help="Whose position; yours without it.")] = None,
    limit: Limit = None,
    trigger: Annotated[
        str | None, typer.Option("--stop", "--trigger", metavar="PRICE", help="Sleep until the market is there.")
    ] = None,
    trail: Trail = None,
    tif: Tif = "",
    until: Until = None,
    post_only: PostOnly = False,
    reduce_only: ReduceOnly = False,
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
    than is held: accounts are long-only. With --limit, --stop or --trail it waits for its price, beside the position's
    own stop and target; whichever comes first shrinks or ends the others. `tradewind close` sells everything at once.

    For example:

      tradewind sell AAPL.US 5 --reason "half of it"

      tradewind sell AAPL.US 5 --limit 240 --tif DAY

      tradewind sell BTC-USD.KRAKEN 0.01 --of rsi_pullback_pro --trail 900
    """
    from dataclasses import replace as changed

    from tradewind.application.by_hand import exit_intent
    from tradewind.cli.asking import Asking, ask
    from tradewind.cli.trading import Ticket
    from tradewind.domain.order import Side

    ticket = Ticket.of(Asking.of(env, by, key), instrument, account, reason)
    said = _said((limit, trigger, trail), tif, until, post_only=post_only, reduce_only=reduce_only)
    terms = said.terms(Side.SELL, ticket.seen.close)
    wanted = changed(ticket.wanted(ticket.quantity(quantity), terms=terms), strategy=ticket.owner(of))
    intent = exit_intent(ticket.configuration, ticket.book, wanted)
    tell(ask(ticket.asking, [ticket.message(intent)], wait), as_json=as_json)


def replace(
    order: OrderId,
    *,
    quantity: Annotated[str | None, typer.Option(help="In all, what is filled already included.")] = None,
    limit: Annotated[str | None, typer.Option(metavar="PRICE", help="Of a limit, or of a position's target.")] = None,
    stop: Annotated[
        str | None, typer.Option("--stop", "--trigger", metavar="PRICE", help="Of a trigger, or of a position's stop.")
    ] = None,
    trail: Annotated[str | None, typer.Option(metavar="DISTANCE", help="Measured anew from the last price.")] = None,
    reason: Reason = "by hand",
    env: Environment = "local",
    by: By = None,
    key: Key = None,
    wait: Wait = 30,
    as_json: Json = False,
) -> None:
    """Change a working order: its quantity, or the price that it waits for; also a position's own stop and target.

    It meets every limit that a new order would; what is refused works on as it was. It changes the order that you
    looked at: if somebody was faster, look again.

    For example:

      tradewind orders --status working

      tradewind replace 5f2c81aa --limit 59500

      tradewind replace 77d01c3e --stop 61000 --reason "locks the gain in"
    """
    from tradewind.cli.asking import Asking, ask
    from tradewind.cli.commands.manual import working
    from tradewind.cli.errors import CommandError
    from tradewind.cli.trading import changed
    from tradewind.domain.errors import BadInputError

    asking = Asking.of(env, by, key)
    one = working(asking.deployed, order)
    try:
        message = asking.steering.replace(one, changed(quantity, limit, stop, trail), reason)
    except BadInputError as error:
        raise CommandError(str(error)) from None
    tell(ask(asking, [message], wait), as_json=as_json)


def _said(
    prices: tuple[str | None, str | None, str | None],
    tif: str,
    until: str | None,
    *,
    post_only: bool,
    reduce_only: bool,
) -> "Said":
    from tradewind.application.wording_orders import Said
    from tradewind.cli.times import parse_time
    from tradewind.cli.trading import number
    from tradewind.domain.order import NOTHING

    names = ("--limit", "--trigger", "--trail")
    limit, trigger, trail = (
        NOTHING if text is None else number(text, name) for text, name in zip(prices, names, strict=True)
    )
    ends = parse_time(until, "--until") if until else 0
    return Said(limit, trigger, trail, tif, ends, post_only, reduce_only)
