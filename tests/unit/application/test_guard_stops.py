"""The stop watchdog: it proves, repairs once, then leaves; what is not a strategy's it only tells of."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from tests.builders import ACME, BOLT, FREE, PAPER, book, configuration, day, entry, held
from tests.fakes.ledger import FakeHealthBoard, FakeJournal, FakeLedger
from tests.fakes.world import FakeClock, FakePause, FakeVenue
from tests.unit.application.test_obey_command import World
from tradewind.application.guard_stops import GuardReport, GuardStops
from tradewind.application.ports import OrderQueue
from tradewind.application.ports_venue import VenueOrder
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import BadInputError, TransientError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.ledger import Book, SubPosition
from tradewind.domain.messages import IntentMessage, Message, from_json, to_json
from tradewind.domain.order import BY_HAND, ELSEWHERE, Leg, Order, OrderStatus, Side
from tradewind.domain.timeframe import Timeframe

NOW = day(3)
STOP = entry(id=IntentId("stop"), leg=Leg.STOP, side=Side.SELL, price=Decimal("95.00"), reserved=Decimal(0))


@dataclass
class Queue(OrderQueue):
    sent: list[Message] = field(default_factory=list)

    def send(self, messages: Sequence[Message]) -> None:
        self.sent.extend(from_json(to_json(one)) for one in messages)

    def refuse(self, body: str, reason: str) -> None:
        raise AssertionError(reason)


@dataclass
class Venue(FakeVenue):
    working: list[VenueOrder] = field(default_factory=list)

    def open_orders(self) -> list[VenueOrder]:
        return self.working


@dataclass
class Guarded:
    """A book on the paper account, or on a venue's, and the watchdog over it."""

    book: Book
    venue: Venue | None = None

    def __post_init__(self) -> None:
        self.world = World(self.book)
        self.world.ledger.items.orders[PAPER, entry().id] = replace(entry(), status=OrderStatus.FILLED)
        self.queue, items = Queue(), self.world.ledger.items
        rules = replace(FREE, venue="KRAKEN") if self.venue else FREE
        self.run_once = GuardStops(
            configuration(rules=rules), FakeLedger(items), self.queue, FakeHealthBoard(items), FakeJournal(items),
            FakeClock(NOW), FakePause(), {PAPER: self.venue} if self.venue else {},
        )  # fmt: skip

    def run(self, *, executed: bool = True) -> GuardReport:
        report = self.run_once()
        sent, self.queue.sent = self.queue.sent, []
        for message in sent if executed else ():
            with suppress(BadInputError):  # it goes to the dead letters
                self.world.execute(message)
        self.asked = sent
        return report

    @property
    def told(self) -> list[str]:
        entries = self.world.ledger.items.journals.get("system", [])
        return [event.kind for one in entries for event in one.events]


def holding(*orders: Order, **changes: object) -> Book:
    position = replace(held(), **changes)  # type: ignore[arg-type]
    return book(*orders, positions=[position], mark=Decimal(104), last_bar=day(2))


def test_a_position_with_its_stop_is_proven_and_nothing_is_said() -> None:
    guard = Guarded(holding(STOP))

    assert guard.run() == GuardReport(1, (), (), ())
    assert (guard.asked, guard.told) == ([], [])


@pytest.mark.parametrize(
    "there", [(), (replace(STOP, quantity=Decimal(4)),), (replace(STOP, price=Decimal(0)),)],
    ids=["missing", "over a part of it", "nowhere"],
)  # fmt: skip
def test_a_wrong_stop_is_repaired_and_the_next_run_proves_it(there: tuple[Order, ...]) -> None:
    guard = Guarded(holding(*there))
    first = guard.run()
    second = guard.run()

    stop = guard.world.now.bracket(entry().id, Leg.STOP)
    assert stop
    assert (stop.quantity, stop.price, stop.status) == (Decimal(10), Decimal("95.00"), OrderStatus.ACCEPTED)
    assert [len(first.repaired), len(second.repaired), len(second.left)] == [1, 0, 0]
    assert guard.told == ["STOP_UNPROVEN", "STOP_PROVEN"]
    assert "STOP_REPAIRED" in [event.kind for event in guard.world.events]


