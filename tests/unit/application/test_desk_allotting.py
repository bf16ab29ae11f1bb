"""Who is given what is free, how levels move and ladders are climbed, and what protections deny."""

from dataclasses import replace
from decimal import Decimal
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
    day,
    entry,
    held,
    order_id,
)
from tests.puppet import at_work
from tests.unit.application.desk_scene import (
    NOW,
    Scene,
    at,
    bar_messages,
    holding,
    intents,
    only,
    quiet,
    row,
    stop_order,
    told,
)
from tradewind.application.desk import AtWork
from tradewind.domain.configuration import Gates, Limits
from tradewind.domain.decision import Action
from tradewind.domain.ledger import Account, Book, Closed, Control, Stake, TradingState
from tradewind.domain.messages import Levels
from tradewind.domain.order import Leg, Side
from tradewind.domain.protections import Protections
from tradewind.strategies.base import StopPolicy

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


def test_at_a_venue_levels_are_sent_too_and_nothing_else_is_foreseen() -> None:
    kraken = replace(FREE, venue="KRAKEN")

    result = Scene(
        {ACME: quiet(0.9)}, books=[bracketed()], at_work=[moving(StopPolicy.TRAILING)], rules=kraken
    ).decide()

    (message,) = bar_messages(result)
    assert message.levels == (Levels(order_id(), Decimal("95.00"), Decimal("110.00")),)
    assert (message.assumed_version, message.foreseen) == (-1, "")


@pytest.mark.parametrize(("stop", "version"), [("94", 4), ("96", 3)])
def test_at_a_venue_another_strategy_s_entry_meets_the_version_that_moved_levels_make(stop: str, version: int) -> None:
    first, second = moving(StopPolicy.TRAILING), at_work("second")
    orders = tuple(
        replace(one, price={Leg.STOP: Decimal(stop)}.get(one.leg, Decimal(110))) for one in bracketed().orders
    )
    scene = Scene(
        {ACME: quiet(0.9)},
        books=[bracketed(orders=orders)],
        at_work=[first, second],
        rules=replace(FREE, venue="KRAKEN"),
    )

    (intent,) = intents(scene.decide())

    assert intent.assumed_version == version


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
