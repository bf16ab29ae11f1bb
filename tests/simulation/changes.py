"""Orders of people that wait at the exchange, changed while they do: more or less of them, nearer or farther."""

from contextlib import suppress
from decimal import Decimal

from tests.simulation import market
from tests.simulation.stage import Stage
from tests.venues.exchange import Exchange
from tradewind.domain.errors import TransientError
from tradewind.domain.order import Leg, Order
from tradewind.domain.replace_message import Change, ReplaceMessage

_QUANTITIES = (Decimal(0), Decimal(3), Decimal(6), Decimal(6))
"""What an order of five is changed to; 0 leaves it."""

_PRICES = (Decimal(0), Decimal("99.5"), Decimal("100.5"), Decimal("100.5"))
"""Where its limit goes, in per cent of the last price: the last of them takes at once."""


def change_one(stage: Stage, exchange: Exchange) -> None:
    """Let a person change an entry that waits for its price, where there is one."""
    rests = [one for one in stage.world.items.orders.values() if _rests(one)]
    if not rests:
        return
    order, now = stage.rng.choice(rests), stage.world.scheduler.now
    last, rules = exchange.market.last(order.instrument.partition(".")[0]), stage.product.configuration.instrument
    limit = rules(order.instrument).price(int(last * stage.rng.choice(_PRICES)))
    change = Change(stage.rng.choice(_QUANTITIES), limit)
    if change == Change():
        return
    key = f"change-{now}-{stage.rng.randrange(10**6)}"
    message = ReplaceMessage(
        market.ACCOUNT, order.instrument, order.id, order.revision, change, now, "simulated", "script", key
    )
    with suppress(TransientError):  # then nobody has asked for anything
        stage.world.queue.send([message])


def _rests(order: Order) -> bool:
    return order.leg is Leg.ENTRY and order.rests and order.status.is_working and bool(order.terms.limit)
