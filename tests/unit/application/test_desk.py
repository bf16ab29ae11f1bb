from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import isnan
from typing import Any

import pytest

from tests import puppet
from tests.builders import (
    ACME,
    BOLT,
    CORE,
    COSTLY,
    FREE,
    account,
    bar,
    book,
    configuration,
    day,
    entry,
    exit_order,
    held,
    order_id,
    share,
)
from tests.puppet import at_work
from tradewind.application.desk import AT_REST, AtWork, Desk, DeskResult, explain_only, trace_of
from tradewind.application.ports import AccountSnapshot
from tradewind.application.shard_state import ShardState
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import AccountRules, Gates, Limits
from tradewind.domain.decision import Action, Decision
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book, Closed, Control, Stake, TradingState
from tradewind.domain.messages import BarMessage, IntentMessage, Levels
from tradewind.domain.order import Leg, Order, OrderIntent, OrderStatus, Side
from tradewind.domain.protections import Protections
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import DAY, Timeframe
from tradewind.execution.paper import apply_bar
from tradewind.strategies.base import StopPolicy

NAMES = (ACME, BOLT, CORE)
NORMAL = Control()
NOW = 5
"""The day whose bar is decided on; every strategy is warm by then."""


def quiet(strength: float = 0.0, price: float = 100.0) -> Bar:
    """Return a bar that touches no bracket and shows the puppet a strength."""
    return bar(NOW, price, price * 1.01, price * 0.99, price, round(strength * 1000))


def told(order: float) -> Bar:
    return bar(NOW, 100, 101, 99, 100, order)


@dataclass
class Scene:
    """One desk at day `NOW`, and whatever a test changes about it."""

    bars: Mapping[InstrumentId, Bar]
    missing: Mapping[InstrumentId, str] = field(default_factory=dict)
    books: Sequence[Book] = ()
    rules: AccountRules = FREE
    account: Account | None = None
    control: Control = NORMAL
    pending: Iterable[InstrumentId] = ()
    at_work: Sequence[AtWork] = (at_work(),)
    seen: int = NOW - 1
    trade_from: int = 0

    def decide(self) -> DeskResult:
        made = configuration([share(name) for name in NAMES], self.rules, trade_from=self.trade_from)
        state = ShardState({one.key: one.strategy for one in self.at_work})
        for number in range(NOW - self.seen, NOW):
            state.advance(Slice("daily", Timeframe.D1, day(number), {name: before(number) for name in NAMES}))
        previous = dict(state.last_bar)
        slice_ = Slice("daily", Timeframe.D1, day(NOW), self.bars, self.missing)
        state.advance(slice_)
        snapshot = AccountSnapshot(self.account, self.control, {one.instrument: one for one in self.books})
        return Desk(
            made, made.shards[0], self.rules, self.at_work, slice_, state, previous, snapshot, frozenset(self.pending)
        ).decide()


def before(number: int) -> Bar:
    return bar(number, 100, 101, 99, 100, 0)


def at(name: InstrumentId, *orders: object, **changes: object) -> Book:
    """Return a book that has seen the bar before `NOW`."""
    return book(**{"instrument": name, "last_bar": day(NOW - 1), **changes})  # type: ignore[arg-type]


def holding(name: InstrumentId = ACME, **changes: object) -> Book:
    return at(name, positions=(held(),), version=3, **changes)


def intents(result: DeskResult) -> list[OrderIntent]:
    return [message.intent for message in result.owed if isinstance(message, IntentMessage)]


def bar_messages(result: DeskResult) -> list[BarMessage]:
    return [message for message in result.owed if isinstance(message, BarMessage)]


def only(result: DeskResult) -> Decision:
    (decision,) = result.decisions
    return decision


def row(decision: Decision) -> tuple[Action, str]:
    return decision.action, decision.reason


# ── entries and exits ────────────────────────────────────────────────────────────────────────────────────────────


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


def stop_order() -> Order:
    return exit_order(leg=Leg.STOP, price=Decimal("95.00"), id=order_id(Leg.STOP))


# ── who gets what is free ────────────────────────────────────────────────────────────────────────────────────────


