"""Every strategy, gate by gate: on hand-made values on which all pass, each fails by itself and decides."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tradewind.domain.signal import FLAT, PositionView, Signal
from tradewind.strategies import registry
from tradewind.strategies.base import GateKind, StopPolicy, Strategy
from tradewind.strategies.standing import STANDING

type Row = dict[str, float]
type Changes = tuple[Row, Row]
"""What differs now, and in the bar before."""

OTHER_FORM = {"rsi_pullback_pro"}
"""Has tests of its own."""


@dataclass(frozen=True)
class Case:
    """Values on which every gate of entry passes, and what makes each one fail.

    Attributes
    ----------
    now, before : dict
        Values besides the bar's; `before` says only where it differs.
    fails : dict
        Changes by gate.
    leaves : dict
        Changes by exit gate, with the position that is held then.
    """

    now: Row
    before: Row
    fails: dict[str, Changes]
    leaves: dict[str, tuple[PositionView, Row, Row]] = field(default_factory=dict)


BAR: Row = {"open": 100.0, "high": 102.0, "low": 99.0, "close": 101.5, "volume": 2_000.0, "volume_sma": 1_000.0}
HELD = PositionView(10.0, 100.0, 3.0, 95.0, 0.0, 1.0)


def held(bars: float = 3.0, price: float = 100.0) -> PositionView:
    return HELD._replace(bars_held=bars, entry_price=price)


CASES = {
    "bollinger_breakout": Case(
        now={**BAR, "upper": 101.0, "middle": 99.0, "lower": 97.0, "narrowest": 0.35, "trend": 95.0, "atr": 1.0,
             "adx": 30.0, "plus_di": 30.0, "minus_di": 10.0, "higher_average": 98.0,
             "keltner_upper": 101.2, "keltner_middle": 99.0, "keltner_lower": 96.8},
        before={"close": 100.0, "upper": 100.5, "lower": 97.5},
        fails={
            "quiet": ({"narrowest": 0.71}, {}),
            "breakout": ({"upper": 101.5, "lower": 96.5}, {}),
            "fresh": ({}, {"close": 100.6}),
            "trend": ({"trend": 101.5}, {}),
            "volume": ({"volume": 1_199.0}, {}),
            "widening": ({}, {"upper": 101.0, "lower": 96.9}),
            "directed": ({"adx": 17.9}, {}),
            "close_location": ({"high": 103.0}, {}),
            "higher_trend": ({"higher_average": 101.5}, {}),
            "above_channel": ({"keltner_upper": 101.5}, {}),
        },
        leaves={
            "back_inside": (held(), {"middle": 101.6}, {}),
            "held_too_long": (held(60), {}, {}),
        },
    ),
    "swing_trader": Case(
        now={**BAR, "higher_close": 101.5, "higher_average": 98.0, "fast": 100.0, "slow": 98.0, "swing_top": 105.0,
             "swing_middle": 101.0, "swing_low": 97.0, "percent_k": 50.0, "percent_d": 40.0, "macd": 1.0,
             "signal": 0.5, "hist": 0.5, "atr": 1.5},
        before={"high": 101.0, "low": 99.5, "slow": 97.9, "percent_k": 30.0, "hist": 0.2},
        fails={
            "tide": ({"higher_close": 98.0}, {}),
            "averages": ({"fast": 98.0}, {}),
            "pulled_back": ({}, {"low": 100.1}),
            "turned": ({}, {"high": 101.5}),
            "oversold": ({}, {"percent_k": 45.1}),
            "momentum": ({}, {"hist": 0.5}),
            "volume": ({"volume": 999.0}, {}),
            "close_location": ({"high": 104.0}, {}),
            "slow_rising": ({}, {"slow": 98.0}),
        },
        leaves={
            "tide_lost": (held(), {"slow": 103.0}, {}),
            "held_too_long": (held(40), {}, {}),
        },
    ),
    "channel_rider": Case(
        now={**BAR, "line_upper": 106.0, "line": 103.0, "line_lower": 100.0, "line_slope": 0.1, "rsi": 45.0, "atr": 1.0,
             "higher_upper": 106.0, "higher_line": 103.0, "higher_lower": 100.0, "higher_slope": 0.4},
        before={"low": 99.9, "close": 100.2, "rsi": 40.0},
        fails={
            "rising": ({"line_slope": 0.019}, {}),
            "touched": ({}, {"low": 100.3}),
            "inside": ({"line_lower": 101.5}, {}),
            "turned": ({}, {"close": 101.5}),
            "room": ({"line_upper": 102.4}, {}),
            "momentum": ({}, {"rsi": 45.0}),
            "not_dear": ({"rsi": 50.1}, {}),
            "volume": ({"volume": 999.0}, {}),
            "close_location": ({"high": 104.0}, {}),
            "higher_rising": ({"higher_slope": 0.0}, {}),
        },
        leaves={
            "channel_lost": (held(), {"line_slope": -0.01}, {}),
            "enough": (held(20, 96.0), {}, {}),
            "held_too_long": (held(60, 105.0), {}, {}),
        },
    ),
    "price_breakout": Case(
        now={**BAR, "entry_top": 102.0, "entry_middle": 95.0, "entry_bottom": 88.0, "exit_top": 102.0,
             "exit_middle": 97.0, "exit_bottom": 92.0, "trend": 95.0, "atr": 2.0, "roc": 5.0, "adx": 25.0,
             "plus_di": 30.0, "minus_di": 10.0, "higher_average": 97.0},
        before={"entry_top": 101.0, "exit_top": 101.0, "close": 100.0},
        fails={
            "breakout": ({}, {"entry_top": 101.5}),
            "fresh": ({}, {"close": 101.1}),
            "trend": ({"trend": 101.5}, {}),
            "momentum": ({"roc": 2.9}, {}),
            "directed": ({"adx": 19.9}, {}),
            "volume": ({"volume": 1_199.0}, {}),
            "close_location": ({"high": 104.0}, {}),
            "higher_trend": ({"higher_average": 101.5}, {}),
        },
        leaves={
            "broke_down": (held(), {}, {"exit_bottom": 101.6}),
            "held_too_long": (held(250), {}, {}),
        },
    ),
    "quantum_oscillator": Case(
        now={**BAR, "rsi": 45.0, "percent_k": 40.0, "percent_d": 30.0, "cci": -50.0, "mfi": 40.0, "williams_r": -60.0,
             "trend": 95.0, "atr": 1.0, "higher_rsi": 55.0},
        before={"rsi": 32.0, "percent_k": 20.0, "cci": -120.0, "mfi": 30.0, "williams_r": -80.0, "trend": 94.9},
        fails={
            "sold_out": ({"rsi": 60.0, "percent_k": 70.0}, {"rsi": 45.0, "percent_k": 50.0, "cci": -40.0}),
            "turned": ({"rsi": 33.0, "percent_k": 31.0, "cci": -115.0, "mfi": 31.0, "williams_r": -78.0}, {}),
            "coherent": (
                {"rsi": 60.0, "percent_k": 60.0},
                {"rsi": 20.0, "percent_k": 0.0, "williams_r": 0.0, "mfi": 10.0, "cci": 0.0},
            ),
            "trend": ({"trend": 101.5}, {}),
            "trend_rising": ({}, {"trend": 95.0}),
            "money_flow": ({}, {"mfi": 40.0}),
            "crossed": ({"percent_d": 40.0}, {}),
            "volume": ({"volume": 999.0}, {}),
            "close_location": ({"high": 104.0}, {}),
            "higher_momentum": ({"higher_rsi": 50.0}, {}),
        },
        leaves={
            "bought_up": (held(), {"rsi": 80.0, "percent_k": 95.0, "cci": 200.0, "mfi": 80.0, "williams_r": -5.0}, {}),
            "enough": (held(10, 95.0), {}, {}),
            "held_too_long": (held(30, 105.0), {}, {}),
        },
    ),
    "ict_setups": Case(
        now={**BAR, "gap_below_top": 100.5, "gap_below_bottom": 99.5, "gap_below_age": 5.0, "gap_above_bottom": 110.0,
             "gap_above_top": 111.0, "gap_above_age": 40.0, "block_below_top": 99.0, "block_below_bottom": 98.0,
             "block_below_age": 9.0, "block_above_bottom": 110.0, "block_above_top": 111.0, "block_above_age": 9.0,
             "swept_lows": 0.0, "swept_low": 98.5, "swept_low_age": 8.0, "swept_highs": 0.0, "swept_high": 112.0,
             "swept_high_age": 50.0, "swing_high": 108.0, "swing_high_age": 4.0, "swing_low": 98.0,
             "swing_low_age": 9.0, "rsi": 50.0, "atr": 1.5, "higher_average": 98.0},
        before={},
        fails={
            "swept": ({"swept_low_age": 31.0}, {}),
            "gap": ({}, {"gap_below_age": 21.0}),
            "returned": ({}, {"gap_below_top": 98.9, "gap_below_bottom": 98.7}),
            "held_the_gap": ({}, {"gap_below_bottom": 101.5}),
            "above_the_sweep": ({"swept_low": 99.0}, {}),
            "risk": ({"atr": 0.8}, {}),
            "discount": ({"swing_high": 104.0}, {}),
            "order_block": ({"block_below_bottom": 101.5}, {}),
            "volume": ({"volume": 799.0}, {}),
            "close_location": ({"high": 105.0}, {}),
            "not_dear": ({"rsi": 60.1}, {}),
            "higher_trend": ({"higher_average": 101.5}, {}),
        },
        leaves={
            "gap_lost": (held(), {"swept_low": 101.6}, {}),
            "held_too_long": (held(40), {}, {}),
        },
    ),
    "dca_ladder": Case(
        now={**BAR, "rsi": 35.0, "atr": 1.5, "trend": 105.0, "higher_rsi": 45.0},
        before={"rsi": 30.0, "trend": 104.9},
        fails={
            "weak": ({"rsi": 40.1}, {}),
            "calm_enough": ({"atr": 8.2}, {}),
            "no_collapse": ({"trend": 110.5}, {"trend": 110.4}),
            "volume": ({"volume": 999.0}, {}),
            "close_location": ({"high": 110.0}, {}),
            "momentum": ({}, {"rsi": 35.0}),
            "trend_rising": ({}, {"trend": 105.0}),
            "higher_not_dear": ({"higher_rsi": 50.1}, {}),
        },
        leaves={"held_too_long": (held(120, 110.0), {}, {})},
    ),
    "stratus_core": Case(
        now={**BAR, "fast": 100.0, "slow": 99.0, "trend": 95.0, "rsi": 35.0, "upper": 104.0, "middle": 100.0,
             "lower": 96.0, "atr": 1.5, "usual_atr": 1.5, "adx": 30.0, "plus_di": 30.0, "minus_di": 20.0,
             "macd": 0.5, "signal": 0.3, "hist": 0.2, "higher_rsi": 55.0},
        before={},
        fails={},
    ),
}  # fmt: skip


def strategy_of(name: str) -> Strategy:
    return registry._builder(name, None)({})


def judge(name: str, changes: Changes = ({}, {}), position: PositionView = FLAT) -> Signal:
    """Return what a strategy's own rule says of its case with some values changed."""
    case, strategy = CASES[name], strategy_of(name)
    fields: Any = strategy.values
    now, before = {**case.now, **changes[0]}, {**case.now, **case.before, **changes[1]}
    rows = (fields(**{key: row[key] for key in fields._fields}) for row in (now, before))
    return strategy.decide(next(rows), next(rows), position, strategy.parameters)


