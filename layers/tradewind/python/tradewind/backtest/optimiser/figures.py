"""What a backtest came to, in the few figures that a search needs, straight from the engine's arrays.

Returns are those of the equity curve's points (a day, or a bar where bars are longer or few). Sharpe is the mean return
over its standard deviation, times the square root of the points in a year (Sharpe, "The Sharpe Ratio", Journal of
Portfolio Management 21 (1), 1994, with no rate without risk). Sortino puts the root mean square of the losses in the
deviation's place (Sortino & van der Meer 1991). Calmar is the yearly return over the greatest drawdown (Young 1991).
"""

from math import sqrt

import numpy as np

from tradewind.backtest import layout
from tradewind.backtest.engine import Run
from tradewind.backtest.optimiser.outcome import Outcome, Span
from tradewind.backtest.optimiser.statistics import Floats, deepest_fall
from tradewind.backtest.setup import coarse

YEAR_MS = 365.25 * 86_400_000
GOALS = ("sharpe", "sortino", "calmar", "return", "profit_factor", "expectancy")


def figures(run: Run, span: Span) -> Outcome:
    """Return a run's figures over a span; points before it, while strategies warm up, are left out."""
    times, equity = run.curve[:, 0], run.curve[:, 1]
    opening = float(run.setup.account.cash)
    inside = times >= span.start
    values = np.concatenate([[opening], equity[inside]])
    returns: Floats = np.diff(values) / values[:-1]
    trades, pnl = _trades(run, times, equity, opening)
    years = max(span.end - span.start, 1) / YEAR_MS
    return Outcome(_metrics(values, returns, pnl, years), returns.tolist(), trades.tolist())


def _metrics(values: Floats, returns: Floats, pnl: Floats, years: float) -> dict[str, float]:
    total = float(values[-1] / values[0]) - 1.0
    yearly = (1.0 + total) ** (1.0 / years) - 1.0 if total > -1.0 else -1.0
    fall = float(deepest_fall(1.0 + returns[None, :])[0]) if len(returns) else 0.0
    wins, losses = float(pnl[pnl > 0].sum()), float(-pnl[pnl < 0].sum())
    yearly_root = sqrt(len(returns) / years)
    downside = sqrt(float((np.minimum(returns, 0.0) ** 2).mean())) if len(returns) else 0.0
    mean = float(returns.mean()) if len(returns) else 0.0
    spread = float(returns.std(ddof=1)) if len(returns) > 1 else 0.0
    return {
        "return": total,
        "cagr": yearly,
        "sharpe": mean / spread * yearly_root if spread > 0.0 else 0.0,
        "sortino": mean / downside * yearly_root if downside > 0.0 else 0.0,
        "calmar": yearly / fall if fall > 0.0 else 0.0,
        "max_drawdown": fall,
        "profit_factor": wins / losses if losses > 0.0 else float("nan"),
        "expectancy": float(pnl.mean()) if len(pnl) else 0.0,
        "round_trips": float(len(pnl)),
        "win_rate": float((pnl > 0).mean()) if len(pnl) else 0.0,
    }


def _trades(run: Run, times: Floats, equity: Floats, opening: float) -> tuple[Floats, Floats]:
    """Return each round trip's profit as a share of the equity at its entry, and in currency, by their ends."""
    fills = run.events[run.events[:, 0] == layout.FILLED]
    if not len(fills):
        return np.empty(0), np.empty(0)
    _, ts, k, _, parent, lots, ticks, leg = fills.T[:8]
    cash = run.setup.account.cash
    units = np.array([float(one.tick * one.lot * coarse(one, cash)) for one in run.setup.instruments])
    volume = lots * ticks * units[k % len(units)]
    flow = np.where(leg == layout.LEG_ENTRY, -volume, volume) - volume * run.setup.account.fee_bps / 1e4
    closing = leg != layout.LEG_ENTRY
    _, group = np.unique(parent, return_inverse=True)
    profit = np.bincount(group, flow)[group[closing]]
    opened = np.full(group.max() + 1, np.inf)
    np.minimum.at(opened, group, ts)
    before = np.searchsorted(times, opened[group[closing]]) - 1
    base = np.where(before >= 0, equity[np.maximum(before, 0)], opening)
    return profit / base, profit
