from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from tests.builders import ACME, PAPER, account, book, configuration, day, entry, flat_bar, intent
from tests.fakes.ledger import FakeLedger
from tests.fakes.world import FakeClock, FakePause, FakeVenue
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.retry import ATTEMPTS, LONGEST, until_won
from tradewind.domain.changeset import Changeset
from tradewind.domain.errors import ConflictError, TransientError
from tradewind.domain.ledger import Control, Stake
from tradewind.domain.messages import BarMessage, IntentMessage, Message, ResolveMessage
from tradewind.domain.order import OrderStatus
from tradewind.domain.timeframe import Timeframe

BUY = intent()


@dataclass
class Contested(FakeLedger):
    """Somebody else commits first, as often as `losses` says."""

    losses: int = 0

    def commit(self, changeset: Changeset) -> None:
        if self.losses:
            self.losses -= 1
            raise ConflictError("the account has moved")
        super().commit(changeset)


@dataclass
class World:
    ledger: Contested = field(default_factory=Contested)
    venue: FakeVenue = field(default_factory=FakeVenue)
    pause: FakePause = field(default_factory=FakePause)

    def __post_init__(self) -> None:
        made = configuration()
        apply_bars = ApplyBars(made, self.ledger, lambda *_: ())
        self.execute = ExecuteMessage(
            apply_bars, ExecuteOrder(made, self.ledger, {"PAPER": self.venue}, apply_bars, FakeClock()), self.pause
        )


def test_a_lost_race_costs_no_receive() -> None:
    world = World(Contested(losses=2))

    world.execute(IntentMessage(BUY))

    assert world.ledger.items.orders[PAPER, BUY.id].status is OrderStatus.ACCEPTED
    assert (world.pause.waits, world.venue.received) == ([1, 2], [BUY.id])


class LosesTheAnswer(Contested):
    """The first record of a venue's answer loses its race."""

    def commit(self, changeset: Changeset) -> None:
        if changeset.orders[0].status is OrderStatus.ACCEPTED and not self.losses:
            self.losses = -1
            raise ConflictError("the account has moved")
        FakeLedger.commit(self, changeset)


def test_a_race_lost_after_the_venue_was_asked_does_not_send_the_order_twice() -> None:
    world = World(LosesTheAnswer())

    world.execute(IntentMessage(BUY))

    assert world.ledger.items.orders[PAPER, BUY.id].status is OrderStatus.ACCEPTED
    assert (world.pause.waits, world.venue.received) == ([1], [BUY.id])


def test_everlasting_conflict_ends_in_another_delivery() -> None:
    world = World(Contested(losses=99))

    with pytest.raises(TransientError, match="the account has moved"):
        world.execute(IntentMessage(BUY))
    assert world.pause.waits == [min(one, LONGEST) for one in range(1, ATTEMPTS)]


def test_each_kind_of_message_finds_its_use_case() -> None:
    world = World()
    world.ledger.items.books[PAPER, ACME] = book(entry())
    world.ledger.items.accounts[PAPER] = account(stakes={ACME: Stake(0, Decimal(0), Decimal(1050))})
    world.ledger.items.orders[PAPER, entry().id] = entry(status=OrderStatus.UNKNOWN)
    asked: list[Message] = [
        BarMessage(PAPER, ACME, Timeframe.D1, 1, flat_bar(2, 100), -1, "", ""),
        ResolveMessage(PAPER, ACME, entry().id, day(2), ""),
    ]
    for message in asked:
        world.execute(message)

    assert [fill.order_id for fill in world.ledger.items.fills.values()] == [entry().id]


def test_a_halt_is_recorded_on_the_message_s_instrument() -> None:
    world = World(Contested(losses=1))

    world.execute.halt(IntentMessage(BUY), "a promise is broken")

    assert world.ledger.items.books[PAPER, ACME].halted == "a promise is broken"
    assert world.ledger.items.controls.get(PAPER, Control()) == Control()


@pytest.mark.parametrize("losses", [0, 1, ATTEMPTS - 1])
def test_calls_are_repeated_until_one_wins(losses: int) -> None:
    left = [losses]
    pause = FakePause()

    def attempt() -> str:
        if left[0]:
            left[0] -= 1
            raise ConflictError("lost")
        return "won"

    assert until_won(pause, attempt) == "won"
    assert pause.waits == [min(one, LONGEST) for one in range(1, losses + 1)]


def test_only_conflicts_are_worth_another_call() -> None:
    pause = FakePause()

    def attempt() -> None:
        raise TransientError("throttled")

    with pytest.raises(TransientError):
        until_won(pause, attempt)
    assert pause.waits == []