def passed(name: str, signal: Signal) -> set[str]:
    return {gate.name for gate, reading in zip(strategy_of(name).gates, signal.gates, strict=True) if reading.passed}


def of_kind(name: str, *kinds: GateKind) -> set[str]:
    return {gate.name for gate in strategy_of(name).gates if gate.kind in kinds}


ENTRY = (GateKind.REQUIRED, GateKind.CONFIRMING)
FAILURES = [(name, gate) for name, case in CASES.items() for gate in case.fails]
LEAVINGS = [(name, gate) for name, case in CASES.items() for gate in case.leaves]


def test_every_strategy_has_its_case() -> None:
    assert set(CASES) | OTHER_FORM == set(registry.names())


@pytest.mark.parametrize("name", sorted(set(CASES) - {"stratus_core"}))
def test_every_gate_of_entry_and_exit_has_its_failure(name: str) -> None:
    held_only = {"dca_ladder": {"step", "above_the_stop"}}.get(name, set())

    assert set(CASES[name].fails) == of_kind(name, *ENTRY) - held_only
    assert set(CASES[name].leaves) == of_kind(name, GateKind.EXIT)


@pytest.mark.parametrize("name", sorted(set(CASES) - {"stratus_core"}))
def test_a_full_setup_passes_every_gate_of_entry_and_no_exit(name: str) -> None:
    signal = judge(name)

    assert passed(name, signal) == of_kind(name, *ENTRY)
    assert 0.8 <= signal.strength <= 1.0
    assert 0.0 < signal.stop < 101.5
    assert signal.target == 0.0 or signal.target > 101.5


