"""Stratus Core: what its network computes, what it was trained by, and how each gate decides."""

from typing import Any

import numpy as np
import pytest

from tests.unit.strategies.test_gates import BAR, CASES, HELD, judge, strategy_of
from tests.walks import walk
from tradewind.ml.stratus_core import Sample, fit, module_text, sample_of
from tradewind.ml.stratus_core import judge as judge_model
from tradewind.strategies import registry
from tradewind.strategies.stratus_core import FEATURES, HIDDEN, StratusCore, features, score, softsign
from tradewind.strategies.stratus_core_model import WEIGHTS

NAME = "stratus_core"
CHANCE = judge(NAME).confidence
"""What the shipped network says of the case."""


def decided(given: dict[str, float], position: Any = None, **now: float) -> dict[str, bool]:
    strategy = registry._builder(NAME, None)(given)
    fields: Any = strategy.values
    row = {**CASES[NAME].now, **now}
    values, before = fields(**row), fields(**{**CASES[NAME].now, "close": 101.0})
    signal = strategy.decide(values, before, position or HELD._replace(quantity=0.0), strategy.parameters)
    return {gate.name: reading.passed for gate, reading in zip(strategy.gates, signal.gates, strict=True)}


def test_nothing_learnt_is_an_even_chance() -> None:
    assert score((0.3,) * FEATURES, (0.0,) * len(WEIGHTS)) == 0.5


def test_one_unit_by_hand() -> None:
    weights = [0.0] * len(WEIGHTS)
    weights[0], weights[1], weights[1 + FEATURES], weights[-1] = 0.5, 1.0, 2.0, -0.25

    assert score((0.5, *(0.0,) * (FEATURES - 1)), tuple(weights)) == 0.5 + 0.5 * softsign(2.0 * 0.5 - 0.25)


@pytest.mark.parametrize(("value", "squeezed"), [(0.0, 0.0), (1.0, 0.5), (-3.0, -0.75), (1e9, pytest.approx(1.0))])
def test_softsign(value: float, squeezed: float) -> None:
    assert softsign(value) == squeezed


def test_every_feature_lies_within_one_of_nothing() -> None:
    strategy, rows = strategy_of(NAME), []
    state = strategy.new_state()
    for each in walk(seed=4, count=600):
        strategy.advance(state, each)
        rows.append(features(strategy.values(*state[2]), strategy.values(*state[1])))

    warm = np.array(rows[strategy.warmup :])
    assert (np.abs(warm) <= 1.0).all()
    assert (warm.std(axis=0) > 0.05).all(), "a feature that never moves teaches nothing"


def test_the_shipped_weights_are_as_many_as_the_network_has() -> None:
    assert len(WEIGHTS) == HIDDEN * (FEATURES + 2) + 1


def test_training_finds_what_is_there_and_gives_the_same_weights_again() -> None:
    chance = np.random.default_rng(3)
    inputs = chance.uniform(-1, 1, (2_000, FEATURES))
    sample = Sample(np.arange(2_000), np.arange(2_000), inputs, (inputs[:, 4] > 0).astype(float))

    weights = fit(sample, rounds=200, decay=1e-4)

    assert judge_model(sample, weights)["rises_in_the_best_fifth"] > 0.95
    assert weights == fit(sample, rounds=200, decay=1e-4)


def test_the_module_that_training_writes_scores_as_training_judged() -> None:
    sample = sample_of(walk(seed=8, count=500))
    weights = fit(sample, rounds=5)
    names: dict[str, Any] = {}
    exec(module_text(weights, "a walk"), names)  # noqa: S102 - it is the very module that would be shipped

    every = [score(tuple(row), names["WEIGHTS"]) for row in sample.inputs]

    error = ((np.array(every) - sample.labels) ** 2).mean()
    assert error == pytest.approx(judge_model(sample, weights)["brier"], rel=1e-12)


def test_a_label_is_the_barrier_that_came_first() -> None:
    bars = walk(seed=8, count=500)
    sample, p = sample_of(bars), strategy_of(NAME).parameters

    assert 0.2 < sample.labels.mean() < 0.8
    assert len(sample.ts) == 500 - strategy_of(NAME).warmup - p.maximum_bars


def test_nothing_is_learnt_from_before_a_time_that_looks_beyond_it() -> None:
    bars = walk(seed=8, count=500)
    cut = bars[400].ts_close

    sample = sample_of(bars)

    assert sample.until(cut).ts[-1] == bars[400 - int(strategy_of(NAME).parameters.maximum_bars)].ts_close
    assert sample.after(cut).ts[0] == bars[401].ts_close


def test_the_confidence_of_the_signal_is_the_score() -> None:
    assert judge(NAME).gates[0].value == CHANCE
    assert 0.0 < CHANCE < 1.0


@pytest.mark.parametrize(
    ("gate", "given", "now"),
    [
        ("score", {"score_level": min(0.95, CHANCE + 0.01)}, {}),
        ("calm_enough", {}, {"atr": 8.3}),
        ("not_stretched", {}, {"slow": 90.0}),
        ("trend", {}, {"trend": 101.5}),
        ("momentum", {}, {"hist": -0.01}),
        ("volume", {}, {"volume": 799.0}),
        ("directed", {}, {"minus_di": 30.0}),
        ("higher_momentum", {}, {"higher_rsi": 50.0}),
    ],
)
def test_each_gate_fails_where_it_should(gate: str, given: dict[str, float], now: dict[str, float]) -> None:
    given = {"score_level": 0.4, "exit_level": 0.05, **given}

    assert not decided(given, **now)[gate]
    assert decided({"score_level": 0.4, "exit_level": 0.05})[gate]


def test_a_score_that_is_lost_ends_a_position_and_so_does_time() -> None:
    kept = decided({"exit_level": 0.05}, HELD)
    lost = decided({"score_level": 0.95, "exit_level": 0.6}, HELD)
    old = decided({"exit_level": 0.05}, HELD._replace(bars_held=20.0))

    assert (kept["score_lost"], kept["held_too_long"]) == (False, False)
    assert lost["score_lost"] is (CHANCE <= 0.6)
    assert old["held_too_long"]


def test_its_stop_and_target_lie_where_the_labels_had_their_barriers() -> None:
    signal = judge(NAME)

    assert (signal.stop, signal.target) == (BAR["close"] - 2 * 1.5, BAR["close"] + 3 * 1.5)
    assert StratusCore.has_model
