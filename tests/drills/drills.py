"""What fails, each drill by its name: the fault first, then orders into it; how it ends is judged by `judge`."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from tests.drills.judge import clear_letters
from tests.drills.stage import Stage
from tests.venues.faults import Fault, hang_up, late, lost, maintenance, slow, status
from tests.venues.private import Account
from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.controls import DynamoControls
from tradewind.application.dead_letters import blocked
from tradewind.domain.order import OrderIntent

type Drill = Callable[[Stage], None]
"""Sets the fault and does what it shall meet; what lasts is healed by whoever calls it, after `LASTS` seconds."""

LASTS = 4.0
ORDERS = {"bybit": "/v5/order/create", "kraken": "AddOrder"}

TRANSACTION = {"service": "dynamodb", "operation": "TransactWriteItems"}
BOTH_READS = {"service": "dynamodb", "operation": "BatchGetItem"}

# ── between the functions and AWS ────────────────────────────────────────────────────────────────────────────────


def _throttled(stage: Stage) -> None:
    stage.burst.breaks(TRANSACTION | {"error": {"code": "ThrottlingException"}, "probability": 0.7})
    stage.enters(orders=3)


def _failing(stage: Stage) -> None:
    error = {"code": "InternalServerError", "status": 500}
    stage.burst.breaks(TRANSACTION | {"error": error, "times": 4}, BOTH_READS | {"error": error, "times": 4})
    stage.enters(orders=3)


def _answer_of_the_ledger_lost(stage: Stage) -> None:
    stage.burst.breaks(TRANSACTION | {"response": {"abort_frac": 0.0}, "times": 3})
    stage.enters(orders=2)


def _conflicts(stage: Stage) -> None:
    reasons = [{"Code": "TransactionConflict"}, *[{"Code": "None"}] * 4]
    error = {"code": "TransactionCanceledException", "fields": {"CancellationReasons": reasons}}
    stage.burst.breaks(TRANSACTION | {"error": error, "probability": 0.5, "times": 40})
    stage.enters(orders=4)


def _connections_reset(stage: Stage) -> None:
    stage.burst.breaks({"service": "dynamodb", "reset": True, "probability": 0.5, "times": 30})
    stage.enters(orders=3)


def _ledger_slow(stage: Stage) -> None:
    stage.burst.breaks(TRANSACTION | {"latency": 1500})
    stage.enters(orders=2)


def _alerts_refused(stage: Stage) -> None:
    stage.burst.breaks({"service": "sns", "error": {"code": "InternalError", "status": 500}})
    stage.enters(orders=2)


def _credentials_denied(stage: Stage) -> None:
    stage.burst.breaks({"service": "ssm", "error": {"code": "ThrottlingException"}})
    stage.kills("execute_orders")  # what starts anew must fetch them
    stage.enters(orders=2)


# ── the function itself ──────────────────────────────────────────────────────────────────────────────────────────


def _killed_at_the_venue(stage: Stage) -> None:
    answer = slow(3.0, 2, ORDERS["bybit"])
    stage.breaks("bybit", answer)
    stage.enters(orders=2)
    _until(lambda: answer.times < 2)
    stage.kills("execute_orders")


def _killed_at_the_ledger(stage: Stage) -> None:
    stage.burst.breaks(TRANSACTION | {"latency": 1500})
    stage.enters(orders=2)
    time.sleep(2.5)
    stage.kills("execute_orders")


def _copies(stage: Stage) -> None:
    entries = stage.enters(orders=2)
    stage.sends_copies(*entries)
    stage.sends_copies(*entries)
    stage.leaves(entries[0])


def _dead_letters(stage: Stage) -> None:
    """One that the executor sets aside, and one that the queue itself gave up, of an instrument that is held."""
    (held,), wanted = stage.enters(orders=1), stage.intends()
    _until(lambda: _stops(stage.accounts["bybit"], held.instrument.partition(".")[0]) > 0)
    stage.poisons("bybit", wanted.instrument)
    stage.poisons("bybit", held.instrument, "OrderDlqUrl")
    _until(lambda: _blocked(stage) == {wanted.instrument, held.instrument})
    stage.send(wanted)
    leaving = stage.leaves(held)
    _until(lambda: _became(stage, wanted) == "DENIED DEAD_LETTER" and _became(stage, leaving).startswith("FILLED"))
    clear_letters(stage)
    _until(lambda: not _blocked(stage))


def _blocked(stage: Stage) -> set[str]:
    stage.calls("watch")
    return set(blocked(DynamoControls(stage.deployed.ledger).get("bybit")))


def _became(stage: Stage, intent: OrderIntent) -> str:
    found = [one for one in queries.orders(stage.deployed.ledger, intent.account) if one.id == intent.id]
    return f"{found[0].status} {found[0].reason.partition(':')[0]}" if found else ""


# ── at the venue ─────────────────────────────────────────────────────────────────────────────────────────────────


def _met(account: str, fault: Fault, orders: int = 1) -> Drill:
    def drill(stage: Stage) -> None:
        stage.breaks(account, replace(fault))
        stage.enters(account, orders)

    return drill


def _throttling(stage: Stage) -> None:
    stage.breaks("bybit", status(429, -1, Retry_After="1"))
    stage.enters(orders=2)


def _fill_before_acknowledgement(stage: Stage) -> None:
    stage.accounts["bybit"].hides = 3_000
    stage.enters(orders=1)


def _pages(kind: str) -> Drill:
    def drill(stage: Stage) -> None:
        account = stage.accounts["bybit"]
        account.pages, account.rows = kind, 2
        stage.enters(orders=3)

    return drill


def _stop_faster_than_exit(stage: Stage) -> None:
    account = stage.accounts["bybit"]
    (entry,) = stage.enters(orders=1)
    _until(lambda: _stops(account, entry.instrument.partition(".")[0]) > 0)
    account.races = True
    stage.leaves(entry)


def _stop_taken_away(stage: Stage) -> None:
    account = stage.accounts["bybit"]
    (entry,) = stage.enters(orders=1)
    symbol = entry.instrument.partition(".")[0]
    _until(lambda: _stops(account, symbol) > 0)
    with account.exchange.lock:
        (stop,) = [one for one in account.exchange.working() if one.wish.symbol == symbol]
        account.exchange.cancel(stop, "somebody at the venue's own page")


def _fills_unheard(stage: Stage) -> None:
    account = stage.accounts["kraken"]
    (entry,) = stage.enters("kraken", 1)
    symbol = entry.instrument.partition(".")[0]
    _until(lambda: _stops(account, symbol) > 0)
    with account.exchange.lock:
        account.exchange.trade(symbol, Decimal(39), Decimal(10))


def _stops(account: Account, symbol: str) -> int:
    with account.exchange.lock:
        return sum(one.wish.symbol == symbol and one.wish.side == "sell" for one in account.exchange.working())


def _until(done: Callable[[], bool], patience: float = 60.0) -> None:
    end = time.monotonic() + patience
    while not done():
        if time.monotonic() > end:
            raise TimeoutError("what the drill begins with did not come about")
        time.sleep(0.05)


DRILLS: Mapping[str, Drill] = {
    "DynamoDB throttles seven of ten transactions": _throttled,
    "DynamoDB fails, reads and writes": _failing,
    "DynamoDB's answer is lost after the transaction": _answer_of_the_ledger_lost,
    "every other transaction conflicts": _conflicts,
    "connections to DynamoDB are reset": _connections_reset,
    "the ledger takes 1.5 s a transaction": _ledger_slow,
    "SNS refuses every alert": _alerts_refused,
    "the keys cannot be fetched": _credentials_denied,
    "the executor dies while the venue is asked": _killed_at_the_venue,
    "the executor dies while the ledger writes": _killed_at_the_ledger,
    "every message comes three times": _copies,
    "messages that nobody can execute": _dead_letters,
    "Bybit takes the order, its answer is lost": _met("bybit", lost(1, ORDERS["bybit"])),
    "Kraken takes the order, its answer is lost": _met("kraken", lost(1, ORDERS["kraken"])),
    "the order is lost on its way to Bybit": _met("bybit", hang_up(1, ORDERS["bybit"])),
    "the order reaches Bybit 8 s late": _met("bybit", late(8.0, 1, ORDERS["bybit"])),
    "Bybit's gateway answers 502": _met("bybit", status(502, 2, ORDERS["bybit"])),
    "Bybit is down for maintenance": _met("bybit", maintenance(-1), 2),
    "Bybit throttles everything": _throttling,
    "a fill is told before its order": _fill_before_acknowledgement,
    "pages of trades repeat a row": _pages("duplicate"),
    "pages of trades lack a row": _pages("missing"),
    "the stop fills while the exit takes it back": _stop_faster_than_exit,
    "somebody cancels a stop at Bybit": _stop_taken_away,
    "Kraken fills a stop and nobody hears of it": _fills_unheard,
}