@pytest.mark.parametrize(("name", "gate"), FAILURES)
def test_each_gate_fails_by_itself_and_decides(name: str, gate: str) -> None:
    whole, signal = judge(name), judge(name, CASES[name].fails[gate])

    assert of_kind(name, *ENTRY) - passed(name, signal) == {gate}
    if gate in of_kind(name, GateKind.REQUIRED):
        assert signal.strength == 0.0
    else:
        share = 0.4 / len(of_kind(name, GateKind.CONFIRMING))
        assert signal.strength <= 1.0 - share + 1e-12
        assert signal.strength < whole.strength + 0.2


@pytest.mark.parametrize(("name", "gate"), LEAVINGS)
def test_each_exit_ends_a_held_position_for_its_reason_and_nothing_when_flat(name: str, gate: str) -> None:
    position, *changes = CASES[name].leaves[gate]
    strategy, signal = strategy_of(name), judge(name, (changes[0], changes[1]), position)
    exits = [one.name for one in strategy.gates if one.kind is GateKind.EXIT]

    assert passed(name, signal) & set(exits) == {gate}
    assert exits[signal.exit_reason - 1] == gate
    assert signal.strength == -1.0
    assert judge(name, (changes[0], changes[1])).exit_reason == 0


@pytest.mark.parametrize("name", registry.names())
def test_a_strategy_says_what_it_is(name: str) -> None:
    strategy = registry.build(name, {})
    names = [gate.name for gate in strategy.gates]

    assert len(names) == len(set(names))
    assert sum(gate.kind is GateKind.CONFIRMING for gate in strategy.gates) >= 4
    assert strategy.gates[-len(STANDING) :] == STANDING
    assert any(parameter.source for parameter in strategy.declared)
    assert all(parameter.checked(parameter.default) == parameter.default for parameter in strategy.declared)
    assert strategy.warmup <= 300, "a live provider is first asked for so many bars"
    assert (strategy.entries > 1) == (strategy.stop_policy is StopPolicy.LADDER)


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_idea_is_three_sentences(name: str) -> None:
    idea = registry.build(name, {}).idea

    assert idea.count(". ") + idea.count("; ") + 1 >= 3
    assert "\n" not in idea


