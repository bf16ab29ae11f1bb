from collections.abc import Sequence
from itertools import accumulate
from statistics import fmean

import pytest

from tradewind.backtest.checks.sayings import Decider, Saying, first_difference, interpreted, names
from tradewind.backtest.checks.walks import walk
from tradewind.backtest.checks.warmup import measure
from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError
from tradewind.strategies import registry

BARS = walk(4, 400)
NAMES = ("strength", "gate above passed", "gate above value", "exit_reason while held")
WINDOW = 20


def above_its_mean(bars: Sequence[Bar]) -> list[Saying]:
    """Judge by the mean of the last twenty closes: what came before cannot matter."""
    rows = []
    for place, bar in enumerate(bars):
        middle = fmean(one.close for one in bars[max(0, place + 1 - WINDOW) : place + 1])
        passed = float(bar.close > middle)
        rows.append(Saying((passed, passed, middle, 0.0)))
    return rows


def volume_so_far(bars: Sequence[Bar]) -> list[Saying]:
    return [Saying((0.0, 0.0, total, 0.0)) for total in accumulate(bar.volume + 1 for bar in bars)]


def test_a_window_settles_when_it_is_full_to_the_last_bit() -> None:
    settling = measure(above_its_mean, BARS, NAMES, WINDOW)

    assert settling.numbers == settling.bits == WINDOW
    assert settling.decisions <= settling.gates <= WINDOW
    assert settling.enough
    assert settling.late == 0.0


def test_a_warm_up_that_is_too_short_is_told_with_the_share_of_decisions_that_differ() -> None:
    settling = measure(above_its_mean, BARS, NAMES, 3)

    assert not settling.enough
    assert 3 < settling.decisions <= WINDOW
    assert 0.0 < settling.late < 0.1


def test_what_grows_for_ever_never_settles() -> None:
    settling = measure(volume_so_far, BARS, NAMES, WINDOW)

    assert settling.bits is None
    assert settling.numbers > settling.longest
    assert (settling.decisions, settling.gates) == (0, 0)


def test_too_few_bars_say_how_many_are_needed() -> None:
    with pytest.raises(BadInputError, match="90 bars are too few to measure a warm-up of 25: give at least 100"):
        measure(above_its_mean, BARS[:90], NAMES, 25)


def test_an_average_with_a_long_memory_settles_after_its_declared_warm_up_only_nearly() -> None:
    strategy = registry.build("rsi_pullback_pro", {"ema_fast": 5, "ema_slow": 20, "rsi_period": 3, "volume_bars": 5})

    settling = measure(interpreted(strategy), BARS, names(strategy), strategy.warmup)

    assert settling.numbers > strategy.warmup
    assert settling.late < 0.05


@pytest.mark.parametrize(
    ("one", "other", "place"),
    [
        ((1.0, float("nan")), (1.0, float("nan")), None),
        ((1.0, 2.0), (1.0, 2.0000000000000004), 1),
        ((0.0,), (-0.0,), 0),
        ((1.0,), (1.0, 2.0), -1),
    ],
)
def test_numbers_are_compared_bit_by_bit(one: tuple[float, ...], other: tuple[float, ...], place: int | None) -> None:
    assert first_difference(Saying(one), Saying(other)) == place


def test_the_deciders_names_are_as_many_as_its_numbers() -> None:
    strategy = registry.build("rsi_pullback_pro", {})
    decide: Decider = interpreted(strategy)

    assert len(decide(BARS[:1])[0].numbers) == len(names(strategy))
