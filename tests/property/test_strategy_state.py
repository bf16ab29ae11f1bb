"""A strategy's state is a function of the bars alone, and its signals of the past alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.walks import walk
from tradewind.backtest.compiler import compiled
from tradewind.cli.bars import load_bokeh
from tradewind.domain.bar import Bar
from tradewind.domain.signal import FLAT, PositionView, Signal
from tradewind.strategies import registry
from tradewind.strategies.base import Strategy, StrategyState, flat
from tradewind.strategies.rsi_pullback_pro import build

COUNT = 120
EXAMPLES = Path(__file__).parents[2] / "user_strategies"
STRATEGY = build({"ema_fast": 5, "ema_slow": 20, "rsi_period": 3, "volume_bars": 5})
HELD = PositionView(1.0, 100.0, 3.0)

cuts = st.integers(0, COUNT)
seeds = st.integers(0, 10_000)


def advanced(state: StrategyState, bars: Sequence[Bar]) -> StrategyState:
    for each in bars:
        STRATEGY.advance(state, each)
    return state


def to_the_bit(state: StrategyState) -> list[str]:
    return [value.hex() for value in flat(state)]


def signals(state: StrategyState, bars: Sequence[Bar]) -> list[str]:
    """Return what is said after each bar, flat and held, to the last bit."""
    said = []
    for each in bars:
        STRATEGY.advance(state, each)
        said.append(f"{STRATEGY.signal(state, FLAT)} {STRATEGY.signal(state, HELD)}")
    return said


@given(seeds, cuts)
def test_a_checkpoint_continues_to_the_same_bits(seed: int, cut: int) -> None:
    bars = walk(seed, COUNT)
    whole = advanced(STRATEGY.new_state(), bars)

    stored = flat(advanced(STRATEGY.new_state(), bars[:cut]))
    restored = STRATEGY.parted(stored)

    assert to_the_bit(advanced(restored, bars[cut:])) == to_the_bit(whole)


@given(seeds, cuts, st.floats(0.01, 100), st.floats(0, 1e9))
def test_no_past_signal_knows_the_future(seed: int, cut: int, factor: float, volume: float) -> None:
    bars = walk(seed, COUNT)
    poisoned = bars[:cut] + [
        bar._replace(
            open=bar.open * factor,
            high=bar.high * factor,
            low=bar.low * factor,
            close=bar.close * factor,
            volume=volume,
        )
        for bar in bars[cut:]
    ]

    assert signals(STRATEGY.new_state(), bars)[:cut] == signals(STRATEGY.new_state(), poisoned)[:cut]


@given(seeds)
def test_asking_for_a_signal_changes_nothing(seed: int) -> None:
    bars = walk(seed, COUNT)
    asked = STRATEGY.new_state()
    signals(asked, bars)

    assert to_the_bit(asked) == to_the_bit(advanced(STRATEGY.new_state(), bars))


def in_two_forms(strategy: Strategy, bars: Sequence[Bar]) -> tuple[list[str], list[str]]:
    """Return the signals over some bars, interpreted and compiled, with a position held every third bar."""
    fast, state = compiled(strategy.decide, within=False), strategy.new_state()
    interpreted, after = [], []
    for number, each in enumerate(bars):
        strategy.advance(state, each)
        position = held(each.close, float(number % 40)) if number % 3 == 0 else FLAT
        _, before, now, *_ = state
        interpreted.append(bits(strategy.signal(state, position)))
        after.append(bits(fast(strategy.values(*now), strategy.values(*before), position, strategy.parameters)))
    return interpreted, after


def held(close: float, bars: float) -> PositionView:
    return PositionView(1.0, close * (0.96 + bars / 500), bars, close * 0.9, close * 1.1, 1.0)


def bits(signal: Signal) -> str:
    numbers = [signal.strength, signal.stop, signal.target, float(signal.exit_reason)]
    numbers += [float(part) for gate in signal.gates for part in gate]
    return " ".join(number.hex() for number in numbers)


@pytest.mark.parametrize("name", registry.names(EXAMPLES))
def test_a_rule_gives_the_same_bits_compiled(name: str) -> None:
    bars = (*walk(seed=11, count=2_000), *load_bokeh()[0].bars[:1_500])
    interpreted, after = in_two_forms(registry.build(name, {}, EXAMPLES), bars)

    assert interpreted == after
    strengths = {line.split()[0] for line in interpreted}
    assert len(strengths) > 2, "bars on which nothing happens show nothing"
