import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from tradewind.backtest.optimiser.journal import Journal
from tradewind.backtest.optimiser.outcome import BLOCKS, Objective, Outcome, Span, Trial, counts, judged
from tradewind.backtest.optimiser.pool import processes
from tradewind.backtest.optimiser.space import Range, around_defaults, read
from tradewind.backtest.optimiser.study import BATCH, SAMPLERS, Plan, search
from tradewind.backtest.optimiser.walkforward import Fold, Step, folds, together
from tradewind.domain.errors import BadInputError
from tradewind.strategies.base import Parameter

DAY = 86_400_000
SPAN = Span(0, 100 * DAY)


def hill(parameters: Mapping[str, float], span: Span, ran: Path | None = None) -> Outcome:
    """Earn most at x = 0.3 and n = 12; refuse what lies near x = 0.9; trade rarely where n is small."""
    x, n = parameters["x"], parameters["n"]
    if 0.85 < x < 0.95:
        raise BadInputError(f"x = {x} contradicts itself")
    if ran is not None:
        with ran.open("a") as log:
            log.write(f"{os.getpid()}\n")
    earned = 1.0 - (x - 0.3) ** 2 - ((n - 12) / 20) ** 2 + parameters.get("bonus", 0.0)
    returns = [earned / 1000 * (1 + (k % 3 - 1) * x) for k in range(64)]
    return Outcome({"sharpe": earned, "return": earned / 10, "round_trips": n * 3}, returns, [earned / 100] * int(n))


def bench(ran: Path | None = None) -> Objective:
    return partial(hill, ran=ran)


def plan(**changes: object) -> Plan:
    space = (Range("x", 0.0, 1.0), Range("n", 2, 20, whole=True))
    given: dict[str, object] = {
        "space": space, "fixed": {}, "span": SPAN, "goal": "sharpe", "trials": 3 * BATCH, "seed": 7,
    }  # fmt: skip
    return Plan(**{**given, **changes})  # type: ignore[arg-type]


def run(one: Plan, count: int = 1, path: Path | None = None, ran: Path | None = None) -> list[Trial]:
    with processes(partial(bench, ran), count) as runs, Journal(path, one.key()) as journal:
        return list(search(one, runs(one), journal))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_study_is_the_same_again_from_the_same_seed(sampler: str) -> None:
    first, second = (run(plan(sampler=sampler, trials=BATCH + 8)) for _ in range(2))

    assert first == second
    assert [trial.number for trial in first] == list(range(BATCH + 8))


def test_another_seed_is_another_study() -> None:
    assert run(plan(seed=7)) != run(plan(seed=8))


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    log = tmp_path / "log"

    both = run(plan(), 2, ran=log)

    assert both == run(plan())
    assert os.getpid() not in {int(line) for line in log.read_text().split()}


def test_a_study_comes_near_the_top() -> None:
    best = max((trial for trial in run(plan(trials=10 * BATCH)) if not trial.refused), key=lambda one: one.value)

    assert best.parameters["x"] == pytest.approx(0.3, abs=0.05)
    assert best.parameters["n"] == pytest.approx(12, abs=2)


def test_a_study_that_was_ended_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole, path, log = run(plan(), path=tmp_path / "whole"), tmp_path / "study", tmp_path / "log"
    lines = (tmp_path / "whole").read_text().splitlines(keepends=True)
    path.write_text("".join(lines[: 1 + 40]) + lines[41][:25])  # ended within a line

    resumed = run(plan(), path=path, ran=log)

    assert resumed == whole
    assert len(log.read_text().split()) == sum(not trial.refused for trial in whole[40:])
    assert path.read_text() == (tmp_path / "whole").read_text()


def test_more_trials_may_be_asked_for_later(tmp_path: Path) -> None:
    path, log = tmp_path / "study", tmp_path / "log"
    run(plan(trials=BATCH), path=path)

    longer = run(plan(trials=2 * BATCH), path=path, ran=log)

    assert longer == run(plan(trials=2 * BATCH))
    assert len(log.read_text().split()) == sum(not trial.refused for trial in longer[BATCH:])


