"""What a desk decides on a bar, and why not: entries, exits, refusals, corrections."""

from dataclasses import replace
from decimal import Decimal
from math import isnan

import pytest

from tests import puppet
from tests.builders import (
    ACME,
    BOLT,
    CORE,
    FREE,
    account,
    bar,
    book,
    day,
    entry,
    exit_order,
    held,
    share,
)
from tests.puppet import at_work
from tests.unit.application.desk_scene import (
    NOW,
    Scene,
    at,
    bar_messages,
    before,
    holding,
    intents,
    only,
    quiet,
    row,
    stop_order,
    told,
)
from tradewind.application.desk import AT_REST, explain_only, trace_of
from tradewind.application.shard_state import ShardState
from tradewind.domain.configuration import Gates, Limits
from tradewind.domain.decision import Action, Decision
from tradewind.domain.ledger import Stake
from tradewind.domain.order import Leg, OrderStatus, Side
from tradewind.domain.order_terms import OrderKind, Terms
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, Timeframe
from tradewind.execution.paper import apply_bar
from tradewind.execution.venue_fills import seen

# ── entries and exits ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("best", "moves"), [(101, 1), (100.5, 0)])
def test_an_entry_at_a_venue_is_decided_on_the_book_that_the_bar_leaves_of_what_waits_here(
    best: float, moves: int
) -> None:
    trails = Terms(OrderKind.TRAILING_STOP, trigger=Decimal("95.50"), trail=Decimal(5))
    waits = exit_order(strategy="manual", terms=trails, held_here=True, status=OrderStatus.ACCEPTED)
    before_it = replace(at(ACME, positions=(held(strategy="manual"),), version=3), orders=(waits,))
    here = bar(NOW, 100, best, 99, 100, 800)

    (intent,) = intents(Scene({ACME: here}, books=[before_it], rules=replace(FREE, venue="KRAKEN")).decide())

    assert intent.assumed_version == seen(before_it, here, share(ACME)).book.version == 3 + moves


def test_a_strong_signal_becomes_an_entry_sized_by_its_stop() -> None:
    result = Scene({ACME: quiet(0.8)}).decide()

    (intent,) = intents(result)
    assert row(only(result)) == (Action.ENTER, "ENTRY")
    assert only(result).intent == intent.id
    # 2 % of 100,000 over a stop 5.00 away is 400 shares; a quarter of the equity at the worst price, 105, is 238
    assert (intent.leg, intent.side, intent.quantity) == (Leg.ENTRY, Side.BUY, Decimal(238))
    assert (intent.reference_price, intent.stop, intent.target) == (Decimal(100), Decimal("95.00"), Decimal("110.00"))
    assert (intent.ts, intent.valid_until, intent.assumed_version) == (day(NOW), day(NOW) + DAY, AT_REST)
    assert intent.trace == f"daily@{day(NOW)}.1"


def test_risk_per_trade_bounds_the_size() -> None:
    careful = replace(FREE, limits=Limits(risk_per_trade=Decimal("0.005")))

    assert intents(Scene({ACME: quiet(0.8)}, rules=careful).decide())[0].quantity == Decimal(100)


def test_a_wish_to_leave_becomes_an_exit_of_everything_held() -> None:
    result = Scene({ACME: told(puppet.LEAVE)}, books=[holding()]).decide()

    (intent,) = intents(result)
    assert row(only(result)) == (Action.EXIT, "TOLD")
    assert (intent.leg, intent.side, intent.quantity, intent.stop) == (Leg.EXIT, Side.SELL, Decimal(10), Decimal(0))
    assert intent.assumed_version == 3


def test_a_position_is_held_until_the_rule_wants_to_leave() -> None:
    result = Scene({ACME: quiet(0.9)}, books=[holding()]).decide()

    assert row(only(result)) == (Action.HOLD, "IN_POSITION")
    assert intents(result) == []


def test_an_exit_that_works_already_is_not_asked_for_again() -> None:
    working = exit_order(created=day(NOW))  # not fillable in this very bar

    result = Scene({ACME: told(puppet.LEAVE)}, books=[holding(orders=(working,))]).decide()

    assert row(only(result)) == (Action.HOLD, "EXIT_WORKING")


def test_every_decision_keeps_the_gates_and_the_strength_that_it_saw() -> None:
    decision = only(Scene({ACME: quiet(0.3)}).decide())

    assert decision.strength == 0.3
    assert [gate.passed for gate in decision.gates] == [True, False]


def test_the_same_bar_gives_the_same_answer() -> None:
    scene = Scene({ACME: quiet(0.8), BOLT: quiet(0.9)}, books=[holding()])

    assert repr(scene.decide()) == repr(scene.decide())


# ── why not ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_required_gate_that_fails_holds_with_its_numbers() -> None:
    decision = only(Scene({ACME: bar(NOW, 1, 1, 1, 1, 900)}).decide())

    assert row(decision) == (Action.HOLD, "LISTED")
    assert (decision.value, decision.limit) == (1.0, 1.0)