def test_a_stop_that_had_been_trailed_is_mended_where_it_stood() -> None:
    guard = Guarded(holding(replace(STOP, price=Decimal("101.00"), quantity=Decimal(4))))
    guard.run()

    stop = guard.world.now.bracket(entry().id, Leg.STOP)
    assert stop
    assert (stop.quantity, stop.price) == (Decimal(10), Decimal("101.00"))
    assert guard.world.order(STOP).status is OrderStatus.CANCELED


def test_what_is_found_a_second_time_and_cannot_be_repaired_is_sold() -> None:
    guard = Guarded(holding())
    guard.world.ledger.items.orders[PAPER, entry().id] = replace(entry(), stop=Decimal(0))
    guard.run()
    report = guard.run()

    assert len(report.left) == 1
    assert guard.world.now.positions == ()
    assert guard.told == ["STOP_UNPROVEN", "POSITION_LEFT"]
    guard.run()
    assert guard.told[-1] == "STOP_PROVEN"


def test_nothing_is_sold_once_the_stop_stands_again() -> None:
    guard = Guarded(holding())
    guard.run(executed=False)
    (late,) = guard.asked
    guard.run_once()
    again, sale = guard.queue.sent

    for message in (late, again, sale):  # the executor comes to all of them only now
        guard.world.execute(message)

    assert guard.world.now.positions == (held(),)
    assert isinstance(sale, IntentMessage)
    order = guard.world.ledger.items.orders[PAPER, sale.intent.id]
    assert (order.status, order.reason.partition(":")[0]) == (OrderStatus.DENIED, "STOP_PROVEN")


def test_a_position_opened_elsewhere_is_told_of_once_and_never_touched() -> None:
    guard = Guarded(holding(strategy=ELSEWHERE))
    for _ in range(3):
        report = guard.run()
        assert (guard.asked, len(report.told)) == ([], 1)

    assert guard.told == ["POSITION_ELSEWHERE"]


def test_a_person_s_position_is_repaired_and_never_sold() -> None:
    guard = Guarded(holding(strategy=BY_HAND))
    for _ in range(3):
        report = guard.run(executed=False)
        assert (len(report.repaired), report.left) == (1, ())

    assert {type(message) for message in guard.asked} == {CommandMessage}


def test_a_repair_is_asked_for_under_one_name_until_something_moves() -> None:
    guard = Guarded(holding())
    names = set()
    for _ in range(2):
        guard.run_once()
        names |= {one.deduplication_id for one in guard.queue.sent if isinstance(one, CommandMessage)}

    assert len(names) == 1


def test_a_position_whose_stop_nobody_ever_declared_cannot_be_protected() -> None:
    guard = Guarded(holding())
    guard.world.ledger.items.orders[PAPER, entry().id] = replace(entry(), stop=Decimal(0))
    protect = CommandMessage(Command.PROTECT, PAPER, ACME, NOW, "missing", "guard_stops", "k", 1, entry().id)

    with pytest.raises(BadInputError, match="nobody said where the stop of 10 ACME"):
        guard.world.execute(protect)


def test_protecting_what_is_gone_or_protected_changes_nothing() -> None:
    protect = CommandMessage(Command.PROTECT, PAPER, ACME, NOW, "missing", "guard_stops", "k", 1, entry().id)
    for one in (holding(STOP), book()):
        world = World(one)
        world.execute(protect)
        assert (world.now, world.events) == (one, [])


# ── where the venue holds the stop ───────────────────────────────────────────────────────────────────────────────


def at_venue(**changes: object) -> VenueOrder:
    made = VenueOrder("stop", "V1", ACME, Side.SELL, OrderStatus.ACCEPTED, Decimal(10), trigger=Decimal("95.00"))
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_stop_that_rests_at_the_venue_is_proven() -> None:
    assert Guarded(holding(STOP), Venue(working=[at_venue()])).run().repaired == ()


