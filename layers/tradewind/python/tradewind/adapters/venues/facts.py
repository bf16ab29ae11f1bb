"""What each venue can do: known without asking it, and without what it takes to ask."""

from tradewind.application.ports_venue import VenueFacts
from tradewind.domain.terms import OrderKind, TimeInForce

_CCXT = "CCXT:"

PAPER = VenueFacts(
    name="PAPER",
    title="Paper",
    kinds=frozenset(OrderKind),
    lifetimes=frozenset(TimeInForce),
    replaces=True,
    post_only=True,
    reduce_only=True,
    remembers=False,
    documentation="docs/adr/0004-paper-fills.md",
)

KRAKEN = VenueFacts(
    name="KRAKEN",
    title="Kraken",
    kinds=frozenset(OrderKind),
    lifetimes=frozenset({TimeInForce.GTC, TimeInForce.IOC, TimeInForce.GTD}),
    settles=20_000,
    replaces=True,
    post_only=True,
    requests=1,
    seconds=1,
    documentation="https://docs.kraken.com/api-reference/trading",
)

BYBIT = VenueFacts(
    name="BYBIT",
    title="Bybit",
    kinds=frozenset(OrderKind) - {OrderKind.TRAILING_STOP},
    lifetimes=frozenset({TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK}),
    settles=20_000,
    replaces=True,
    post_only=True,
    requests=20,
    seconds=1,
    documentation="https://bybit-exchange.github.io/docs/v5/order/create-order",
)

ALPACA = VenueFacts(
    name="ALPACA",
    title="Alpaca",
    kinds=frozenset(OrderKind) - {OrderKind.TAKE_PROFIT},
    lifetimes=frozenset({TimeInForce.GTC, TimeInForce.DAY, TimeInForce.IOC, TimeInForce.FOK}),
    of_shares=frozenset({OrderKind.TRAILING_STOP, TimeInForce.DAY, TimeInForce.FOK}),
    settles=30_000,
    replaces=True,
    requests=200,
    seconds=60,
    documentation="https://docs.alpaca.markets/reference/postorder",
)


def of_ccxt(exchange: str, *, post_only: bool = False) -> VenueFacts:
    """Return what holds for every exchange of ccxt; whether one knows post-only, ccxt says of each."""
    return VenueFacts(
        name=f"{_CCXT}{exchange}",
        title=f"{exchange} (ccxt)",
        kinds=frozenset({OrderKind.MARKET, OrderKind.LIMIT, OrderKind.STOP, OrderKind.STOP_LIMIT}),
        lifetimes=frozenset({TimeInForce.GTC, TimeInForce.IOC}),
        post_only=post_only,
        documentation="https://docs.ccxt.com",
    )


def facts_of(venue: str) -> VenueFacts:
    """Return what is known of a venue as the configuration names it."""
    if venue.startswith(_CCXT):
        return of_ccxt(venue.removeprefix(_CCXT))
    return {one.name: one for one in (KRAKEN, BYBIT, ALPACA)}.get(venue, PAPER)
