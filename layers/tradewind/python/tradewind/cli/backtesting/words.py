"""A backtest's figures in a trader's words, the same on the page and in the terminal."""

from tradewind.backtest.result import Result
from tradewind.cli.backtesting import universe
from tradewind.cli.times import bar_text

_SHARES = ("return", "cagr", "volatility", "max_drawdown", "win_rate", "time_in_market", "exposure", "buy_and_hold")
_MONEY = ("equity_start", "equity_end", "fees", "expectancy", "best", "worst")
NAMES = {
    "return": "return",
    "buy_and_hold": "buy and hold",
    "cagr": "a year (CAGR)",
    "volatility": "volatility a year",
    "sharpe": "Sharpe",
    "sortino": "Sortino",
    "calmar": "Calmar",
    "max_drawdown": "largest drawdown",
    "max_drawdown_days": "longest drawdown, days",
    "round_trips": "round trips",
    "win_rate": "won",
    "profit_factor": "profit factor",
    "expectancy": "mean round trip",
    "payoff": "mean win / mean loss",
    "best": "best",
    "worst": "worst",
    "time_in_market": "time in market",
    "exposure": "mean exposure",
    "turnover": "turnover a year",
    "fees": "fees",
}


def figure(name: str, value: float | None) -> str:
    """Write one figure: a share as per cent, money with thousands, what has no meaning as a dash."""
    if value is None:
        return "–"
    if name in _SHARES:
        return f"{value:.2%}"
    if name in _MONEY or name == "pnl":
        return f"{value:,.2f}"
    return f"{value:,.0f}" if name in {"round_trips", "max_drawdown_days"} else f"{value:,.2f}"


def result_rows(result: Result) -> list[tuple[str, str]]:
    """Return the result, line by line."""
    run, setup, found = result.run, result.setup, result.metrics
    times, frame = result.track.times, setup.bars.timeframe.ms
    span = f"{bar_text(times[1], frame)} to {bar_text(times[-1], frame)}" if times else "nothing was traded"
    speed = len(setup.bars) * len(setup.at_work) / run.seconds if run.seconds else 0.0
    rows = [
        ("period", span),
        ("bars", f"{len(setup.bars):,} of {len(setup.instruments)} instruments, {setup.bars.timeframe}"),
        *universe.rows(result),
        ("strategies", ", ".join(one.rules.name for one in setup.at_work)),
        ("costs", f"{setup.account.fee_bps} bps fee, {setup.account.slippage_bps} bps slippage"),
        ("equity", f"{figure('equity_start', found['equity_start'])} → {figure('equity_end', found['equity_end'])}"),
    ]
    rows += [(words, figure(name, found[name])) for name, words in NAMES.items() if name in found]
    compiled = f", compiled in {run.compile_seconds:.1f} s" if run.engine == "compiled" else ""
    return [
        *rows,
        ("decisions digest", run.digest),
        ("engine", f"{run.engine}{compiled}; {run.seconds:.2f} s, {speed / 1e6:.2f} M decisions a second"),
    ]


HEAD = ("", "round trips", "won", "profit factor", "mean", "P&L")


def group_rows(result: Result, name: str) -> list[tuple[str, ...]]:
    """Return round trips by strategy, instrument, regime or exit."""
    keys = ("round_trips", "win_rate", "profit_factor", "expectancy", "pnl")
    return [(group, *(figure(key, row[key]) for key in keys)) for group, row in result.by(name).items()]
