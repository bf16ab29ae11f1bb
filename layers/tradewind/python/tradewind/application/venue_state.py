"""Both sides of an account at one moment: the venue's without a trade in between, the ledger's untorn."""

from collections.abc import Sequence
from decimal import Decimal

from tradewind.application.apply_bars import account_of
from tradewind.application.ports import Clock, ExecutionVenue, Ledger, Reconciliations
from tradewind.domain.configuration import Configuration
from tradewind.domain.errors import TransientError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.ledger import Account
from tradewind.domain.timeframe import DAY, MINUTE
from tradewind.domain.venue import coins_of
from tradewind.execution.reconciling import Known, Seen, flow_id_of

_LOOKS = 3
_OVERLAP = 60 * MINUTE
"""How far before the last agreement a venue is asked again: what it shows late is seen all the same."""


def look(venue: ExecutionVenue, since: int, instruments: Sequence[Instrument]) -> Seen:
    """Look at a venue until nothing has moved while we looked.

    Raises
    ------
    TransientError
        If it never stands still.
    """
    shares = [one.id for one in instruments if "-" not in one.id]
    for _ in range(_LOOKS):
        before, ts = _totals(venue, shares), venue.now()
        fills, flows, orders = venue.fills(since), venue.flows(since), venue.open_orders()
        if _totals(venue, shares) == before:
            return Seen(before, tuple(fills), tuple(flows), tuple(orders), ts)
    raise TransientError(f"the balances at {venue.facts.title} move faster than they can be read")


def _totals(venue: ExecutionVenue, shares: Sequence[InstrumentId]) -> dict[str, Decimal]:
    totals = {coin: one.total for coin, one in venue.balances().items()}
    if shares:
        held = venue.positions()
        totals |= {coins_of(name)[0]: held[name].quantity for name in shares if name in held}
    return {coin: total for coin, total in totals.items() if total}


def known_of(configuration: Configuration, ledger: Ledger, name: str, seen: Seen) -> Known:
    """Return what the ledger knows of what a venue shows."""
    rules, instruments = configuration.account(name), instruments_of(configuration, name)
    shown = [*(one.client_id for one in seen.fills), *(one.client_id for one in seen.orders)]
    asked = sorted({one for one in shown if one})
    snapshot = ledger.snapshot(name, (), [IntentId(one) for one in asked])
    ours = frozenset(asked) - snapshot.absent
    account = account_of(snapshot.account, rules)
    mine = [one.trade_id for one in seen.fills if one.client_id in ours]
    others = [flow_id_of(one) for one in seen.fills if one.client_id not in ours]
    flowed = ledger.flowed(name, [*others, *(one.flow_id for one in seen.flows)])
    return Known(account, snapshot.books, ours, ledger.booked(name, mine), flowed, instruments)


def instruments_of(configuration: Configuration, name: str) -> list[Instrument]:
    """Return what an account trades: every instrument of the timeframes that its strategies see."""
    frames = {one.timeframe for one in configuration.strategies if one.account == name}
    found = {one: None for shard in configuration.shards if shard.timeframe in frames for one in shard.instruments}
    return [configuration.instrument(one) for one in found or configuration.instruments]


def since_of(account: Account, marks: Reconciliations, clock: Clock) -> int:
    """Return from when on a venue is asked, UTC ms: from a while before the last agreement."""
    last = marks.last(account.name)
    if last:
        return max(0, last - _OVERLAP)
    return account.adopted or clock.now(0) - DAY
