"""A dead letter keeps new risk away from its instrument, for as long as it is one and no longer."""

import json
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from tests.builders import ACME, BOLT, PAPER, SHARE, book, configuration, entry, flat_bar, held, intent, share
from tests.fakes.evaluator_stores import FakeOrderQueue
from tests.fakes.ledger import FakeControls, FakeJournal, FakeLedger, LedgerItems
from tests.fakes.letters import FakeDeadLetters
from tests.fakes.world import FakeClock, FakePause
from tradewind.application.dead_letters import LetterBlocks, SetAside, WatchLetters
from tradewind.application.publish_events import SYSTEM
from tradewind.application.redrive import Redrive
from tradewind.application.switch import SwitchTrading
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.events import Severity
from tradewind.domain.ledger import TradingState
from tradewind.domain.messages import BarMessage, IntentMessage, to_json
from tradewind.domain.order import Leg, OrderStatus, Side
from tradewind.domain.timeframe import Timeframe

BUY = to_json(IntentMessage(intent()))
BAR = to_json(BarMessage(PAPER, ACME, Timeframe.D1, 1, flat_bar(2, 100), -1, "", "daily@2.1"))
OTHER = to_json(IntentMessage(intent(id="other", instrument=BOLT)))
BLOCK = {f"dead-letter:{ACME}": TradingState.REDUCING}


@dataclass
class World:
    items: LedgerItems = field(default_factory=LedgerItems)
    letters: FakeDeadLetters = field(default_factory=FakeDeadLetters)
    queue: FakeOrderQueue = field(default_factory=FakeOrderQueue)

    def __post_init__(self) -> None:
        self.controls, self.journal = FakeControls(self.items), FakeJournal(self.items)
        self.switch = SwitchTrading(self.controls, self.journal, FakePause())

    def blocks(self, by: str) -> LetterBlocks:
        return LetterBlocks(configuration((SHARE, share(BOLT))), self.switch, FakeClock(7), by)

    def parts(self) -> dict[str, TradingState]:
        return dict(self.controls.get(PAPER).parts)

    def refuse(self, body: str, reason: str = "why") -> None:
        """Set a message aside as the executor does."""
        SetAside(self.queue, self.blocks("execute_orders"))(body, reason)
        self.letters.put(body, reason)

    def watch(self) -> None:
        look = WatchLetters(self.letters, self.blocks("watch"))
        look(self.letters.depth(), [self.controls.get(PAPER)])

    def redrive(self) -> Redrive:
        return Redrive(self.letters, FakeLedger(self.items), self.journal, FakePause(), "ana", self.blocks("ana"))

    def told(self) -> list[str]:
        return [event.text for one in self.items.journals.get(SYSTEM, []) for event in one.events]


# ── the executor ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_executor_sets_aside_blocks_its_instrument_once_and_says_why() -> None:
    world = World()

    for _ in range(2):
        world.refuse(BUY, "no such price")

    assert world.parts() == BLOCK
    assert world.queue.refused == [(BUY, "no such price")] * 2
    assert world.told() == [
        "trading of ACME.TEST in paper is REDUCING, was NORMAL: "
        "a message of it is a dead letter: no such price (by execute_orders)"
    ]
    assert world.items.journals[SYSTEM][0].events[0].severity is Severity.CRITICAL


def test_the_block_stands_before_the_letter_does() -> None:
    class Away(FakeOrderQueue):
        def refuse(self, body: str, reason: str) -> None:
            raise ConnectionError(body, reason)

    world = World(queue=Away())

    with pytest.raises(ConnectionError):
        world.refuse(BUY)
    assert world.parts() == BLOCK


def test_a_message_of_an_unknown_schema_still_blocks_what_it_names() -> None:
    world = World()

    world.refuse(json.dumps({**json.loads(BUY), "schema": 99}))

    assert world.parts() == BLOCK


@pytest.mark.parametrize(
    "body",
    ["not json", "[]", "7", '{"account":"paper"}', '{"account":"stranger","instrument":"ACME.TEST"}',
     '{"account":"paper","instrument":"NOBODY.TEST"}', '{"account":["paper"],"instrument":"ACME.TEST"}',
     '{"account":"paper","instrument":{}}'],
)  # fmt: skip
def test_what_names_nothing_of_ours_blocks_nothing(body: str) -> None:
    world = World()

    world.refuse(body)

    assert (world.parts(), world.told()) == ({}, [])
    assert [one for one, _ in world.queue.refused] == [body]


# ── the watch ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_watch_blocks_what_the_queue_itself_gave_up_and_lets_others_see_it_again() -> None:
    world = World()
    world.letters.put(BAR)

    for _ in range(2):
        world.watch()

    assert (world.parts(), world.letters.held) == (BLOCK, set())
    assert len(world.told()) == 1


