"""Two hundred executors at once on one account: no limit is passed by one unit, and no conflict costs a delivery."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random

import pytest

from tests.builders import FREE, PAPER, configuration, day, intent, share
from tests.contract.backends import AwsBackend
from tests.fakes.ledger import FakeLedger, LedgerItems
from tradewind.adapters.clock import JitterPause
from tradewind.adapters.venues.paper import PaperVenue
from tradewind.application.apply_bars import PAPER as VENUE
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.ports import Ledger, LedgerView
from tradewind.domain.changeset import Changeset
from tradewind.domain.configuration import Limits
from tradewind.domain.errors import ConflictError
from tradewind.domain.events import JournalEntry
from tradewind.domain.identifiers import IntentId, intent_id
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.messages import IntentMessage
from tradewind.domain.order import Order, OrderStatus

EXECUTORS = 200
AT_ONCE_ON_AWS = 10
"""So many run side by side where the deployed queue wakes them."""

LIMITS = {
    "open positions": (Limits(open_positions=7), 7, "MAX_OPEN_POSITIONS"),
    # An entry reserves ten shares at a collar of five per cent above 100: nine of them fit into 10,000.
    "exposure": (Limits(open_positions=1000, exposure=Decimal("0.1")), 9, "MAX_EXPOSURE"),
    "orders a minute": (Limits(open_positions=1000, orders_per_minute=11), 11, "ORDER_RATE"),
}
NAMES = [f"S{number:03d}.TEST" for number in range(EXECUTORS)]


@dataclass
class Contended(FakeLedger):
    """Reads and writes of many threads; every other transaction meets another one and is not done."""

    chance: Random = field(default_factory=lambda: Random(5))  # noqa: S311 - chance that repeats
    lock: threading.Lock = field(default_factory=threading.Lock)
    conflicts: int = 0

    def view(self, account: str, instrument: InstrumentId, order_id: IntentId | None) -> LedgerView:
        with self.lock:
            return super().view(account, instrument, order_id)

    def commit(self, changeset: Changeset) -> None:
        with self.lock:
            if self.chance.random() < 0.5:
                self.conflicts += 1
                raise ConflictError("TransactionConflict")
            super().commit(changeset)


@dataclass(frozen=True)
class Outcome:
    taken: list[Order]
    denied: list[Order]
    reserved: Decimal
    journal: list[JournalEntry]


def executor(ledger: Ledger, limits: Limits) -> ExecuteMessage:
    made = configuration([share(name) for name in NAMES], replace(FREE, limits=limits))
    apply_bars = ApplyBars(made, ledger, lambda *_: ())
    order = ExecuteOrder(made, ledger, {VENUE: PaperVenue()}, apply_bars, _Now())
    return ExecuteMessage(apply_bars, order, JitterPause())


class _Now:
    def now(self, ts_close: int) -> int:
        return ts_close


def wishes() -> Iterator[IntentMessage]:
    for name in NAMES:
        yield IntentMessage(intent(id=intent_id("many", name), instrument=InstrumentId(name), ts=day(1)))


def all_at_once(ledger: Callable[[], Ledger], limits: Limits, threads: int) -> None:
    """Execute every wish by an executor of its own; what an executor raises is raised here."""
    barrier = threading.Barrier(threads)

    def run(message: IntentMessage) -> None:
        execute = executor(ledger(), limits)
        barrier.wait()
        execute(message)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, wishes()))


def assert_exact(orders: list[Order], stakes: Decimal, most: int, code: str) -> None:
    taken = [one for one in orders if one.status is OrderStatus.ACCEPTED]
    denied = [one for one in orders if one.status is OrderStatus.DENIED]
    assert (len(taken), len(denied)) == (most, EXECUTORS - most)
    assert all(one.reason.partition(":")[0] == code for one in denied), {one.reason for one in denied}
    assert stakes == sum(one.reserved for one in taken)


@pytest.mark.parametrize("name", LIMITS)
def test_no_limit_is_passed_though_every_other_transaction_conflicts(name: str) -> None:
    limits, most, code = LIMITS[name]
    ledger = Contended()

    all_at_once(lambda: ledger, limits, EXECUTORS)

    items: LedgerItems = ledger.items
    assert ledger.conflicts > EXECUTORS / 2
    reserved = sum((one.reserved for one in items.accounts[PAPER].stakes.values()), Decimal(0))
    assert_exact(list(items.orders.values()), reserved, most, code)


@pytest.mark.e2e
def test_no_limit_is_passed_by_executors_with_clients_of_their_own(emulator: str) -> None:
    from tradewind.adapters.dynamodb import queries  # noqa: PLC0415 - with the emulator only

    limits, most, code = LIMITS["open positions"]
    backend = AwsBackend(emulator)

    all_at_once(lambda: backend.process().ledger, limits, AT_ONCE_ON_AWS)

    account = queries.account(backend.ledger, PAPER)
    assert account is not None
    reserved = sum((one.reserved for one in account.stakes.values()), Decimal(0))
    assert_exact(queries.orders(backend.ledger, PAPER), reserved, most, code)
    assert account.seq == len(list(queries.journal(backend.ledger, PAPER)))
    backend.close()