def test_the_strongest_is_served_first_and_equals_by_their_name() -> None:
    two_places = replace(FREE, limits=Limits(open_positions=2))
    result = Scene({ACME: quiet(0.7), BOLT: quiet(0.8), CORE: quiet(0.8)}, rules=two_places).decide()

    assert [(one.instrument, *row(one)) for one in result.decisions] == [
        (BOLT, Action.ENTER, "ENTRY"),
        (CORE, Action.ENTER, "ENTRY"),
        (ACME, Action.DENY, "MAX_OPEN_POSITIONS"),
    ]
    assert (result.decisions[2].value, result.decisions[2].limit) == (3.0, 2.0)


def test_equals_are_served_by_instrument_and_then_by_strategy_however_they_are_configured() -> None:
    roomy = replace(FREE, limits=Limits(instrument_exposure=Decimal(1), risk_per_trade=Decimal("0.0001")))
    result = Scene({BOLT: quiet(0.8), ACME: quiet(0.8)}, rules=roomy, at_work=[at_work("z"), at_work("a")]).decide()

    assert [(one.instrument, one.strategy) for one in result.decisions] == [
        (ACME, "a"),
        (ACME, "z"),
        (BOLT, "a"),
        (BOLT, "z"),
    ]


def test_each_grant_leaves_less_for_the_next() -> None:
    half = replace(FREE, limits=Limits(exposure=Decimal("0.6")))
    result = Scene({ACME: quiet(0.9), BOLT: quiet(0.8), CORE: quiet(0.7)}, rules=half).decide()

    assert [row(one) for one in result.decisions] == [
        (Action.ENTER, "ENTRY"),
        (Action.ENTER, "ENTRY"),
        (Action.DENY, "MAX_EXPOSURE"),
    ]


def test_what_the_bar_frees_is_allotted_from_the_next_bar_on() -> None:
    """BOLT is stopped out in this bar; its place is not free before the next."""
    one_place = replace(FREE, limits=Limits(open_positions=1))
    leaving = at(BOLT, positions=(held(),), orders=(stop_order(),))
    staked = account(cash=Decimal(99_000), stakes={BOLT: Stake(1, Decimal(1_000), Decimal(0))}, seq=1)

    result = Scene(
        {ACME: quiet(0.9), BOLT: bar(NOW, 100, 101, 90, 95, 0)}, books=[leaving], account=staked, rules=one_place
    ).decide()

    assert {one.instrument: one.reason for one in result.decisions}[ACME] == "MAX_OPEN_POSITIONS"


def test_what_the_bar_loses_counts_at_once() -> None:
    touchy = replace(FREE, limits=Limits(daily_loss=Decimal("0.0005")))  # 50 of 100,000
    losing = at(BOLT, positions=(held(),), orders=(stop_order(),))
    staked = account(cash=Decimal(99_000), stakes={BOLT: Stake(1, Decimal(1_000), Decimal(0))}, seq=1)
    bars = {ACME: quiet(0.9), BOLT: bar(NOW, 100, 101, 90, 95, 0)}

    denied = Scene(bars, books=[losing], account=staked, rules=touchy).decide()
    allowed = Scene(
        bars, books=[losing], account=staked, rules=replace(FREE, limits=Limits(daily_loss=Decimal("0.00051")))
    ).decide()

    assert {one.instrument: one.reason for one in denied.decisions}[ACME] == "DAILY_LOSS"
    assert {one.instrument: one.reason for one in allowed.decisions}[ACME] == "ENTRY"


def test_the_kill_switch_is_a_recorded_denial_and_exits_stay_allowed() -> None:
    result = Scene(
        {ACME: quiet(0.9), BOLT: told(puppet.LEAVE)}, books=[holding(BOLT)], control=Control(TradingState.HALTED)
    ).decide()

    assert {one.instrument: row(one) for one in result.decisions} == {
        ACME: (Action.DENY, "KILL_SWITCH_HALTED"),
        BOLT: (Action.EXIT, "TOLD"),
    }


def test_a_signal_without_a_stop_is_denied_by_that_name() -> None:
    assert row(only(Scene({ACME: told(puppet.NO_STOP)}).decide())) == (Action.DENY, "NO_STOP")