def test_where_there_is_neither_letter_nor_block_nobody_looks() -> None:
    world = World()

    world.watch()

    assert world.letters.looks == 0


def test_the_watch_lifts_what_no_letter_holds_any_more() -> None:
    """A command that died between removing its letter and lifting the block, or a letter that grew too old."""
    world = World()
    world.refuse(BUY)
    world.refuse(OTHER)
    world.letters.letters.pop("letter-0")

    world.watch()

    assert world.parts() == {f"dead-letter:{BOLT}": TradingState.REDUCING}
    assert world.told()[-1].endswith("is NORMAL, was REDUCING: no letter of it is dead any more (by watch)")


def test_the_watch_lifts_nothing_while_somebody_holds_letters_that_it_cannot_see() -> None:
    world = World()
    world.refuse(BUY)
    held = world.letters.take()

    world.watch()
    assert world.parts() == BLOCK

    world.letters.release(held)
    world.watch()
    assert world.parts() == BLOCK


def test_what_somebody_else_stopped_stays_stopped() -> None:
    world = World()
    stopped = {f"instrument:{ACME}": TradingState.HALTED, "strategy:dipper": TradingState.REDUCING}
    for part, state in stopped.items():
        world.switch(PAPER, state, "looked odd", "reconcile", 1, part)
    world.switch(PAPER, TradingState.REDUCING, "a bad day", "ana", 1)
    world.refuse(BUY)
    assert world.parts() == stopped | BLOCK

    world.letters.letters.clear()
    world.watch()

    assert world.parts() == stopped
    assert world.controls.get(PAPER).state is TradingState.REDUCING


# ── redriving and discarding ─────────────────────────────────────────────────────────────────────────────────────


def test_a_block_goes_with_the_last_letter_of_its_instrument() -> None:
    world = World()
    world.refuse(BUY)
    world.refuse(BAR)
    world.refuse(OTHER)

    for left in (BLOCK, {}):
        redrive = world.redrive()
        held = world.letters.take()
        redrive.discard(held[0], "old", 8)
        redrive.finish(held)
        assert world.parts() == left | {f"dead-letter:{BOLT}": TradingState.REDUCING}
    assert world.letters.held == set()


def test_letters_that_only_show_themselves_once_others_are_gone_keep_the_block() -> None:
    """A FIFO queue shows ten of a group, and the rest after them."""
    world = World()
    world.refuse(BUY)
    redrive = world.redrive()
    held = world.letters.take()
    world.letters.put(BAR)

    redrive.discard(held[0], "old", 8)
    redrive.finish(held)

    assert (world.parts(), world.letters.held) == (BLOCK, set())


def test_an_entry_that_is_sent_again_is_not_denied_for_its_own_letter() -> None:
    world = World()
    world.refuse(BUY)
    redrive = world.redrive()
    held = world.letters.take()

    redrive.admit(held, held)
    redrive.send(held[0], 8)
    assert world.parts() == {}

    world.items.orders[PAPER, intent().id] = entry(id=intent().id, status=OrderStatus.EXPIRED)
    assert redrive.settle(held[0])
    redrive.finish(held)
    assert (world.parts(), world.letters.letters) == ({}, {})


def test_what_was_sent_again_without_effect_is_blocked_again() -> None:
    world = World()
    world.refuse(BUY)
    redrive = world.redrive()
    held = world.letters.take()

    redrive.admit(held, held)
    redrive.send(held[0], 8)
    redrive.finish(held)

    assert world.parts() == BLOCK


def test_a_block_stays_closed_for_an_entry_that_leaves_another_letter_behind() -> None:
    world = World()
    world.refuse(BUY)
    world.refuse(BAR)
    redrive = world.redrive()
    held = world.letters.take()

    redrive.admit(held, held[:1])

    assert world.parts() == BLOCK


def test_bars_are_sent_again_behind_a_closed_block() -> None:
    world = World()
    world.refuse(BAR)
    redrive = world.redrive()
    held = world.letters.take()

    redrive.admit(held, held)

    assert world.parts() == BLOCK


@pytest.mark.parametrize(("quantity", "done"), [("10.4", True), ("11", False)], ids=["dust", "a lot too many"])
def test_a_repair_has_had_its_effect_once_a_stop_stands_over_every_whole_lot(quantity: str, *, done: bool) -> None:
    world = World()
    stop = entry(leg=Leg.STOP, side=Side.SELL, price=Decimal(95))
    position = replace(held(), quantity=Decimal(quantity))
    world.items.books[PAPER, ACME] = book(stop, positions=[position])
    world.refuse(to_json(CommandMessage(Command.PROTECT, PAPER, ACME, 1, "missing", "guard", "k", 1, position.parent)))
    (letter,) = world.letters.take()

    assert world.redrive().settle(letter) is done
