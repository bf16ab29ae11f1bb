from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.unit.backtest.optimiser.test_study import SPAN, bench, hill, plan
from tradewind.backtest.optimiser.findings import Findings, Study, parted
from tradewind.backtest.optimiser.outcome import Outcome, Span, Trial
from tradewind.backtest.optimiser.pool import processes
from tradewind.backtest.optimiser.study import BATCH
from tradewind.domain.errors import BadInputError


def studied(folds: int = 0, aside: float = 0.25, path: Path | None = None) -> tuple[Findings, list[Trial]]:
    told: list[Trial] = []
    searched, kept, steps = parted(SPAN, aside, folds, anchored=False)
    with processes(partial(bench), 1) as runs:
        study = Study(runs, hill_by_default, {"bars": "abc"}, told.append)
        return study(replace(plan(), span=searched), kept, steps, path), told


def hill_by_default(parameters: Mapping[str, float], span: Span) -> Outcome:
    return hill({"x": 0.7, "n": 8.0, **parameters}, span)


def test_the_best_is_the_trial_with_the_greatest_value_and_stands_beside_the_default() -> None:
    found, told = studied()

    values = [trial.value for trial in told if not trial.refused]
    assert found.best.searched.metrics["sharpe"] == max(values)
    assert found.default.searched.metrics["sharpe"] < max(values)
    assert (found.trials, found.refused) == (3 * BATCH, sum(bool(trial.refused) for trial in told))


def test_what_is_kept_aside_is_judged_and_never_searched() -> None:
    found, _ = studied(aside=0.25)

    assert found.aside == Span(SPAN.end - (SPAN.end - SPAN.start) // 4, SPAN.end)
    assert found.plan.span.end == found.aside.start
    assert found.best.aside is not None
    assert studied(aside=0.0)[0].best.aside is None


def test_how_far_to_believe_it_is_told() -> None:
    found, _ = studied()

    assert found.deflated is not None
    assert 0.0 <= found.deflated <= 1.0
    assert found.overfitting is not None
    assert found.overfitting.trials == found.trials - found.refused
    assert found.overfitting.ways == 12870
    assert found.shuffled is not None


def test_each_fold_is_a_search_of_its_own_with_a_journal_of_its_own(tmp_path: Path) -> None:
    found, told = studied(folds=2, path=tmp_path / "study.jsonl")
    again, _ = studied(folds=2, path=tmp_path / "study.jsonl")

    assert found.forward is not None
    assert [one.fold.train.end for one in found.forward.steps] == [one.fold.test.start for one in found.forward.steps]
    assert found.forward.steps[-1].fold.test.end == found.plan.span.end
    assert len(told) == 3 * found.trials
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "study.fold1.jsonl", "study.fold2.jsonl", "study.jsonl",
    ]  # fmt: skip
    assert replace(again, recalled=0) == replace(found, recalled=0)
    assert (found.recalled, again.recalled) == (0, found.trials)


@pytest.mark.parametrize("share", [-0.1, 0.95, 1.0])
def test_too_much_kept_aside_is_refused(share: float) -> None:
    with pytest.raises(BadInputError, match=r"cannot be kept aside: give 0 to 0\.9"):
        parted(SPAN, share, 0, anchored=False)


def test_a_study_of_nothing_but_contradictions_says_why() -> None:
    def never(parameters: Mapping[str, float], span: Span) -> Outcome:
        raise BadInputError("fast must be below slow")

    with processes(lambda: never, 1) as runs, pytest.raises(BadInputError, match="fast must be below slow"):
        Study(runs, never, {}, lambda _: None)(plan(), None, [], None)