def test_less_than_a_lot_is_denied() -> None:
    poor = replace(FREE, cash=Decimal(200))

    decision = only(Scene({ACME: quiet(0.9)}, rules=poor).decide())

    assert decision.action is Action.DENY
    assert decision.reason.startswith("SIZE_TOO_SMALL")


def test_positions_are_sized_by_the_equity_at_the_last_marks() -> None:
    rising = replace(FREE, limits=Limits(risk_per_trade=Decimal("0.001"), instrument_exposure=Decimal(1)))
    winner = at(BOLT, positions=(held(),), mark=Decimal(100))
    staked = account(cash=Decimal(99_000), stakes={BOLT: Stake(1, Decimal(1_000), Decimal(0))}, seq=1)
    bars = {ACME: quiet(0.9), BOLT: quiet(0.0, price=5_100.0)}  # ten shares gain 50,000 at this bar's close

    (intent,) = intents(Scene(bars, books=[winner], account=staked, rules=rising).decide())

    assert intent.quantity == Decimal(30)  # 0.1 % of 150,000 over a stop 5.00 away


def test_two_strategies_ask_for_themselves() -> None:
    result = Scene({ACME: told(puppet.LEAVE)}, books=[holding()], at_work=[at_work(), at_work("second")]).decide()

    assert [(one.strategy, one.action) for one in result.decisions] == [
        ("dipper", Action.EXIT),
        ("second", Action.ENTER),
    ]


def test_fees_are_part_of_what_an_entry_reserves() -> None:
    all_in = replace(COSTLY, limits=Limits(instrument_exposure=Decimal(1), risk_per_trade=Decimal(1)))

    (intent,) = intents(Scene({ACME: quiet(0.9)}, rules=all_in).decide())

    worst = intent.quantity * Decimal("105.00")
    assert worst + worst * 10 / 10_000 <= 100_000 < (worst + 105) * Decimal("1.001")


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


# ── levels that move, and ladders ────────────────────────────────────────────────────────────────────────────────


def moving(policy: StopPolicy, entries: int = 1) -> AtWork:
    one = at_work()
    return replace(one, strategy=replace(one.strategy, stop_policy=policy, entries=entries))


def bracketed(**changes: object) -> Book:
    """Return ten shares with a stop at 94 and a target at 112, where the puppet wants 95 and 110."""
    stop = entry(id=order_id(Leg.STOP), leg=Leg.STOP, side=Side.SELL, price=Decimal(94), reserved=Decimal(0))
    target = replace(stop, id=order_id(Leg.TARGET), leg=Leg.TARGET, price=Decimal(112))
    return at(ACME, **{"orders": (stop, target), "positions": (held(),), "version": 3, **changes})


def test_a_trailing_policy_sends_the_levels_with_the_bar_on_which_they_were_decided() -> None:
    result = Scene({ACME: quiet(0.9)}, books=[bracketed()], at_work=[moving(StopPolicy.TRAILING)]).decide()

    (message,) = bar_messages(result)
    assert message.levels == (Levels(order_id(), Decimal("95.00"), Decimal("110.00")),)
    assert row(only(result)) == (Action.HOLD, "IN_POSITION")
    assert (message.assumed_version, message.foreseen) == (3, "")


def test_a_fixed_policy_moves_nothing_whatever_the_signal_says() -> None:
    assert bar_messages(Scene({ACME: quiet(0.9)}, books=[bracketed()]).decide())[0].levels == ()


def test_levels_that_change_nothing_are_not_sent() -> None:
    at_once = bracketed()
    placed = replace(
        at_once,
        orders=tuple(replace(o, price={Leg.STOP: Decimal(96)}.get(o.leg, Decimal(110))) for o in at_once.orders),
    )

    assert (
        bar_messages(Scene({ACME: quiet()}, books=[placed], at_work=[moving(StopPolicy.TRAILING)]).decide())[0].levels
        == ()
    )


