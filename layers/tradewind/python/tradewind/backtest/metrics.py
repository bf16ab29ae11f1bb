"""What a backtest is judged by: each figure with its definition and where that comes from.

Returns are those of UTC days, from the equity at each day's last bar, open positions at their marks. A year has as many
of them as the bars show: about 365 where a market never closes, about 252 where it keeps weekdays. The riskless rate is
0. What has no meaning (a ratio to nothing) is None, never a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

DAY = 86_400_000
YEAR = 365.25 * DAY

DEFINITIONS = {
    "return": "equity at the end / equity at the start − 1",
    "cagr": "(end / start) ^ (1 / years) − 1: compound annual growth rate; from a month of bars on",
    "volatility": "standard deviation of daily returns × √(days a year)",
    "sharpe": "mean daily return / their standard deviation × √(days a year); Sharpe, Journal of Portfolio Management "
    "21 (1994)",
    "sortino": "mean daily return / root of the mean squared daily loss × √(days a year); Sortino & Price, Journal of "
    "Investing 3 (1994)",
    "calmar": "cagr / max_drawdown; Young, Futures 20 (1991)",
    "max_drawdown": "deepest fall of equity from a peak, as a share of the peak; from every bar's equity",
    "max_drawdown_days": "longest time from a peak to its recovery, or to the end",
    "profit_factor": "sum of winning round trips / sum of losing ones",
    "expectancy": "mean profit or loss of a round trip, after fees; Tharp, Trade Your Way to Financial Freedom (1998)",
    "win_rate": "round trips that earned / all",
    "payoff": "mean win / mean loss",
    "time_in_market": "share of steps at whose end anything was held",
    "exposure": "mean over all steps of what was held / equity",
    "turnover": "bought and sold a year / mean equity",
    "fees": "sum of all fees",
    "buy_and_hold": "an equal share of each instrument from its first traded close to its last, without costs; "
    "of a universe only its members when trading began",
}


@dataclass(frozen=True, slots=True)
class Track:
    """What returns are computed from.

    Attributes
    ----------
    times : sequence of int
        UTC ms, ascending; the first one is when the backtest begins.
    equity : sequence of float
        What everything was worth then.
    """

    times: Sequence[int]
    equity: Sequence[float]

    @property
    def years(self) -> float:
        """Return how many years it spans."""
        return (self.times[-1] - self.times[0]) / YEAR if len(self.times) > 1 else 0.0


def daily(track: Track) -> Track:
    """Return the last point of each UTC day; a bar that closes at midnight ends the day before."""
    last: dict[int, tuple[int, float]] = {}
    for ts, equity in zip(track.times, track.equity, strict=True):
        last[(ts - 1) // DAY] = (ts, equity)
    return Track([ts for ts, _ in last.values()], [equity for _, equity in last.values()])


def returns(track: Track) -> list[float]:
    """Return each point's change against the one before, as a fraction."""
    pairs = zip(track.equity, track.equity[1:], strict=False)
    return [after / before - 1.0 for before, after in pairs if before > 0.0]


def total_return(track: Track) -> float | None:
    """Return `return`."""
    return track.equity[-1] / track.equity[0] - 1.0 if track.equity and track.equity[0] > 0.0 else None


def cagr(track: Track) -> float | None:
    """Return `cagr`; None for less than a month, whose growth says nothing of a year."""
    if track.years < 1.0 / 12.0 or track.equity[0] <= 0.0 or track.equity[-1] <= 0.0:
        return None
    growth: float = (track.equity[-1] / track.equity[0]) ** (1.0 / track.years)
    return growth - 1.0


def per_year(track: Track) -> float:
    """Return how many returns a year has."""
    return (len(track.times) - 1) / track.years if track.years > 0.0 else 0.0


def deviation(values: Sequence[float]) -> float | None:
    """Return the sample standard deviation."""
    if len(values) < 2:  # noqa: PLR2004 - one value does not vary
        return None
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def volatility(track: Track) -> float | None:
    """Return `volatility` of a daily track."""
    spread = deviation(returns(track))
    return None if spread is None else spread * sqrt(per_year(track))


def sharpe(track: Track) -> float | None:
    """Return `sharpe` of a daily track; None where nothing varies."""
    values = returns(track)
    spread = deviation(values)
    return sum(values) / len(values) / spread * sqrt(per_year(track)) if spread else None


def sortino(track: Track) -> float | None:
    """Return `sortino` of a daily track; None without a losing day."""
    values = returns(track)
    if not values:
        return None
    downside = sqrt(sum(min(value, 0.0) ** 2 for value in values) / len(values))
    return sum(values) / len(values) / downside * sqrt(per_year(track)) if downside else None


def ratio(value: float | None, to: float | None) -> float | None:
    """Return value / to; None where either is missing or `to` is nothing."""
    return value / to if value is not None and to else None


def profit_factor(results: Sequence[float]) -> float | None:
    """Return `profit_factor`; None without a loss."""
    lost = -sum(result for result in results if result < 0.0)
    return sum(result for result in results if result > 0.0) / lost if lost > 0.0 else None


def mean(values: Sequence[float]) -> float | None:
    """Return the mean, or None of nothing."""
    return sum(values) / len(values) if values else None


def payoff(results: Sequence[float]) -> float | None:
    """Return `payoff`; None without a win or without a loss."""
    won = mean([result for result in results if result > 0.0])
    lost = mean([-result for result in results if result < 0.0])
    return ratio(won, lost)


def of_trips(results: Sequence[float]) -> dict[str, float | None]:
    """Return what round trips' results after fees are judged by."""
    wins = sum(result > 0.0 for result in results)
    return {
        "round_trips": float(len(results)),
        "win_rate": ratio(float(wins), float(len(results))),
        "profit_factor": profit_factor(results),
        "expectancy": mean(results),
        "payoff": payoff(results),
        "best": max(results, default=None),
        "worst": min(results, default=None),
    }


def of_track(track: Track) -> dict[str, float | None]:
    """Return what the returns are judged by."""
    days = daily(track)
    return {
        "return": total_return(track),
        "cagr": cagr(track),
        "volatility": volatility(days),
        "sharpe": sharpe(days),
        "sortino": sortino(days),
    }


def monthly(track: Track, month_of: Sequence[str]) -> dict[str, float]:
    """Return the return of each month: its last equity against the last one before it.

    Parameters
    ----------
    month_of : sequence of str
        The month that each point counts to, as `2024-05`; the first point, where it all begins, counts to none.
    """
    ends: dict[str, float] = dict(list(zip(month_of, track.equity, strict=True))[1:])
    levels = [track.equity[0], *ends.values()]
    return {
        month: after / before - 1.0
        for month, before, after in zip(ends, levels, levels[1:], strict=False)
        if before > 0.0
    }
