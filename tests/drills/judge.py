"""Whether ledger and venues tell the same story, and what was lost or doubled on the way."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from tests.drills.stage import Stage
from tests.venues.exchange import Exchange
from tradewind.adapters.dynamodb import queries
from tradewind.cli.pricing.scenario import RULES
from tradewind.domain.order import Leg, Order, OrderStatus

_OPEN = frozenset({OrderStatus.SUBMITTED, OrderStatus.UNKNOWN, OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_UPDATE})
_WAITING = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
_UNSENT = frozenset({OrderStatus.DENIED, OrderStatus.EXPIRED, OrderStatus.REJECTED})
LOT = Decimal(RULES["lot"])


def unsettled(stage: Stage) -> list[str]:
    """Return what is not as it should be yet; nothing where every ledger is its venue's own story."""
    found = [one for name in stage.accounts for one in _account(stage, name)]
    return [*found, *_queues(stage)]


def lost(stage: Stage) -> int:
    """Return how many intents have no order, and how many of a venue's trades are in no ledger."""
    return sum(len(_missing(stage, name)) + len(_unbooked(stage, name)) for name in stage.accounts)


def doubled(stage: Stage) -> int:
    """Return how many orders a venue has twice, and how many trades a journal tells of twice."""
    return sum(_more_than_one(stage, name) for name in stage.accounts)


def _account(stage: Stage, name: str) -> Iterator[str]:
    table, exchange = stage.deployed.ledger, stage.accounts[name].exchange
    orders = queries.orders(table, name)
    yield from (f"{one} has no order" for one in _missing(stage, name))
    yield from (f"{one.id} is {one.status}" for one in orders if one.status in _OPEN)
    yield from (f"trade {one} is not booked" for one in _unbooked(stage, name))
    yield from (f"{one} works on one side only" for one in _one_sided(orders, exchange))
    for book in queries.books(table, name):
        if book.halted:
            yield f"{book.instrument} is halted: {book.halted}"
        unprotected = [one for one in book.positions if not book.protects(one.parent, LOT)]
        yield from (f"{one.quantity} {book.instrument} have no right-sized stop" for one in unprotected)


def _missing(stage: Stage, name: str) -> list[str]:
    known = {one.id for one in queries.orders(stage.deployed.ledger, name)}
    return [one.id for one in stage.sent.get(name, ()) if one.id not in known]


def _unbooked(stage: Stage, name: str) -> set[str]:
    booked = {one.trade_id for one in queries.fills(stage.deployed.ledger, name)}
    return {one.id for one in list(stage.accounts[name].exchange.trades)} ^ booked


def _one_sided(orders: list[Order], exchange: Exchange) -> set[str]:
    with exchange.lock:
        there = {one.wish.client_id for one in exchange.working()}
    here = {str(one.id) for one in orders if one.status.is_working and one.leg is not Leg.TARGET}
    return there ^ here


def _more_than_one(stage: Stage, name: str) -> int:
    placed = Counter(one.wish.client_id for one in list(stage.accounts[name].exchange.orders.values()))
    told = Counter(
        str((event.data or {}).get("trade_id"))
        for entry in queries.journal(stage.deployed.ledger, name)
        for event in entry.events
        if event.kind == "ORDER_FILLED"
    )
    return sum(times - 1 for counter in (placed, told) for times in counter.values())


def _queues(stage: Stage) -> Iterator[str]:
    for name in ("OrderQueueUrl", "OrderDlqUrl"):
        answer = stage.deployed.client("sqs").get_queue_attributes(
            QueueUrl=stage.deployed.output(name), AttributeNames=list(_WAITING)
        )
        waiting = sum(int(answer["Attributes"].get(one, 0)) for one in _WAITING)
        if waiting:
            yield f"{waiting} messages in {name}"


def clear_letters(stage: Stage) -> None:
    """Forget the dead letters of an earlier drill, which has failed by them."""
    stage.deployed.client("sqs").purge_queue(QueueUrl=stage.deployed.output("OrderDlqUrl"))