@pytest.mark.parametrize(
    "working",
    [
        [],
        [at_venue(client_id="another")],
        [at_venue(quantity=Decimal(9))],
        [at_venue(filled=Decimal(3))],
        [at_venue(trigger=Decimal(90))],
    ],
    ids=["gone", "another's", "too small", "filled in part", "elsewhere"],
)
def test_a_stop_that_only_the_ledger_believes_in_is_found(working: list[VenueOrder]) -> None:
    report = Guarded(holding(STOP), Venue(working=working)).run(executed=False)

    assert len(report.repaired) == 1


def test_each_of_several_positions_needs_a_stop_of_its_own() -> None:
    other = SubPosition("other", Decimal(3), Decimal(300), day(2), 0, IntentId("other"))
    guard = Guarded(book(STOP, positions=[held(), other], mark=Decimal(104), last_bar=day(2)))

    report = guard.run(executed=False)
    assert (report.positions, len(report.repaired)) == (2, 1)


def test_what_is_less_than_a_lot_needs_no_stop_and_makes_none_wrong() -> None:
    with_dust = holding(STOP, quantity=Decimal("10.4"))
    all_dust = holding(quantity=Decimal("0.4"))

    assert [Guarded(one).run().repaired for one in (with_dust, all_dust)] == [(), ()]
    assert Guarded(holding(STOP, quantity=Decimal("11.4"))).run().repaired != ()


def test_outside_the_session_a_stop_is_said_to_wait_for_the_open() -> None:
    shard = Shard("daily", Timeframe.D1, "replay", (ACME,), calendar="XNYS")
    guard = Guarded(holding())
    guard.run_once = replace(guard.run_once, configuration=configuration(clock="system", shards=(shard,)))
    guard.run()

    (event,) = (one for one in guard.world.ledger.items.journals["system"][0].events)
    assert event.text.endswith("it is being repaired; the venue is closed: it waits for the open")


@dataclass
class Silent(Venue):
    """A venue that does not answer, and counts how often it was asked."""

    asked: int = 0

    def open_orders(self) -> list[VenueOrder]:
        self.asked += 1
        raise TransientError("the venue is down")


def test_a_venue_that_does_not_answer_keeps_no_other_account_from_its_stops() -> None:
    silent, guard = Silent(), Guarded(holding())
    rules = replace(FREE, name="elsewhere", venue="KRAKEN")
    before = guard.run_once.configuration
    guard.run_once = replace(
        guard.run_once, configuration=replace(before, accounts=(rules, *before.accounts)), venues={"elsewhere": silent}
    )
    for name in (ACME, BOLT):
        guard.world.ledger.items.books["elsewhere", name] = replace(holding(STOP), account="elsewhere", instrument=name)

    for wanted in ([CommandMessage], [CommandMessage, IntentMessage]):
        with pytest.raises(TransientError, match="could not be looked at: elsewhere: the venue is down"):
            guard.run_once()
        assert [type(one) for one in guard.queue.sent] == wanted
        guard.queue.sent = []

    assert guard.told == ["STOP_UNPROVEN", "POSITION_LEFT"]
    assert silent.asked == 2


def test_what_a_venue_cannot_be_asked_about_is_known_still_when_it_answers_again() -> None:
    guard = Guarded(holding(STOP), Venue())
    guard.run(executed=False)
    guard.run_once = replace(guard.run_once, venues={PAPER: Silent()})
    with pytest.raises(TransientError):
        guard.run_once()
    guard.run_once = replace(guard.run_once, venues={PAPER: Venue()})

    assert len(guard.run(executed=False).left) == 1
    assert guard.told == ["STOP_UNPROVEN", "POSITION_LEFT"]


def test_a_position_in_what_is_configured_no_more_is_told_of_and_keeps_no_other_from_its_stop() -> None:
    guard = Guarded(holding())
    books = guard.world.ledger.items.books
    guard.world.ledger.items.books = {(PAPER, BOLT): replace(holding(), instrument=BOLT), **books}

    with pytest.raises(TransientError, match=r"paper BOLT.TEST: unknown instrument BOLT.TEST"):
        guard.run_once()
    assert [(type(one), one.instrument) for one in guard.queue.sent] == [(CommandMessage, ACME)]
    assert guard.told == ["STOP_UNPROVEN"]
