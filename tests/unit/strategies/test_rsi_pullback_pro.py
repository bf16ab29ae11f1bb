"""The rules of RSI Pullback Pro, gate by gate."""

from math import nan
from typing import Any

import pytest

from tradewind.domain.errors import BadInputError
from tradewind.domain.signal import FLAT, PositionView, Signal
from tradewind.strategies.base import GateKind
from tradewind.strategies.rsi_pullback_pro import Parameters, Values, build, decide
from tradewind.strategies.rule import CONFIRMED, QUALITY, READY

STRATEGY = build({})
P: Parameters = STRATEGY.parameters

SETUP = Values(
    open=108,
    high=111,
    low=107,
    close=110,
    volume=2_000,
    ema_fast=105,
    ema_slow=100,
    rsi=P.trigger_level + 1,
    rsi_low=P.pullback_level / 2,
    atr=2,
    volume_sma=1_000,
)
"""Everything passes: an uptrend, a fall to half the pullback level, a turn."""

BEFORE = SETUP._replace(ema_slow=99.9, rsi=P.trigger_level - 20)
HELD = PositionView(10.0, 108.0, 3.0)


def judge(*, position: PositionView = FLAT, before: Values = BEFORE, **now: float) -> Signal:
    return decide(SETUP._replace(**now), before, position, P)


def passed(signal: Signal) -> set[str]:
    return {gate.name for gate, reading in zip(STRATEGY.gates, signal.gates, strict=True) if reading.passed}


def of_kind(kind: GateKind) -> set[str]:
    return {gate.name for gate in STRATEGY.gates if gate.kind is kind}


def test_a_full_setup_passes_every_gate_of_entry() -> None:
    signal = judge()

    assert passed(signal) == of_kind(GateKind.REQUIRED) | of_kind(GateKind.CONFIRMING)
    assert signal.exit_reason == 0
    assert signal.strength == pytest.approx(READY + CONFIRMED + QUALITY / 2)


def test_the_stop_is_some_atr_below_and_the_target_a_multiple_of_that_above() -> None:
    signal = judge()

    assert signal.stop == 110 - P.stop_atr * 2
    assert signal.target == 110 + P.target_risk * P.stop_atr * 2


@pytest.mark.parametrize(
    ("gate", "now"),
    [
        ("trend", {"close": 100.0, "low": 99.0}),
        ("pullback", {"rsi_low": P.pullback_level}),
        ("trigger", {"rsi": P.trigger_level}),
        ("volatility_floor", {"atr": 0.99 * P.minimum_atr * 110}),
        ("volatility_ceiling", {"atr": 1.01 * P.maximum_atr * 110}),
    ],
)
def test_one_required_gate_that_fails_leaves_no_strength(gate: str, now: dict[str, Any]) -> None:
    signal = judge(**now)

    assert of_kind(GateKind.REQUIRED) - passed(signal) == {gate}
    assert signal.strength == 0.0


def test_an_index_that_was_above_the_trigger_already_is_no_turn() -> None:
    signal = judge(before=BEFORE._replace(rsi=P.trigger_level + 0.1))

    assert of_kind(GateKind.REQUIRED) - passed(signal) == {"armed"}
    assert signal.strength == 0.0


@pytest.mark.parametrize(
    ("gate", "now"),
    [
        ("fast_above_slow", {"ema_fast": 100.0}),
        ("slow_rising", {"ema_slow": BEFORE.ema_slow}),
        ("volume", {"volume": 0.99 * P.volume_ratio * 1_000}),
        ("close_location", {"high": 110.0 + 10.0, "low": 105.0}),
        ("momentum", {"rsi": P.trigger_level + 1, "before_rsi": P.trigger_level + 1.5 - P.rsi_rise}),
    ],
)
def test_each_confirmation_that_fails_takes_its_share_of_strength(gate: str, now: dict[str, Any]) -> None:
    before = BEFORE._replace(rsi=now.pop("before_rsi", BEFORE.rsi))

    signal = judge(before=before, **now)

    assert of_kind(GateKind.CONFIRMING) - passed(signal) == {gate}
    assert signal.strength == pytest.approx(READY + CONFIRMED * 4 / 5 + QUALITY / 2)


def test_two_confirmations_and_a_shallow_fall_stay_below_the_minimum_of_paper() -> None:
    signal = judge(ema_fast=99.0, ema_slow=99.0, volume=0.0, rsi_low=0.9 * P.pullback_level)

    assert len(passed(signal) & of_kind(GateKind.CONFIRMING)) == 2
    assert signal.strength < 0.60


@pytest.mark.parametrize(
    ("name", "reason", "now", "bars_held"),
    [
        ("overbought", "SIGNAL", {"rsi": P.exit_level + 0.1}, 3.0),
        ("trend_lost", "SIGNAL", {"close": 99.9, "low": 99.0}, 3.0),
        ("held_too_long", "TIME", {}, P.maximum_bars),
    ],
)
def test_a_held_position_is_left_for_its_reason(name: str, reason: str, now: dict[str, Any], bars_held: float) -> None:
    signal = judge(position=HELD._replace(bars_held=bars_held), **now)

    assert passed(signal) & of_kind(GateKind.EXIT) == {name}
    assert STRATEGY.exit_reasons[signal.exit_reason - 1] == reason
    assert signal.strength == -1.0


@pytest.mark.parametrize(
    "now", [{}, {"rsi": P.exit_level}, {"close": SETUP.ema_slow, "low": 99.0}], ids=["mid", "at exit", "at average"]
)
def test_a_held_position_stays_until_a_level_is_passed(now: dict[str, Any]) -> None:
    assert judge(position=HELD._replace(bars_held=P.maximum_bars - 1), **now).exit_reason == 0


def test_without_a_position_there_is_nothing_to_leave() -> None:
    signal = judge(rsi=99.0, close=50.0, low=49.0)

    assert signal.exit_reason == 0
    assert not passed(signal) & of_kind(GateKind.EXIT)


def test_before_the_indicators_are_warm_nothing_passes_that_reads_them() -> None:
    cold: dict[str, Any] = dict.fromkeys(("ema_fast", "ema_slow", "rsi", "rsi_low", "atr", "volume_sma"), nan)

    signal = judge(before=BEFORE._replace(**cold), **cold)

    assert not passed(signal) & of_kind(GateKind.REQUIRED)
    assert (signal.strength, signal.stop, signal.target) == (0.0, 0.0, 0.0)


def test_a_stop_that_would_lie_below_zero_is_none() -> None:
    assert judge(atr=110.0).stop == 0.0


def test_before_the_first_bar_there_is_no_signal_and_no_error() -> None:
    assert STRATEGY.signal(STRATEGY.new_state(), FLAT).strength == 0.0


@pytest.mark.parametrize(
    ("smaller", "larger", "value"),
    [
        ("ema_fast", "ema_slow", 200),
        ("pullback_level", "trigger_level", 55),
        ("trigger_level", "exit_level", 55),
        ("minimum_atr", "maximum_atr", 0.05),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(smaller: str, larger: str, value: float) -> None:
    with pytest.raises(BadInputError, match=f"{smaller} = .* must be below {larger}"):
        build({smaller: value, larger: value})
