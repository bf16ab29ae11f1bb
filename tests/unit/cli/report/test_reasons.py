from tests.builders import ACME, BOLT, PAPER, STRATEGY
from tradewind.cli.report.reasons import Tally, Unwarm, code
from tradewind.domain.decision import Action, Decision
from tradewind.domain.decision_record import DecisionRecord


def record(*decisions: Decision) -> DecisionRecord:
    return DecisionRecord("daily", 1, 1, False, "c", {}, {STRATEGY: [["trend", ">"]]}, {}, decisions, (), "d", "b")


def decision(action: Action, reason: str, name: str = ACME, value: float = 0.0, limit: float = 0.0) -> Decision:
    return Decision(PAPER, STRATEGY, ACME if name == ACME else BOLT, action, reason, value=value, limit=limit)


def test_decisions_are_counted_by_action_and_by_the_code_of_their_reason() -> None:
    tally = Tally().add_all(
        [
            record(decision(Action.HOLD, "TREND"), decision(Action.REFUSE, "NO_BAR: MISSING", BOLT)),
            record(decision(Action.HOLD, "TREND"), decision(Action.REFUSE, "NO_BAR: OHLC_VIOLATION", BOLT)),
        ]
    )

    assert tally.rows == 4
    assert tally.reasons == {(Action.HOLD, "TREND"): 2, (Action.REFUSE, "NO_BAR"): 2}
    assert tally.count(Action.REFUSE) == 2


def test_an_instrument_is_unwarm_only_if_its_last_decision_says_so() -> None:
    tally = Tally().add_all(
        [
            record(
                decision(Action.HOLD, "WARMING_UP", value=249, limit=250),
                decision(Action.HOLD, "WARMING_UP", BOLT, value=9, limit=250),
            ),
            record(decision(Action.HOLD, "TREND"), decision(Action.HOLD, "WARMING_UP", BOLT, value=10, limit=250)),
        ]
    )

    assert tally.unwarm() == [Unwarm(BOLT, STRATEGY, 10, 250)]


def test_reasons_are_told_in_words_and_gates_by_their_comparison() -> None:
    tally = Tally().add_all([record()])

    assert tally.words("TREND") == "the gate trend (value > threshold) did not pass"
    assert tally.words("WARMING_UP").startswith("too few bars")
    assert tally.words("SOMETHING_NEW") == ""


def test_the_code_of_a_reason_is_what_stands_before_its_details() -> None:
    assert [code("NO_BAR: MISSING"), code("TREND")] == ["NO_BAR", "TREND"]


def test_an_instrument_of_which_no_bar_ever_entered_is_named_with_why() -> None:
    tally = Tally().add_all(
        [
            record(decision(Action.HOLD, "TREND"), decision(Action.REFUSE, "NO_BAR: MISSING", BOLT)),
            record(decision(Action.REFUSE, "NO_BAR: MISSING"), decision(Action.REFUSE, "NO_BAR: OHLC_VIOLATION", BOLT)),
        ]
    )

    assert tally.barless() == {BOLT: "OHLC_VIOLATION"}
