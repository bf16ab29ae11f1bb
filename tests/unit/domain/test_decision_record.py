from dataclasses import replace
from math import inf, isnan, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import ACME, BOLT, PAPER, STRATEGY, bar, day, intent, order_id
from tradewind.domain.decision import Action, Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.errors import PermanentError
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.messages import BarMessage, IntentMessage
from tradewind.domain.packing import seal
from tradewind.domain.signal import GateReading
from tradewind.domain.timeframe import Timeframe

GATES = (GateReading(0.1 + 0.2, 35.0, True), GateReading(nan, -inf, False))
ENTER = Decision(PAPER, STRATEGY, ACME, Action.ENTER, "ENTRY", 0.8, intent=order_id(), gates=GATES)
DENY = Decision(PAPER, STRATEGY, BOLT, Action.DENY, "DAILY_LOSS", 0.7, 5000.01, 5000.0, gates=GATES[:1])
REFUSE = Decision(PAPER, STRATEGY, InstrumentId("CORE.TEST"), Action.REFUSE, "NO_BAR: MISSING")
RECORD = DecisionRecord(
    shard="daily",
    ts=day(2),
    rev=1,
    late=False,
    configuration="c0ffee",
    code={"paper/dipper": "abc"},
    gates={STRATEGY: [["pullback", "<"], ["armed", "<="]]},
    versions={"paper#ACME.TEST": 4},
    decisions=(ENTER, DENY, REFUSE),
    owed=(
        BarMessage(PAPER, ACME, Timeframe.D1, 1, bar(2, 1, 2, 1, 2), 4, "d1ce", "t"),
        IntentMessage(intent()),
    ),
    state_digest="d16e57",
)

floats = st.floats()
decisions = st.builds(
    Decision,
    st.text(max_size=5),
    st.text(max_size=5),
    st.text(max_size=5).map(InstrumentId),
    st.sampled_from(Action),
    st.text(max_size=20),
    floats,
    floats,
    floats,
    st.none() | st.text(min_size=1, max_size=5).map(IntentId),
    st.lists(st.builds(GateReading, floats, floats, st.booleans()), max_size=4).map(tuple),
)


def read(data: bytes) -> DecisionRecord:
    return DecisionRecord.from_bytes(RECORD.shard, RECORD.ts, RECORD.rev, data)


@given(st.lists(decisions, max_size=8).map(tuple), st.booleans())
def test_a_record_comes_back_bit_for_bit_its_missing_numbers_included(made: tuple[Decision, ...], late: bool) -> None:
    record = replace(RECORD, decisions=made, late=late)

    back = read(record.to_bytes())

    assert repr(back.decisions) == repr(made)  # equal to the last digit, and NaN where there was NaN
    assert replace(back, decisions=()) == replace(record, decisions=())
    assert back.to_bytes() == record.to_bytes()


def test_each_decision_keeps_its_own_gates_and_numbers() -> None:
    enter, deny, refuse = read(RECORD.to_bytes()).decisions

    assert (enter.gates[0], len(enter.gates), enter.intent) == (GATES[0], 2, order_id())
    assert (deny.value, deny.limit, deny.gates) == (5000.01, 5000.0, GATES[:1])
    assert (refuse.gates, refuse.intent, isnan(refuse.value)) == ((), None, True)


def test_what_is_owed_comes_back_exactly_and_in_order() -> None:
    assert read(RECORD.to_bytes()).owed == RECORD.owed


@given(st.integers(0, len(RECORD.to_bytes()) - 1), st.integers(1, 255))
@settings(max_examples=300)
def test_a_damaged_byte_anywhere_is_named_and_never_read(place: int, flip: int) -> None:
    data = bytearray(RECORD.to_bytes())
    data[place] ^= flip

    with pytest.raises(PermanentError, match=f"decisions daily {day(2)} rev 1"):
        read(bytes(data))


@pytest.mark.parametrize("length", range(0, len(RECORD.to_bytes()), 7))
def test_a_record_cut_short_anywhere_is_named_and_never_read(length: int) -> None:
    with pytest.raises(PermanentError, match=f"decisions daily {day(2)} rev 1"):
        read(RECORD.to_bytes()[:length])


def test_another_schema_is_refused_by_its_number() -> None:
    with pytest.raises(PermanentError, match="schema 9 is unknown here"):
        read(seal({"schema": 9}, b""))


def test_numbers_that_a_gate_holds_already_are_not_stored_again() -> None:
    def held_back(value: float) -> DecisionRecord:
        gates = (GateReading(1.0 / 3.0, 2.0 / 3.0, False),)
        rows = tuple(
            Decision("paper", "rsi", InstrumentId(f"I{i}.X"), Action.HOLD, "TREND", 0.0, value, 2.0 / 3.0, None, gates)
            for i in range(50)
        )
        return replace(RECORD, gates={"rsi": [["trend", ">"]]}, decisions=rows)

    repeated, other = held_back(1.0 / 3.0), held_back(0.25)

    assert (read(repeated.to_bytes()), read(other.to_bytes())) == (repeated, other)
    assert len(repeated.to_bytes()) < len(other.to_bytes())
