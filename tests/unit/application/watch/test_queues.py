"""Dead letters, entries that nobody announced, and orders that nobody is clear about."""

import pytest

from tests.builders import ACME, PAPER, book, day, entry
from tests.fakes.evaluator_stores import FakeQueueDepths
from tests.unit.application.watch.world import World
from tradewind.application.publish_events import SYSTEM
from tradewind.application.watch import RESOLVE_AFTER
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import START
from tradewind.domain.messages import ResolveMessage, to_json
from tradewind.domain.order import OrderStatus
from tradewind.domain.timeframe import DAY, MINUTE


def test_dead_letters_are_told_with_their_number() -> None:
    world = World(depths=FakeQueueDepths({"orders-dlq": 2, "alerts-dlq": 0}))

    assert world.watch().failing == {
        "dead letters orders-dlq": "2 messages wait in orders-dlq; see the runbook on dead letters"
    }


def test_a_dead_letter_of_the_order_queue_blocks_its_instrument_until_it_is_gone() -> None:
    world = World(depths=FakeQueueDepths({"orders-dlq": 1}))
    letter = world.letters.put(to_json(ResolveMessage(PAPER, ACME, entry().id, day(2), "")))

    world.watch()
    assert list(world.controls.get(PAPER).parts) == [f"dead-letter:{ACME}"]

    world.letters.remove(letter)
    world.depths.waiting.clear()
    world.watch()
    assert world.controls.get(PAPER).parts == {}


def test_letters_of_other_queues_concern_no_instrument() -> None:
    world = World(depths=FakeQueueDepths({"alerts-dlq": 2}))

    world.watch()

    assert world.letters.looks == 0


def test_alerts_that_were_not_announced_are_told() -> None:
    world = World()
    world.journal.append(JournalEntry(PAPER, 1, 5, (Event("ORDER_FILLED", Severity.INFO, "x"),), START))

    assert world.watch().failing == {"alerts paper": "announced up to entry 0, the journal has 1"}
    world.journal.mark_published(PAPER, 1)
    assert world.watch().failing == {}


def test_what_was_booked_a_moment_ago_is_no_failure() -> None:
    world = World()
    just_now = world.clock.now(0) - MINUTE // 2
    world.journal.append(JournalEntry(PAPER, 1, just_now, (Event("ORDER_FILLED", Severity.INFO, "x"),), START))

    assert world.watch().failing == {}


@pytest.mark.parametrize("journal", [PAPER, SYSTEM])
def test_who_announces_is_woken_at_every_visit_until_all_is_announced(journal: str) -> None:
    world = World()
    world.journal.append(JournalEntry(journal, 1, 5, (Event("ORDER_FILLED", Severity.INFO, "x"),), START))
    world.watch()
    told = world.told()

    seq, _ = world.journal.head(SYSTEM)
    world.watch()
    woken = world.items.journals[SYSTEM][seq:]
    for name in (PAPER, SYSTEM):
        world.journal.mark_published(name, 99)
    world.watch()
    world.watch()

    assert [entry.events for entry in woken] == [()]
    assert world.told()[: len(told)] == told
    assert world.items.journals[SYSTEM][-1].seq <= woken[-1].seq + 1  # at most that it is well again


@pytest.mark.parametrize(
    ("status", "age", "asked"),
    [
        (OrderStatus.UNKNOWN, 0, True),
        (OrderStatus.SUBMITTED, RESOLVE_AFTER, False),
        (OrderStatus.SUBMITTED, RESOLVE_AFTER + 1, True),
        (OrderStatus.ACCEPTED, 10 * DAY, False),
    ],
)
def test_the_venue_is_asked_about_unclear_and_forgotten_orders(status: OrderStatus, age: int, asked: bool) -> None:
    world = World()
    order = entry(status=status, created=world.clock.time - age)
    world.items.books[PAPER, ACME] = book(order)

    report = world.watch()

    expected = [ResolveMessage(PAPER, ACME, order.id, world.clock.time, order.trace)] if asked else []
    assert (world.queue.sent, report.resolving) == (expected, int(asked))
