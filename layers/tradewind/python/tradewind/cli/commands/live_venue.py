"""`live test`: whether an account's venue lets us in, before anything depends on it. It places no order."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.commands.options import Environment, Json
from tradewind.cli.errors import CommandError, InputError

if TYPE_CHECKING:
    from tradewind.application.ports import ExecutionVenue
    from tradewind.domain.configuration import AccountRules, Configuration

_SKEW = 1_000
"""Milliseconds by which clocks may differ without a word."""


def ask_venue(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Which account.")],
    *,
    env: Environment = "local",
    as_json: Json = False,
) -> None:
    """Ask an account's venue for its time, the balances, the open orders and its rules, with the account's own keys.

    It places no order and changes nothing. The first line that fails says what to do.

    For example:

      tradewind live test kraken --env prod
    """
    from tradewind.brokerage import venue_of
    from tradewind.cli.deployed import connect
    from tradewind.cli.output import emit_json, emit_table

    deployed = connect(env)
    rules = _account(deployed.configuration, account)
    venue = venue_of(deployed.configuration, rules, deployed.client)
    rows = list(_answers(deployed.configuration, venue))
    if as_json:
        emit_json([{"question": question, "answer": answer} for question, answer in rows])
    else:
        emit_table(f"{account} at {venue.facts.title} ({rules.mode})", ("question", "answer"), rows)


def _account(configuration: "Configuration", name: str) -> "AccountRules":
    rules = next((one for one in configuration.accounts if one.name == name), None)
    if rules is None:
        known = ", ".join(one.name for one in configuration.accounts)
        raise InputError(f"unknown account {name!r}: there are {known}")
    if rules.venue == "PAPER":
        raise InputError(f"{name} is a paper account: it has no venue to ask")
    return rules


def _answers(configuration: "Configuration", venue: "ExecutionVenue") -> Iterator[tuple[str, str]]:
    """Yield what the venue answers, question by question.

    Raises
    ------
    CommandError
        If it does not let us in.
    """
    from tradewind.domain.errors import TradewindError

    try:
        ahead = venue.now() - time.time_ns() // 1_000_000
        yield "its clock", "as ours" if abs(ahead) < _SKEW else f"{ahead / 1000:+.1f} s from ours"
        for coin, one in sorted(venue.balances().items()):
            yield f"balance {coin}", f"{one.total:f}, {one.free:f} free"
        orders = venue.open_orders()
        yield "open orders", str(len(orders))
        yield from _rules(configuration, venue)
    except TradewindError as error:
        raise CommandError(f"{venue.facts.title} does not let us in: {error}") from None


def _rules(configuration: "Configuration", venue: "ExecutionVenue") -> Iterator[tuple[str, str]]:
    listed = {one.id.rpartition(".")[0]: one for one in venue.rules()}
    for name, ours in sorted(configuration.instruments.items()):
        theirs = listed.get(name.rpartition(".")[0])
        if theirs is None:
            yield name, "not listed there"
            continue
        same = theirs.tick in {None, ours.tick} and theirs.lot in {None, ours.lot}
        said = f"tick {theirs.tick}, lot {theirs.lot}, {str(theirs.status).lower()}"
        yield name, said if same else f"{said}; configured are tick {ours.tick} and lot {ours.lot}"
