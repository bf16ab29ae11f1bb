"""A backtest as one page: equity and drawdown, months, trades on price charts, tables."""

from collections.abc import Sequence
from html import escape
from typing import Any

from tradewind.backtest.metrics import DEFINITIONS
from tradewind.backtest.result import Result
from tradewind.cli.backtesting.words import HEAD, NAMES, group_rows, result_rows
from tradewind.cli.drawing import document, equity_chart, html_of, price_chart, table
from tradewind.domain.moments import iso

_CHARTS = 12
_POINTS = 4_000
_TRIPS = 1_000
_UNFOLDED = 3
_GROUPS = " nnnnn"


def page(result: Result, warnings: Sequence[str]) -> str:
    """Return the whole page as HTML."""
    setup = result.setup
    parts = [
        f'<p class="note">Configuration {setup.configuration.hash}. Times are UTC. Past results are no promise.</p>',
        _warnings(warnings),
        html_of(_equity(result), with_library=True),
        '<div class="columns">',
        table("Result", result_rows(result)),
        *(table(f"By {name}", group_rows(result, name), HEAD, _GROUPS) for name in ("strategy", "exit", "regime")),
        "</div>",
        _months(result),
        *(html_of(_instrument(result, i)) for i in _charted(result)),
        table("By instrument", group_rows(result, "instrument"), HEAD, _GROUPS),
        *(
            table(f"Why, {name}", [*rows.items()], ("decision", "count"), " n")
            for name, rows in result.reasons().items()
        ),
        _trips(result),
        table("What the figures are", [(NAMES.get(name, name), words) for name, words in DEFINITIONS.items()]),
    ]
    return document(f"Backtest: {', '.join(one.rules.name for one in setup.at_work)}", parts)


def _warnings(lines: Sequence[str]) -> str:
    """Return what to know first; many lines fold into one."""
    told = "".join(f'<p class="warn">{escape(line)}</p>' for line in lines)
    return told if len(lines) <= _UNFOLDED else f"<details><summary>{len(lines)} notes first</summary>{told}</details>"


def _equity(result: Result) -> Any:
    track = result.track
    held = [0.0, *(part / whole if whole else 0.0 for _, whole, part in result.run.curve.tolist())]
    return equity_chart(track.times, track.equity, held[: len(track.times)], result.holding())


def _months(result: Result) -> str:
    """Return the monthly table: a row a year, coloured by what the month earned."""
    months = result.monthly()
    rows = []
    for year in sorted({month[:4] for month in months}):
        mine = [months.get(f"{year}-{number:02}") for number in range(1, 13)]
        whole = 1.0
        for change in mine:
            whole *= 1.0 + (change or 0.0)
        cells = "".join(_month(change) for change in (*mine, whole - 1.0))
        rows.append(f"<tr><td>{year}</td>{cells}</tr>")
    head = "".join(f'<th class="n">{number}</th>' for number in (*range(1, 13), "year"))
    return f"<h2>Months</h2><table><tr><th></th>{head}</tr>{''.join(rows)}</table>"


def _month(change: float | None) -> str:
    if change is None:
        return '<td class="n">–</td>'
    kind = "up" if change > 0 else "down" if change < 0 else ""
    return f'<td class="n {kind}">{change:.1%}</td>'


def _charted(result: Result) -> list[int]:
    traded = {fill.instrument for fill in result.fills}
    names = result.setup.bars.names
    return sorted(range(len(names)), key=lambda i: (names[i] not in traded, i))[:_CHARTS]


def _instrument(result: Result, i: int) -> Any:
    column = result.setup.bars.columns[i]
    every = max(1, len(column.ts) // _POINTS)
    times, closes = column.ts[::every].tolist(), column.values[3][::every].tolist()
    name = column.instrument.id
    return price_chart(name, times, closes, [fill for fill in result.fills if fill.instrument == name])


def _trips(result: Result) -> str:
    trips = result.round_trips
    rows = [
        (trip.strategy, trip.instrument, iso(trip.opened), iso(trip.closed), f"{trip.quantity:g}",
         f"{trip.entry_price:g}", f"{trip.exit_price:g}", trip.exit, trip.regime, f"{trip.pnl:,.2f}",
         f"{trip.change:.2%}")
        for trip in trips[-_TRIPS:]
    ]  # fmt: skip
    head = ("strategy", "instrument", "opened", "closed", "quantity", "entry", "exit", "closed by", "regime", "P&L", "")
    title = f"{len(trips):,} round trips" + (f", the last {_TRIPS:,}" if len(trips) > _TRIPS else "")
    return f'<div class="tight">{table(title, rows, head, "    nnn  nn")}</div>'
