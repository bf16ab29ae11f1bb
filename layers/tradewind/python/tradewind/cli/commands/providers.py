"""`providers`: where bars come from, within which limits, and whether they answer now."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.commands.options import Json

if TYPE_CHECKING:
    from tradewind.application.ports_market import ProviderFacts

Name = Annotated[str, typer.Argument(metavar="NAME", help="kraken, binance, …, or ccxt:EXCHANGE for any other.")]
Symbol = Annotated[
    str | None,
    typer.Option("--instrument", metavar="SYMBOL", help="What to ask for, as BTC-USD; without it, one it has."),
]
Url = Annotated[
    str | None, typer.Option("--url", metavar="URL", help="Ask there instead: a simulated venue, or a proxy.")
]
app = typer.Typer()


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="providers", rich_help_panel="Set up", help="List market data providers; try one.")


@app.callback(invoke_without_command=True)
def listing(context: typer.Context, *, as_json: Json = False) -> None:
    """List every provider: limits, history, intervals, spelling, terms, and whether its reading is verified.

    Unverified are those whose reading is tested only on samples made from their documentation.

    For example:

      tradewind providers

      tradewind providers --json
    """
    if context.invoked_subcommand:
        return
    from tradewind.adapters.market.registry import NAMES, facts
    from tradewind.cli.output import emit_json, emit_table, note

    known = [facts(name) for name in NAMES]
    if as_json:
        emit_json([_json(one) for one in known])
        return
    head = ("provider", "asked for", "bars of", "limit", "rows", "history", "spelling", "needs", "reading")
    emit_table("", head, map(_row, known), ("rows",))
    rows = [(one.name, "may be open" if one.opens else "closed", one.terms, one.documentation) for one in known]
    emit_table("", ("provider", "latest row", "terms", "documentation"), rows)
    note("any other exchange: ccxt:EXCHANGE. `tradewind providers check NAME` asks one for everything, once")


@app.command()
def check(name: Name, *, instrument: Symbol = None, url: Url = None, as_json: Json = False) -> None:
    """Ask a provider for everything that it offers, once, and report; exit code 1 if anything failed.

    Credentials are read from the environment variables that `tradewind providers` names.

    For example:

      tradewind providers check kraken

      tradewind providers check binance --instrument ETH-USDT --json

      ALPACA_KEY_ID=… ALPACA_SECRET_KEY=… tradewind providers check alpaca
    """
    import os

    from tradewind.cli.output import coloured, emit_json, emit_table
    from tradewind.cli.probing import probe

    found = probe(name, os.environ, instrument, url)
    failed = [one for one in found if one.outcome == "failed"]
    if as_json:
        emit_json({"provider": name, "ok": not failed, "answers": [one._asdict() for one in found]})
    else:
        colours = {"ok": "green", "failed": "red", "not offered": "dim"}
        rows = [(one.asked, coloured(one.outcome, colours[one.outcome]), one.took, one.detail) for one in found]
        emit_table(f"{name}, {found[0].instrument}", ("asked for", "outcome", "ms", "answer"), rows, ("ms",))
    if failed:
        raise typer.Exit(1)


def _row(one: "ProviderFacts") -> tuple[object, ...]:
    from tradewind.cli.output import coloured

    return (
        one.name,
        " ".join(offer for offer in _OFFERS if offer in one.offers),
        " ".join(one.timeframes),
        f"{one.requests:,} in {_span(one.seconds)} by {one.scope}",
        f"{one.rows:,}" if one.rows < _EVERYTHING else "all",
        one.history,
        one.spelling,
        " ".join(one.keys) or "nothing",
        coloured("verified", "green") if one.verified else coloured("unverified", "yellow"),
    )


_OFFERS = ("bars", "quotes", "instruments", "book", "time")
_EVERYTHING = 1_000_000
_SPANS = {1: "a second", 60: "a minute", 86_400: "a day"}


def _span(seconds: int) -> str:
    return _SPANS.get(seconds, f"{seconds} seconds")


def _json(one: "ProviderFacts") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(one) | {"offers": sorted(one.offers), "timeframes": list(one.timeframes)}
