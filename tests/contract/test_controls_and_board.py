"""The kill switch and the health board: each is stored with its journal entry or not at all."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.builders import ACME, PAPER, day
from tests.contract.backends import Ports
from tradewind.application.ports import Board
from tradewind.domain.errors import ConflictError
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import START, Arming, Control, TradingState

HALTED = Control(TradingState.HALTED, "by hand", 1)
ENTRY = JournalEntry("system", 1, day(1), (Event("STATE", Severity.CRITICAL, "halted", data={}),), START)
SECOND = replace(ENTRY, seq=2, previous_hash=ENTRY.hash)
FAILING = Board({"shard daily": "lags"}, 1)


def test_a_control_that_was_never_set_is_normal(ports: Ports) -> None:
    assert ports.controls.get(PAPER) == Control()


def test_a_control_is_stored_with_its_entry(ports: Ports) -> None:
    ports.controls.set(PAPER, HALTED, ENTRY)

    assert ports.controls.get(PAPER) == HALTED
    assert ports.journal.after("system", 0, 10) == [ENTRY]


def test_of_two_hands_on_the_switch_the_slower_reads_again(ports: Ports) -> None:
    ports.controls.set(PAPER, HALTED, ENTRY)

    with pytest.raises(ConflictError):
        ports.controls.set(PAPER, replace(HALTED, state=TradingState.REDUCING), SECOND)

    assert ports.controls.get(PAPER) == HALTED
    assert ports.journal.head("system")[0] == 1


def test_a_control_whose_entry_is_taken_is_not_stored(ports: Ports) -> None:
    ports.journal.append(ENTRY)

    with pytest.raises(ConflictError):
        ports.controls.set(PAPER, HALTED, replace(ENTRY, ts=day(2)))

    assert ports.controls.get(PAPER) == Control()


def test_a_control_is_set_again_on_its_version(ports: Ports) -> None:
    ports.controls.set(PAPER, HALTED, ENTRY)

    ports.controls.set(PAPER, Control(version=2), SECOND)

    assert ports.controls.get(PAPER) == Control(version=2)


def test_arming_and_the_states_of_parts_come_back_to_the_last_digit(ports: Ports) -> None:
    armed = Arming(Decimal("5000.10"), day(9), "ana", "earnings")
    parts = {"strategy:dipper": TradingState.HALTED, "instrument:ACME.TEST": TradingState.REDUCING}
    control = Control(version=1, parts=parts, arming=armed)
    ports.controls.set(PAPER, control, ENTRY)

    assert ports.controls.get(PAPER) == control
    assert ports.ledger.view(PAPER, ACME, None).control == control


def test_accounts_are_switched_apart(ports: Ports) -> None:
    ports.controls.set(PAPER, HALTED, ENTRY)

    assert ports.controls.get("other") == Control()


def test_a_board_that_was_never_set_fails_nothing(ports: Ports) -> None:
    assert ports.board.get() == Board()


def test_a_board_is_stored_with_its_entry(ports: Ports) -> None:
    ports.board.set(FAILING, ENTRY)

    assert ports.board.get() == FAILING
    assert ports.journal.after("system", 0, 10) == [ENTRY]


def test_a_board_on_another_version_conflicts(ports: Ports) -> None:
    ports.board.set(FAILING, ENTRY)

    with pytest.raises(ConflictError):
        ports.board.set(Board({}, 1), SECOND)

    assert ports.board.get() == FAILING
    assert ports.journal.head("system")[0] == 1


def test_a_board_is_set_again_on_its_version(ports: Ports) -> None:
    ports.board.set(FAILING, ENTRY)

    ports.board.set(Board({}, 2), SECOND)

    assert ports.board.get() == Board({}, 2)