def test_a_book_whose_last_bar_is_pending_is_not_moved() -> None:
    stale = bracketed(last_bar=day(NOW - 2))

    assert (
        bar_messages(Scene({ACME: quiet()}, books=[stale], at_work=[moving(StopPolicy.TRAILING)]).decide())[0].levels
        == ()
    )


def test_another_strategy_s_entry_is_decided_on_the_version_that_the_moved_levels_make() -> None:
    second = at_work("second")
    result = Scene({ACME: quiet(0.9)}, books=[bracketed()], at_work=[moving(StopPolicy.TRAILING), second]).decide()

    (intent,) = intents(result)
    assert (intent.strategy, intent.assumed_version) == ("second", 4)


def test_a_ladder_adds_to_what_it_holds_with_its_share_of_the_risk() -> None:
    ladder = moving(StopPolicy.LADDER, entries=4)
    first = intents(Scene({ACME: quiet(0.8)}, at_work=[ladder]).decide())
    (more,) = intents(Scene({ACME: quiet(0.8)}, books=[bracketed()], at_work=[ladder]).decide())

    assert [one.adds_to for one in first] == [""]
    assert (more.adds_to, more.leg) == (order_id(), Leg.ENTRY)
    # a quarter of 2 % of the equity over 5.00 is 100 shares; a quarter of the room is 59
    assert (first[0].quantity, more.quantity) == (Decimal(59), Decimal(59))


@pytest.mark.parametrize(
    ("entries", "strength", "orders"),
    [(1, 0.8, 0), (2, 0.8, 1), (2, 0.5, 0)],
    ids=["as many as it may", "one more", "too weak"],
)
def test_a_ladder_adds_only_what_it_may(entries: int, strength: float, orders: int) -> None:
    scene = Scene({ACME: quiet(strength)}, books=[bracketed()], at_work=[moving(StopPolicy.LADDER, entries)])

    assert len(intents(scene.decide())) == orders


def test_the_size_multiplier_multiplies_the_risk() -> None:
    careful = replace(FREE, limits=Limits(risk_per_trade=Decimal("0.005")))
    larger = at_work(gates=Gates(0.6, 0, size_multiplier=1.5))

    assert intents(Scene({ACME: quiet(0.8)}, rules=careful, at_work=[larger]).decide())[0].quantity == Decimal(150)


# ── protections ──────────────────────────────────────────────────────────────────────────────────────────────────


def protected(**rules: Any) -> AtWork:
    one = at_work()
    return replace(one, rules=replace(one.rules, protections=Protections(**rules)))


def remembering(*closed: Closed) -> Account:
    return account(closed=closed)


LOST = Closed(day(NOW - 1), ACME, "dipper", Leg.STOP, Decimal(-50), Decimal(1000), Decimal(100_000))


def test_a_protection_denies_an_entry_and_says_until_when() -> None:
    result = Scene({ACME: quiet(0.8)}, at_work=[protected(cooldown_bars=3)], account=remembering(LOST)).decide()

    assert only(result).action is Action.DENY
    assert only(result).reason.startswith("COOLDOWN: until 1970-01-08")
    assert (only(result).value, only(result).limit) == (day(NOW), day(NOW + 2))
    assert intents(result) == []


def test_what_another_strategy_lost_protects_nobody() -> None:
    theirs = remembering(replace(LOST, strategy="second"))

    assert intents(Scene({ACME: quiet(0.8)}, at_work=[protected(cooldown_bars=3)], account=theirs).decide())


def test_what_this_very_bar_stops_counts_at_once() -> None:
    falling = bar(NOW, 100, 101, 93, 100, 900)
    rules = replace(FREE, remembers=40)

    denied = Scene({ACME: falling}, books=[bracketed()], rules=rules, at_work=[protected(cooldown_bars=3)]).decide()
    free = Scene({ACME: falling}, books=[bracketed()], rules=rules).decide()

    assert only(denied).reason.startswith("COOLDOWN: until")
    assert only(free).action is Action.ENTER


def test_a_protection_keeps_no_exit() -> None:
    result = Scene(
        {ACME: told(puppet.LEAVE)}, books=[holding()], at_work=[protected(cooldown_bars=9)], account=remembering(LOST)
    ).decide()

    assert only(result).action is Action.EXIT
