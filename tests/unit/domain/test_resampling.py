import random
from decimal import Decimal

import pytest

from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError
from tradewind.domain.resampling import Incomplete, resample
from tradewind.domain.timeframe import MINUTE, Timeframe

T0 = 1_704_067_200_000
FIVE = 5 * MINUTE


def five_minutes(count: int, *, first: int = 0, volume: float = 0.1) -> list[Bar]:
    return [
        Bar(T0 + k * FIVE, T0 + (k + 1) * FIVE, 1000.0 + k, 1010.0 + k, 990.0 - k, 1001.0 + k, volume)
        for k in range(first, first + count)
    ]


def test_a_longer_bar_has_the_first_open_the_last_close_the_extremes_and_the_sum() -> None:
    made = resample(five_minutes(3), Timeframe.M5, Timeframe.M15, keep_holes=False)

    assert made.bars == (Bar(T0, T0 + 15 * MINUTE, 1000.0, 1012.0, 988.0, 1003.0, 0.3),)
    assert (made.incomplete, made.unfinished) == ((), None)


def test_volumes_are_added_as_decimals_and_not_as_floats() -> None:
    chance = random.Random(7)  # noqa: S311 - the same every time is the point
    volumes = [round(chance.uniform(0, 5000), 5) for _ in range(288)]
    bars = [bar._replace(volume=volume) for bar, volume in zip(five_minutes(288), volumes, strict=True)]

    (day,) = resample(bars, Timeframe.M5, Timeframe.D1, keep_holes=False).bars

    assert Decimal(repr(day.volume)) == sum(Decimal(repr(volume)) for volume in volumes)
    assert resample(five_minutes(3), Timeframe.M5, Timeframe.M15, keep_holes=False).bars[0].volume != 0.1 + 0.2


def test_a_bar_whose_interval_has_not_ended_with_the_source_is_left_out() -> None:
    made = resample(five_minutes(5), Timeframe.M5, Timeframe.M15, keep_holes=True)

    assert [bar.ts_open for bar in made.bars] == [T0]
    assert made.unfinished == Incomplete(T0 + 15 * MINUTE, 2, 3)


def test_a_source_said_to_be_whole_gives_its_last_bar_too() -> None:
    made = resample(five_minutes(5), Timeframe.M5, Timeframe.M15, keep_holes=True, through=T0 + 30 * MINUTE)

    assert [(bar.ts_open, bar.close) for bar in made.bars] == [(T0, 1003.0), (T0 + 15 * MINUTE, 1005.0)]
    assert made.incomplete == (Incomplete(T0 + 15 * MINUTE, 2, 3),)


@pytest.mark.parametrize(("keep", "count"), [(True, 3), (False, 1)])
def test_bars_with_holes_are_told_and_made_only_where_that_is_wanted(keep: bool, count: int) -> None:
    bars = [bar for bar in five_minutes(9) if bar.ts_open not in {T0, T0 + 4 * FIVE}]

    made = resample(bars, Timeframe.M5, Timeframe.M15, keep_holes=keep)

    assert len(made.bars) == count
    assert [(one.ts_open, one.present) for one in made.incomplete] == [(T0, 2), (T0 + 15 * MINUTE, 2)]


def test_an_impossible_bar_is_a_hole_and_never_a_part_of_a_longer_one() -> None:
    bars = five_minutes(3)
    bars[1] = bars[1]._replace(high=float("nan"))

    made = resample(bars, Timeframe.M5, Timeframe.M15, keep_holes=True)

    assert made.bars[0].high == 1012.0
    assert made.incomplete == (Incomplete(T0, 2, 3),)


def test_no_bars_make_no_bars() -> None:
    assert resample([], Timeframe.M5, Timeframe.H1, keep_holes=True).bars == ()


@pytest.mark.parametrize("target", [Timeframe.M1, Timeframe.M5])
def test_shorter_bars_cannot_be_made(target: Timeframe) -> None:
    with pytest.raises(BadInputError, match="choose a longer timeframe"):
        resample(five_minutes(3), Timeframe.M5, target, keep_holes=False)