def test_too_few_confirmations_hold() -> None:
    strict = at_work(gates=Gates(0.6, 1))

    decision = only(Scene({ACME: quiet(0.9)}, at_work=[strict]).decide())
    rising = only(Scene({ACME: bar(NOW, 99, 101, 98, 100, 900)}, at_work=[strict]).decide())

    assert (row(decision), decision.value, decision.limit) == ((Action.HOLD, "CONFIRMATIONS"), 0.0, 1.0)
    assert rising.action is Action.ENTER


@pytest.mark.parametrize(("strength", "action"), [(0.599, Action.HOLD), (0.6, Action.ENTER)])
def test_a_signal_must_be_as_strong_as_the_account_asks(strength: float, action: Action) -> None:
    decision = only(Scene({ACME: quiet(strength)}).decide())

    assert decision.action is action
    if action is Action.HOLD:
        assert (decision.reason, decision.value, decision.limit) == ("SIGNAL_STRENGTH", strength, 0.6)


def test_a_missing_bar_is_refused_with_its_reason_and_an_unlisted_instrument_says_nothing() -> None:
    result = Scene({ACME: quiet(0.9)}, {BOLT: "NOT_A_NUMBER"}).decide()

    assert {one.instrument: row(one) for one in result.decisions} == {
        ACME: (Action.ENTER, "ENTRY"),
        BOLT: (Action.REFUSE, "NO_BAR: NOT_A_NUMBER"),
    }


def test_a_missing_bar_holds_up_nothing_that_is_held() -> None:
    result = Scene({}, {ACME: "MISSING"}, books=[holding()]).decide()

    assert (row(only(result)), result.owed) == ((Action.REFUSE, "NO_BAR: MISSING"), ())


def test_a_strategy_decides_nothing_before_it_is_warm() -> None:
    decision = only(Scene({ACME: quiet(0.9)}, seen=0).decide())

    assert (row(decision), decision.value, decision.limit) == ((Action.HOLD, "WARMING_UP"), 1.0, 2.0)


def test_a_strategy_decides_with_the_bar_that_warms_it() -> None:
    assert only(Scene({ACME: quiet(0.9)}, seen=1).decide()).action is Action.ENTER


@pytest.mark.parametrize(("start", "reason"), [(day(NOW), "BEFORE_START"), (day(NOW) - 1, "ENTRY")])
def test_bars_up_to_the_start_only_warm_up(start: int, reason: str) -> None:
    assert only(Scene({ACME: quiet(0.9)}, trade_from=start).decide()).reason == reason


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (puppet.BREAK, "ValueError: told to"),
        (puppet.BREAK_INDICATOR, "ZeroDivisionError: told to"),
        (puppet.SHOW_NAN, "ValueError: strength nan is outside -1 to 1"),
        (puppet.STOP_NOWHERE, "ValueError: stop nan or target 110.00000000000001 is no price"),
        (puppet.LEAVE_BY_NO_NAME, "ValueError: exit reason 9 is none of 1"),
        (puppet.FORGET_GATES, "ValueError: 1 gates were read of 2 declared"),
    ],
)
def test_a_strategy_that_fails_is_a_decision_of_its_own_and_stops_no_other(order: float, said: str) -> None:
    result = Scene({ACME: told(order), BOLT: quiet(0.9)}).decide()

    assert [(one.instrument, *row(one)) for one in result.decisions] == [
        (ACME, Action.FAIL, said),
        (BOLT, Action.ENTER, "ENTRY"),
    ]


def test_a_failing_strategy_s_position_is_still_guarded_by_its_stop() -> None:
    result = Scene({ACME: told(puppet.BREAK)}, books=[holding()]).decide()

    assert [message.instrument for message in bar_messages(result)] == [ACME]


def test_an_intent_that_the_ledger_does_not_show_yet_blocks_its_instrument_only() -> None:
    result = Scene({ACME: quiet(0.9), BOLT: quiet(0.8)}, pending=[ACME]).decide()

    assert [(one.instrument, *row(one)) for one in result.decisions] == [
        (ACME, Action.REFUSE, "PENDING_INTENT"),
        (BOLT, Action.ENTER, "ENTRY"),
    ]
    (message,) = bar_messages(result)  # the intent may yet become an order that this bar matters to
    assert (message.instrument, message.assumed_version, message.foreseen) == (ACME, -1, "")


def test_a_book_that_lags_takes_no_new_risk() -> None:
    lagging = book(entry(created=day(NOW - 2)), last_bar=day(NOW - 2))

    result = Scene({ACME: quiet(0.9)}, books=[lagging]).decide()

    assert row(only(result)) == (Action.REFUSE, "PENDING_BAR")
    assert bar_messages(result)[0].assumed_version == -1


def test_a_halted_instrument_takes_no_new_risk_and_may_be_left() -> None:
    flat, in_position = at(ACME, halted="broken"), holding(BOLT, halted="broken")

    result = Scene({ACME: quiet(0.9), BOLT: told(puppet.LEAVE)}, books=[flat, in_position]).decide()

    assert {one.instrument: row(one) for one in result.decisions} == {
        ACME: (Action.REFUSE, "INSTRUMENT_HALTED: broken"),
        BOLT: (Action.EXIT, "TOLD"),
    }


