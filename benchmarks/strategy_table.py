"""What every built-in strategy did: the table of docs/strategies.md. `python -m benchmarks.strategy_table`.

The years to the end of 2007 are those that defaults were looked at on; the later ones judge. The coins' hours are
recorded bars beside this checkout, and left out where there are none. The interpreted engine runs: no compiling.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from tradewind.backtest.engine import run
from tradewind.backtest.result import Result
from tradewind.cli.backtesting.plan import Request, setup_of
from tradewind.cli.bars import load_bokeh, load_folder
from tradewind.cli.configuration.reading import read
from tradewind.cli.paths import toml_file
from tradewind.cli.times import parse_time
from tradewind.domain.series import Series
from tradewind.strategies import registry

RECORDED = Path(__file__).parents[2] / "shared" / "data" / "bars"
COINS = tuple(f"binance:{coin}USDT" for coin in ("BTC", "ETH", "SOL", "XRP", "DOGE", "AVAX", "LINK", "LTC"))
HEAD = (
    "| Strategy | Bars | Round trips | Won | Profit factor | Return | Drawdown | In the market | Hold: return |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Range:
    """Which bars, from when on they are traded, and what a side costs."""

    name: str
    series: Sequence[Series]
    start: int
    fee_bps: int


def ranges() -> list[Range]:
    """Return the ranges of the table, as far as their bars are here."""
    daily = load_bokeh()
    split = parse_time("2008-01-01")
    early = [replace(one, bars=[bar for bar in one.bars if bar.ts_close <= split]) for one in daily]
    found = [
        Range("daily 2001–2007, looked at", [one for one in early if one.bars], parse_time("2001-01-01"), 10),
        Range("daily 2008–2013, judged on", daily, split, 10),
    ]
    if RECORDED.is_dir():
        found.append(Range("hourly coins, Jan–May 2024", load_folder(RECORDED, COINS, "1h"), 0, 10))
    return found


def held(one: Range) -> float:
    """Return what holding an equal share of each from the first traded close on earned."""
    changes = []
    for series in one.series:
        closes = [bar.close for bar in series.bars if bar.ts_close > one.start]
        changes += [closes[-1] / closes[0] - 1.0] if closes else []
    return sum(changes) / len(changes)


def row(name: str, one: Range) -> str:
    """Return one strategy's line over one range."""
    request = Request(strategies=(name,), start=one.start, cash=Decimal(100_000), fee_bps=one.fee_bps, slippage_bps=5)
    result = Result(run(setup_of(request, read(toml_file("local")), one.series)))
    found = {key: value or 0.0 for key, value in result.metrics.items()}
    trips = result.round_trips
    won = sum(trip.pnl > 0 for trip in trips) / max(1, len(trips))
    return (
        f"| `{name}` | {one.name} | {len(trips)} | {won:.0%} | {found['profit_factor']:.2f} | {found['return']:+.1%} "
        f"| {found['max_drawdown']:.1%} | {found['time_in_market']:.0%} | {held(one):+.1%} |"
    )


def rows(names: Sequence[str]) -> Iterator[str]:
    """Yield the table's lines."""
    yield HEAD
    every = ranges()
    for name in names:
        for one in every:
            yield row(name, one)


if __name__ == "__main__":
    for line in rows(sys.argv[1:] or registry.names()):
        print(line, flush=True)
