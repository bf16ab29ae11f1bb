from dataclasses import dataclass, field

import pytest

from tests.fakes.ledger import FakeControls, FakeJournal, LedgerItems
from tests.fakes.world import FakePause
from tradewind.application.publish_events import SYSTEM
from tradewind.application.switch import SwitchTrading
from tradewind.domain.errors import ConflictError
from tradewind.domain.events import JournalEntry, Severity
from tradewind.domain.ledger import Control, TradingState


@dataclass
class Contested(FakeControls):
    losses: int = 0

    def set(self, account: str, control: Control, entry: JournalEntry) -> None:
        if self.losses:
            self.losses -= 1
            raise ConflictError("somebody was faster")
        super().set(account, control, entry)


@dataclass
class World:
    losses: int = 0
    items: LedgerItems = field(default_factory=LedgerItems)
    pause: FakePause = field(default_factory=FakePause)

    def __post_init__(self) -> None:
        self.controls = Contested(self.items, self.losses)
        self.switch = SwitchTrading(self.controls, FakeJournal(self.items), self.pause)

    def turn(self, state: TradingState) -> Control:
        return self.switch("paper", state, "a bad day", "ana", 1_000)


def test_the_switch_is_written_with_who_and_why_and_told_in_the_system_journal() -> None:
    world = World()

    control = world.turn(TradingState.HALTED)

    assert control == world.controls.get("paper") == Control(TradingState.HALTED, "a bad day (by ana)", 1)
    (entry,) = world.items.journals[SYSTEM]
    (event,) = entry.events
    assert (event.kind, event.severity, entry.ts) == ("TRADING_STATE_CHANGED", Severity.CRITICAL, 1_000)
    assert event.text == "trading of paper is HALTED, was NORMAL: a bad day (by ana)"


def test_turning_it_back_is_good_news() -> None:
    world = World()
    world.turn(TradingState.HALTED)

    world.turn(TradingState.NORMAL)

    first, second = world.items.journals[SYSTEM]
    assert second.events[0].severity is Severity.INFO
    assert second.previous_hash == first.hash


def test_turning_it_to_where_it_stands_changes_nothing() -> None:
    world = World()
    once = world.turn(TradingState.REDUCING)

    assert world.turn(TradingState.REDUCING) == once
    assert len(world.items.journals[SYSTEM]) == 1


def test_a_lost_race_is_run_again() -> None:
    world = World(losses=2)

    assert world.turn(TradingState.HALTED).state is TradingState.HALTED
    assert world.pause.waits == [1, 2]


@pytest.mark.parametrize("state", list(TradingState))
def test_other_accounts_are_left_alone(state: TradingState) -> None:
    world = World()
    world.turn(state)

    assert world.controls.get("second") == Control()
