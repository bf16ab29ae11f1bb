"""Values that tests of the core begin from: one instrument, one account, and orders around it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules, Configuration, Gates, Limits, Shard, StrategyRules
from tradewind.domain.identifiers import IntentId, intent_id
from tradewind.domain.instrument import Instrument, InstrumentId
from tradewind.domain.ledger import Account, Book, SubPosition
from tradewind.domain.order import Leg, Order, OrderIntent, OrderStatus, Side
from tradewind.domain.timeframe import DAY, Timeframe

ACME = InstrumentId("ACME.TEST")
BOLT = InstrumentId("BOLT.TEST")
CORE = InstrumentId("CORE.TEST")
STRATEGY = "dipper"
PAPER = "paper"

CENT = Decimal("0.01")
SHARE = Instrument(ACME, tick=CENT, lot=Decimal(1))
"""A share: prices in cents, whole shares."""

COIN = Instrument(InstrumentId("COIN.TEST"), tick=Decimal("0.1"), lot=Decimal("0.00001"))

FREE = AccountRules(PAPER, "PAPER", Decimal(100_000), fee_bps=0, slippage_bps=0, limits=Limits())
"""An account that pays neither fee nor slippage, so that a test reads prices as they are."""

COSTLY = replace(FREE, fee_bps=10, slippage_bps=5)


def share(name: str, **rules: Any) -> Instrument:
    return replace(SHARE, id=InstrumentId(name), **rules)


def day(number: int) -> int:
    """Return `ts_close` of the daily bar of a day number, UTC ms."""
    return number * DAY


def bar(number: int, open_: float, high: float, low: float, close: float, volume: float = 1000.0) -> Bar:
    """Return the daily bar that closes at `day(number)`."""
    return Bar(day(number - 1), day(number), *map(float, (open_, high, low, close, volume)))


def flat_bar(number: int, price: float) -> Bar:
    return bar(number, price, price, price, price)


def order_id(leg: Leg = Leg.ENTRY, ts: int = day(1), strategy: str = STRATEGY) -> IntentId:
    return intent_id(PAPER, "strategy", strategy, "1", Timeframe.D1, ACME, ts, leg, leg, 0)


def entry(**changes: Any) -> Order:
    """Return an accepted entry of ten shares decided at day 1 around 100, stop 95, target 110."""
    order = Order(
        id=order_id(),
        account=PAPER,
        instrument=ACME,
        strategy=STRATEGY,
        leg=Leg.ENTRY,
        side=Side.BUY,
        quantity=Decimal(10),
        parent=order_id(),
        created=day(1),
        stop=Decimal("95.00"),
        target=Decimal("110.00"),
        worst_price=Decimal("105.00"),
        reserved=Decimal(1050),
        status=OrderStatus.ACCEPTED,
        reason="ENTRY",
        trace="daily@1.1",
    )
    return replace(order, **changes)


def exit_order(**changes: Any) -> Order:
    """Return an accepted market exit of the position that `entry` opens, decided at day 2."""
    order = replace(
        entry(),
        id=order_id(Leg.EXIT, day(2)),
        leg=Leg.EXIT,
        side=Side.SELL,
        created=day(2),
        stop=Decimal(0),
        target=Decimal(0),
        worst_price=Decimal(0),
        reserved=Decimal(0),
        reason="SIGNAL",
    )
    return replace(order, **changes)


def held(**changes: Any) -> SubPosition:
    """Return what `entry` holds once filled at 100 on day 2."""
    position = SubPosition(STRATEGY, Decimal(10), Decimal("1000.00"), day(2), 0, order_id())
    return replace(position, **changes)


def book(*orders: Order, positions: Sequence[SubPosition] = (), **changes: Any) -> Book:
    return replace(Book(PAPER, ACME, 1, day(1), Decimal("100.00"), tuple(positions), tuple(orders)), **changes)


def intent(leg: Leg = Leg.ENTRY, **changes: Any) -> OrderIntent:
    """Return an entry of ten shares decided at day 1 (or an exit) on a book at rest."""
    entering = leg is Leg.ENTRY
    ts: int = changes.get("ts", day(1))
    made = OrderIntent(
        id=order_id(leg, ts),
        account=PAPER,
        source="strategy",
        strategy=STRATEGY,
        strategy_version="1",
        timeframe=Timeframe.D1,
        instrument=ACME,
        ts=ts,
        leg=leg,
        side=Side.BUY if entering else Side.SELL,
        quantity=Decimal(10),
        reference_price=Decimal("100.00"),
        stop=Decimal("95.00") if entering else Decimal(0),
        target=Decimal("110.00") if entering else Decimal(0),
        valid_until=ts + DAY,
        assumed_version=-1,
        reason="ENTRY" if entering else "SIGNAL",
        trace="daily@1.1",
    )
    return replace(made, **changes)


def configuration(
    instruments: Sequence[Instrument] = (SHARE,), rules: AccountRules = FREE, **changes: Any
) -> Configuration:
    """Return one daily shard on one paper account under the replay clock."""
    names = tuple(one.id for one in instruments)
    made = Configuration(
        environment="test",
        clock="replay",
        trade_from=0,
        shards=(Shard("daily", Timeframe.D1, "replay", names),),
        instruments={one.id: one for one in instruments},
        accounts=(rules,),
        strategies=(StrategyRules(STRATEGY, rules.name, Timeframe.D1, {}, Gates(0.6, 0)),),
        webhooks=(),
        hash="c0ffee",
    )
    return replace(made, **changes)


def account(**changes: Any) -> Account:
    return replace(Account(PAPER, Decimal(100_000), Decimal(100_000)), **changes)
