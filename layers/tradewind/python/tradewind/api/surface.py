"""All of the API: every topic on one gateway."""

from tradewind import edge
from tradewind.api.desk import Desk
from tradewind.api.gateway import Gateway
from tradewind.api.views import (
    accounts,
    alerts,
    brain,
    cost,
    decisions,
    health,
    ledger,
    market,
    monitor,
    performance,
    research,
    scans,
    session,
    signals,
    trading,
    universe,
)
from tradewind.settings import RuntimeSettings

TOPICS = (
    health, session, accounts, ledger, decisions, scans, brain, market, performance, trading, signals, universe, alerts,
    research, cost, monitor,
)  # fmt: skip


def build(settings: RuntimeSettings) -> Gateway:
    """Build the API of an environment; nothing is asked of AWS before the first request."""
    desk = Desk(settings)
    gateway = Gateway(edge.logger(), lambda: desk.once, desk.now)
    for topic in TOPICS:
        topic.register(gateway, desk)
    return gateway