# ── what only a position shows ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("close", "stop"), [(101.5, 0.0), (104.0, 100.0), (112.0, 105.0)], ids=["not yet", "break even", "under the lows"]
)
def test_a_swing_s_stop_goes_to_what_was_paid_and_then_under_the_lows(close: float, stop: float) -> None:
    lows = 105.75 if close > 110 else 97.0

    signal = judge("swing_trader", ({"close": close, "high": close, "swing_low": lows, "swing_top": close}, {}), held())

    assert signal.stop == stop


def test_a_ladder_starts_steps_and_takes_its_profit_on_the_average() -> None:
    start = judge("dca_ladder")
    step = judge("dca_ladder", position=HELD._replace(entry_price=104.6))
    too_near = judge("dca_ladder", position=HELD._replace(entry_price=104.4))

    assert [start.stop, start.target] == pytest.approx([101.5 - 15, 101.5 * 1.04])
    assert [step.stop, step.target] == pytest.approx([95.0, 104.6 * 1.04])
    assert step.strength > 0.6
    assert (too_near.strength, of_kind("dca_ladder", *ENTRY) - passed("dca_ladder", too_near)) == (0.0, {"step"})


def test_a_ladder_adds_nothing_at_its_stop() -> None:
    signal = judge("dca_ladder", position=HELD._replace(entry_price=110.0, stop=101.5))

    assert of_kind("dca_ladder", *ENTRY) - passed("dca_ladder", signal) == {"above_the_stop"}


def test_a_table_of_returns_asks_for_less_the_longer_it_takes() -> None:
    asked = [judge("channel_rider", position=held(bars)).gates[-2].threshold for bars in (0, 19, 20, 39, 40, 59)]

    assert asked == [0.10, 0.10, 0.05, 0.05, 0.02, 0.02]
