"""Double entry: what each fill and each movement takes from one ledger and gives to another, per currency or coin.

Nothing of it is stored beside fills and movements: it follows from them, so the two can never differ.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from tradewind.domain.fill import Fill
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Side
from tradewind.domain.venue import FlowKind, VenueFlow, coins_of

CASH, POSITION, FEES, REALISED = "cash", "position", "fees", "realised"
FUNDING, COINS, MARKET, APART, OUTSIDE = "funding", "coins", "market", "apart", "outside"

_AGAINST = {FlowKind.FEE: FEES, FlowKind.FUNDING: FUNDING, FlowKind.TRADE: MARKET}


class Posting(NamedTuple):
    """One side of an entry; the sides of one entry come to nothing in every currency.

    Attributes
    ----------
    ledger : str
        `cash`, `position` (at cost), `fees`, `realised` (gains below 0, as income is), `funding` (interest and the
        like, earned below 0), `coins` (what is held), `market` (where it comes from), `apart` (what lies at a venue
        and is not traded with), `outside`.
    entry : str
        The trade or the movement.
    """

    ts: int
    entry: str
    ledger: str
    currency: str
    amount: Decimal


def of_fill(fill: Fill) -> Iterator[Posting]:
    """Yield an execution's postings: money against cost, fee and gain; coins against the market."""
    base, quote = coins_of(fill.instrument)
    sign = 1 if fill.side is Side.BUY else -1
    notional, gained = fill.quantity * fill.price, fill.realised + fill.fee
    sides = (
        (CASH, quote, -sign * notional - fill.fee),
        (POSITION, quote, sign * notional + gained),
        (FEES, quote, fill.fee),
        (REALISED, quote, -gained),
        (COINS, base, sign * fill.quantity),
        (MARKET, base, -sign * fill.quantity),
    )
    for ledger, currency, amount in sides:
        if amount:
            yield Posting(fill.ts, fill.trade_id, ledger, currency, amount)


def of_flow(flow: VenueFlow) -> Iterator[Posting]:
    """Yield the postings of a movement that no order of ours made."""
    against = COINS if flow.instrument else _AGAINST.get(flow.kind, OUTSIDE)
    for currency, amount in sorted(flow.moves.items()):
        if amount:
            yield Posting(flow.ts, flow.flow_id, CASH if currency == flow.cash else APART, currency, amount)
            yield Posting(flow.ts, flow.flow_id, against, currency, -amount)
    if flow.cost:  # coins that left a position without being sold
        _, quote = coins_of(InstrumentId(flow.instrument))
        yield Posting(flow.ts, flow.flow_id, POSITION, quote, -flow.cost)
        yield Posting(flow.ts, flow.flow_id, REALISED, quote, flow.cost)