@pytest.mark.parametrize(
    ("changes", "words"), [({"seed": 8}, "its seed is 7 and not 8"), ({"goal": "return"}, "its goal is 'sharpe'")]
)
def test_a_journal_of_another_study_is_refused(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    run(plan(trials=BATCH), path=tmp_path / "study")

    with pytest.raises(BadInputError, match=words):
        run(plan(**changes), path=tmp_path / "study")


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study").write_text("ts,open\n")

    with pytest.raises(BadInputError, match="is no journal of a study"):
        Journal(tmp_path / "study", {})


def test_a_journal_whose_parameters_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "study"
    run(plan(trials=BATCH), path=path)
    path.write_text(path.read_text().replace('"x":0.', '"x":1.', 1))

    with pytest.raises(BadInputError, match="had other parameters"):
        run(plan(trials=BATCH), path=path)


def test_parameters_that_contradict_each_other_are_refused_and_the_study_goes_on() -> None:
    refused = [trial for trial in run(plan(sampler="random")) if trial.refused]

    assert 0 < len(refused) < 3 * BATCH
    assert all("contradicts itself" in trial.refused and 0.85 < trial.parameters["x"] < 0.95 for trial in refused)


def test_fixed_parameters_are_handed_on_and_not_varied() -> None:
    (trial, *_) = run(plan(fixed={"bonus": 100.0}, trials=BATCH))

    assert "bonus" not in trial.parameters
    assert trial.value > 90


@pytest.mark.parametrize(("trips", "value"), [(20, 2.5), (21, 2.5), (10, -1e9 * 11 / 21), (0, -1e9)])
def test_too_few_round_trips_count_as_worse_than_any_that_has_enough(trips: float, value: float) -> None:
    outcome = Outcome({"sharpe": 2.5, "round_trips": trips}, [0.01] * 4, [])

    assert judged(0, {}, outcome, "sharpe", 20).value == pytest.approx(value)


def test_a_trial_keeps_what_cross_validation_needs() -> None:
    returns = [k / 1000 for k in range(40)]

    trial = judged(0, {}, Outcome({"sharpe": 1.0, "round_trips": 50}, returns, []), "sharpe", 20)

    assert sum(trial.sums) == pytest.approx(sum(returns))
    assert sum(trial.squares) == pytest.approx(sum(one * one for one in returns))
    assert (len(trial.sums), int(counts(40).sum())) == (BLOCKS, 40)
    assert Trial.from_json(trial.to_json()) == trial


# ── the space ────────────────────────────────────────────────────────────────────────────────────────────────────

DECLARED = (Parameter("fast", 10, 2, 400, "bars", whole=True), Parameter("stop", 2, 0.25, 3, "ATR"))


def test_a_range_is_read_as_it_is_written() -> None:
    assert read(["fast=5:50:5", "stop=1:2.5"], DECLARED) == [
        Range("fast", 5, 50, 5, whole=True),
        Range("stop", 1, 2.5),
    ]
    assert [str(one) for one in read(["fast=5:50:5", "stop=1:2.5"], DECLARED)] == ["fast=5:50:5", "stop=1:2.5"]


def test_without_a_range_half_and_twice_the_default_are_tried_within_what_is_declared() -> None:
    assert around_defaults(DECLARED) == [Range("fast", 5, 20, whole=True), Range("stop", 1, 3)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pace=1:2", "there is no parameter 'pace' to vary; there are fast, stop"),
        ("fast=5", "is no range: write fast=low:high"),
        ("fast=5:a", "is no range"),
        ("fast=9:5", "is empty: low must be below high"),
        ("fast=5:9:7", "is empty"),
        ("fast=1:9", "parameter fast = 1.0 is outside 2 to 400 bars"),
        ("fast=5.5:9", "must be whole"),
        ("fast=5:9:0.5", "fast counts bars, so its step is whole"),
    ],
)
def test_a_wrong_range_says_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        read([text], DECLARED)


@pytest.mark.parametrize(
    ("one", "values"),
    [
        (Range("x", 1.0, 3.0), [1.0, 1.0 + 2 / 3, 1.0 + 4 / 3, 3.0]),
        (Range("n", 2, 4, whole=True), [2, 3, 4, 4]),
        (Range("n", 2, 8, 3.0, whole=True), [2, 5, 8, 8]),
        (Range("x", 0.0, 0.3, 0.1), [0.0, 0.1, 0.2, 0.3]),
    ],
)
def test_shares_of_a_range_are_its_values_each_step_as_wide_as_the_others(one: Range, values: list[float]) -> None:
    assert [one.at(share) for share in (0.0, 1 / 3, 2 / 3, 1.0)] == pytest.approx(values)


def test_a_range_of_one_parameter_is_searched_and_one_of_none_refused() -> None:
    space = (Range("x", 0.0, 1.0),)

    assert min(abs(one.parameters["x"] - 0.3) for one in run(plan(space=space, fixed={"n": 12.0}))) < 0.01
    with pytest.raises(BadInputError, match="there is no parameter to vary"):
        run(plan(space=(), fixed={"n": 12.0, "x": 0.3}))


def test_an_unknown_sampler_is_refused() -> None:
    with pytest.raises(BadInputError, match="sampler 'best' is unknown: it is cmaes, tpe, random, grid"):
        run(plan(sampler="best"))


# ── walking forward ──────────────────────────────────────────────────────────────────────────────────────────────


def test_folds_follow_one_another_to_the_end_of_the_span() -> None:
    first, second, third = folds(Span(0, 1600), 3, share=0.7)

    # Three test stretches t and a first training of t · 0.7 ⁄ 0.3: t = 1600 ⁄ (3 + 7 ⁄ 3) = 300.
    assert (first, third.test) == (Fold(Span(0, 700), Span(700, 1000)), Span(1300, 1600))
    assert second == Fold(Span(300, 1000), Span(1000, 1300))


def test_anchored_folds_begin_with_the_span() -> None:
    assert [one.train.start for one in folds(Span(100, 1700), 3, anchored=True)] == [100, 100, 100]


def test_no_training_reaches_into_its_test() -> None:
    for anchored in (True, False):
        for one in folds(Span(0, 12345), 5, anchored=anchored):
            assert one.train.end == one.test.start


@pytest.mark.parametrize("count", [0, 101])
def test_folds_that_cannot_be_cut_are_refused(count: int) -> None:
    with pytest.raises(BadInputError, match="ask for fewer, or give more bars"):
        folds(Span(0, 100 * DAY), count)


def test_what_was_not_chosen_on_is_added_up_and_set_beside_what_was() -> None:
    def step(inside: float, outside: float) -> Step:
        fold = Fold(Span(0, 200), Span(200, 300))
        outcomes = [Outcome({"return": one, "round_trips": 5}, [], []) for one in (inside, outside)]
        return Step(fold, Trial(0, {}), *outcomes)

    forward = together((step(0.2, 0.1), step(0.4, -0.05)))

    assert forward.returned == pytest.approx(1.1 * 0.95 - 1)
    # Outside (0.1 − 0.05) a hundred, inside (0.2 + 0.4) two hundred: 0.0005 ⁄ 0.003.
    assert forward.efficiency == pytest.approx(1 / 6)
