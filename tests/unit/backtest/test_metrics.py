"""Metrics against figures worked out by hand."""

from math import sqrt

import pytest

from tradewind.backtest import metrics
from tradewind.backtest.metrics import DAY, YEAR, Track


def days(*equity: float) -> Track:
    return Track([number * DAY for number in range(len(equity))], list(equity))


DAILY = days(100.0, 110.0, 99.0, 108.9)
"""+10 %, −10 %, +10 %: mean 1/30, sample deviation 0.2/√3."""


def test_the_return_is_what_was_made_of_what_was_there() -> None:
    assert metrics.total_return(DAILY) == pytest.approx(0.089)
    assert metrics.total_return(Track([], [])) is None


def test_growth_is_told_a_year_and_not_of_less_than_a_month() -> None:
    two_years = Track([0, int(2 * YEAR)], [100.0, 121.0])

    assert metrics.cagr(two_years) == pytest.approx(0.10)
    assert metrics.cagr(DAILY) is None
    assert metrics.cagr(Track([0, int(YEAR)], [100.0, -1.0])) is None


def test_volatility_sharpe_and_sortino_by_hand() -> None:
    a_year = sqrt(365.25)
    deviation = 0.2 / sqrt(3)
    downside = sqrt(0.1**2 / 3)

    assert metrics.per_year(DAILY) == pytest.approx(365.25)
    assert metrics.volatility(DAILY) == pytest.approx(deviation * a_year)
    assert metrics.sharpe(DAILY) == pytest.approx(1 / 30 / deviation * a_year)
    assert metrics.sortino(DAILY) == pytest.approx(1 / 30 / downside * a_year)


def test_what_has_no_meaning_is_no_number() -> None:
    still, rising = days(100.0, 100.0, 100.0), days(100.0, 101.0, 103.0)

    assert metrics.sharpe(still) is None
    assert metrics.sortino(rising) is None
    assert metrics.volatility(days(100.0, 101.0)) is None
    assert metrics.profit_factor([1.0, 2.0]) is None
    assert metrics.payoff([-1.0]) is None
    assert metrics.of_trips([])["win_rate"] is None
    assert metrics.ratio(None, 1.0) is None
    assert metrics.ratio(1.0, 0.0) is None


def test_round_trips_by_hand() -> None:
    told = metrics.of_trips([30.0, -10.0, 10.0, -20.0, 0.0])

    assert told["round_trips"] == 5
    assert told["win_rate"] == pytest.approx(0.4)
    assert told["profit_factor"] == pytest.approx(40 / 30)
    assert told["expectancy"] == pytest.approx(2.0)
    assert told["payoff"] == pytest.approx(20 / 15)
    assert (told["best"], told["worst"]) == (30.0, -20.0)


def test_a_day_s_last_bar_counts_and_midnight_ends_the_day_before() -> None:
    hours = Track([0, DAY // 2, DAY, DAY + 1, 2 * DAY], [100.0, 90.0, 101.0, 50.0, 102.0])

    assert metrics.daily(hours).equity == [100.0, 101.0, 102.0]


def test_months_follow_one_another() -> None:
    track = days(100.0, 110.0, 121.0, 60.5)

    assert metrics.monthly(track, ["2024-01", "2024-01", "2024-02", "2024-03"]) == pytest.approx(
        {"2024-01": 0.10, "2024-02": 0.10, "2024-03": -0.5}
    )


def test_a_run_that_begins_with_a_month_says_nothing_of_the_month_before() -> None:
    assert metrics.monthly(days(100.0, 110.0), ["2023-12", "2024-01"]) == pytest.approx({"2024-01": 0.10})


def test_every_figure_has_a_definition() -> None:
    told = metrics.of_track(DAILY).keys()

    assert told <= metrics.DEFINITIONS.keys()