@pytest.mark.parametrize("status", [OrderStatus.UNKNOWN, OrderStatus.SUBMITTED])
def test_an_unclear_order_blocks_its_instrument(status: OrderStatus) -> None:
    unclear = at(ACME, orders=(entry(status=status),))

    assert row(only(Scene({ACME: quiet(0.9)}, books=[unclear]).decide())) == (Action.REFUSE, "UNKNOWN_ORDER")


def test_an_unclear_order_of_one_strategy_blocks_the_other_on_that_instrument() -> None:
    unclear = at(ACME, orders=(entry(status=OrderStatus.UNKNOWN, strategy="other"),))

    assert only(Scene({ACME: quiet(0.9)}, books=[unclear]).decide()).reason == "UNKNOWN_ORDER"


def test_an_entry_that_works_already_is_not_asked_for_again() -> None:
    working = at(ACME, orders=(entry(created=day(NOW)),))

    assert row(only(Scene({ACME: quiet(0.9)}, books=[working]).decide())) == (Action.REFUSE, "ENTRY_WORKING")


# ── what the bar does first ──────────────────────────────────────────────────────────────────────────────────────


def test_the_desk_decides_on_the_book_after_the_bar() -> None:
    bought = at(ACME, orders=(entry(created=day(NOW - 1)),))

    result = Scene({ACME: quiet(0.9)}, books=[bought]).decide()

    assert row(only(result)) == (Action.HOLD, "IN_POSITION")


def test_the_executor_is_told_what_was_foreseen_and_on_which_version() -> None:
    bought = at(ACME, orders=(entry(created=day(NOW - 1)),), version=7)
    one = quiet(0.0)

    (message,) = bar_messages(Scene({ACME: one}, books=[bought]).decide())

    assert (message.assumed_version, message.bar, message.rev) == (7, one, 1)
    assert message.foreseen == apply_bar(bought, one, share(ACME), FREE).digest() != ""


def test_bars_go_before_intents_and_only_for_instruments_that_they_matter_to() -> None:
    result = Scene(
        {ACME: quiet(0.9), BOLT: quiet(0.9), CORE: told(puppet.LEAVE)}, books=[at(ACME), holding(CORE)]
    ).decide()

    assert [(type(message).__name__, message.instrument) for message in result.owed] == [
        ("BarMessage", CORE),
        ("IntentMessage", CORE),
        ("IntentMessage", ACME),
        ("IntentMessage", BOLT),
    ]


def test_an_exit_after_the_bar_assumes_the_version_that_the_bar_led_to() -> None:
    bought = at(ACME, orders=(entry(created=day(NOW - 1)),), version=7)

    (intent,) = intents(Scene({ACME: told(puppet.LEAVE)}, books=[bought]).decide())

    assert intent.assumed_version == 8


def test_a_position_that_the_bar_stopped_out_may_be_entered_again() -> None:
    stopped = bar(NOW, 100, 101, 94, 100, 900)
    position = at(ACME, positions=(held(),), orders=(stop_order(),), version=3)
    funded = account(cash=Decimal(99_000), stakes={ACME: Stake(1, Decimal(1_000), Decimal(0))}, seq=1)
    roomy = replace(FREE, limits=Limits(instrument_exposure=Decimal(1), risk_per_trade=Decimal("0.001")))

    (intent,) = intents(Scene({ACME: stopped}, books=[position], account=funded, rules=roomy).decide())

    assert intent.assumed_version == AT_REST


# ── corrections ──────────────────────────────────────────────────────────────────────────────────────────────────


def late(order: float, seen: int = 4) -> Decision:
    one = at_work()
    state = ShardState({one.key: one.strategy})
    for number in range(NOW - seen, NOW):
        state.advance(Slice("daily", Timeframe.D1, day(number), {ACME: before(number)}))
    slice_ = Slice("daily", Timeframe.D1, day(NOW), {ACME: told(order)}, rev=2)
    state.advance(slice_)
    return explain_only(one, state, slice_, "paper", ACME)


def test_a_correction_says_what_the_rule_would_see_and_sends_nothing() -> None:
    decision = late(900)

    assert (row(decision), decision.strength) == ((Action.REFUSE, "LATE: corrected by revision 2"), 0.9)
    assert (len(decision.gates), decision.intent, isnan(decision.value)) == (2, None, True)


def test_a_correction_of_a_strategy_that_is_not_warm_or_fails_says_so() -> None:
    assert row(late(900, seen=0)) == (Action.HOLD, "WARMING_UP")
    assert row(late(puppet.BREAK)) == (Action.FAIL, "ValueError: told to")
    assert row(late(puppet.SHOW_NAN)) == (Action.FAIL, "ValueError: strength nan is outside -1 to 1")


def test_a_trace_names_the_shard_the_bar_and_its_revision() -> None:
    assert trace_of(Slice("daily", Timeframe.D1, day(NOW), {}, rev=3)) == f"daily@{day(NOW)}.3"
