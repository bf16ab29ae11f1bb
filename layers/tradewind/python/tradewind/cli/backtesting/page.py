"""A backtest as one page: equity and drawdown, months, trades on price charts, tables; one file, no network."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from tradewind.backtest.metrics import DEFINITIONS
from tradewind.backtest.result import Result
from tradewind.cli.backtesting.words import HEAD, group_rows, result_rows
from tradewind.cli.times import iso
from tradewind.domain.fill import Fill
from tradewind.domain.order import Leg, Side

_CHARTS = 12
_POINTS = 4_000
_TRIPS = 1_000
_MARKERS = {
    Leg.ENTRY: ("entry", "triangle-up", "#1a7f37"),
    Leg.EXIT: ("exit by the strategy", "triangle-down", "#0969da"),
    Leg.STOP: ("stop", "x", "#cf222e"),
    Leg.TARGET: ("target", "star", "#8250df"),
}
_LAYOUT = {
    "template": "plotly_white",
    "margin": {"l": 60, "r": 20, "t": 60, "b": 30},
    "hovermode": "x unified",
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"},
}
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; max-width: 1200px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; margin: .5rem 0 } td, th { padding: .2rem .9rem .2rem 0; text-align: left }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } tr { border-bottom: 1px solid #d8dee4 }
.columns { display: flex; gap: 3rem; flex-wrap: wrap } .note { color: #59636e } .warn { color: #9a6700 }
.up { background: #dafbe1 } .down { background: #ffebe9 }
"""


def page(result: Result, warnings: Sequence[str]) -> str:
    """Return the whole page as HTML."""
    setup = result.setup
    title = f"Backtest: {', '.join(one.rules.name for one in setup.at_work)}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="note">Configuration {setup.configuration.hash}. Times are UTC. Past results are no promise.</p>',
        *(f'<p class="warn">{escape(line)}</p>' for line in warnings),
        '<div class="columns">',
        _table("Result", [], result_rows(result)),
        *(_table(f"By {name}", HEAD, group_rows(result, name)) for name in ("strategy", "exit", "regime")),
        "</div>",
        _figure(_equity(result), with_library=True),
        _months(result),
        *(_figure(_instrument(result, i)) for i in _charted(result)),
        _table("By instrument", HEAD, group_rows(result, "instrument")),
        *(_table(f"Why, {name}", ("decision", "count"), _counts(rows)) for name, rows in result.reasons().items()),
        _trips(result),
        _table("What the figures are", [], list(DEFINITIONS.items())),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _figure(figure: Any, *, with_library: bool = False) -> str:
    text: str = figure.to_html(full_html=False, include_plotlyjs=with_library, config={"displaylogo": False})
    return text


def _equity(result: Result) -> Any:
    from plotly import graph_objects as go
    from plotly.subplots import make_subplots

    track = result.track
    times, equity = [_time(ts) for ts in track.times], list(track.equity)
    figure = make_subplots(rows=3, cols=1, shared_xaxes=True, row_heights=[0.6, 0.2, 0.2], vertical_spacing=0.04)
    figure.add_trace(go.Scatter(x=times, y=equity, name="equity", line={"color": "#0969da"}), 1, 1)
    red, grey = {"color": "#cf222e", "width": 1}, {"color": "#59636e", "width": 1}
    figure.add_trace(go.Scatter(x=times, y=_falls(equity), name="drawdown", fill="tozeroy", line=red), 2, 1)
    held = [0.0, *(part / whole if whole else 0.0 for _, whole, part in result.run.curve.tolist())]
    figure.add_trace(go.Scatter(x=times, y=held, name="exposure", fill="tozeroy", line=grey), 3, 1)
    figure.update_layout(title="Equity, drawdown and exposure", height=560, **_LAYOUT)
    figure.update_yaxes(tickformat=",.0f", row=1, col=1)
    for row in (2, 3):
        figure.update_yaxes(tickformat=".1%", row=row, col=1)
    return figure


def _falls(equity: Sequence[float]) -> list[float]:
    peak, falls = 0.0, []
    for value in equity:
        peak = max(peak, value)
        falls.append(value / peak - 1 if peak else 0.0)
    return falls


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
    from plotly import graph_objects as go

    column = result.setup.bars.columns[i]
    every = max(1, len(column.ts) // _POINTS)
    times, closes = column.ts[::every].tolist(), column.values[3][::every].tolist()
    line = {"color": "#59636e", "width": 1}
    figure = go.Figure(go.Scatter(x=[_time(ts) for ts in times], y=closes, name="close", line=line))
    fills = [fill for fill in result.fills if fill.instrument == column.instrument.id]
    for leg, (label, symbol, colour) in _MARKERS.items():
        chosen = [fill for fill in fills if fill.leg is leg][-_POINTS:]
        if chosen:
            figure.add_trace(_markers(chosen, label, {"symbol": symbol, "color": colour, "size": 9}))
    figure.update_layout(title=f"{column.instrument.id}: {len(fills)} fills", height=320, **_LAYOUT)
    return figure


def _markers(fills: Sequence[Fill], label: str, marker: dict[str, Any]) -> Any:
    from plotly import graph_objects as go

    return go.Scatter(
        x=[_time(fill.ts) for fill in fills],
        y=[float(fill.price) for fill in fills],
        text=[_told(fill) for fill in fills],
        name=label,
        mode="markers",
        marker=marker,
        hovertemplate="%{text}",
    )


def _told(fill: Fill) -> str:
    verb = "bought" if fill.side is Side.BUY else "sold"
    gain = "" if fill.side is Side.BUY else f", realised {fill.realised:,.2f}"
    return f"{fill.strategy} {verb} {fill.quantity:f} at {fill.price:f}, fee {fill.fee:,.2f}{gain}"


def _counts(reasons: dict[str, int]) -> list[tuple[str, str]]:
    return [(reason, f"{count:,}") for reason, count in reasons.items()]


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
    return _table(title, head, rows)


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>" if head else ""
    body = "".join(f"<tr>{''.join(f'<td{_kind(cell)}>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div><h2>{escape(title)}</h2><table>{top}{body}</table></div>"


def _kind(cell: str) -> str:
    return ' class="n"' if cell and cell.lstrip("-–")[:1].isdigit() and len(cell) < 16 else ""  # noqa: PLR2004 - a number's width


def _time(ts: int) -> datetime:
    return datetime.fromtimestamp(ts / 1000, UTC)
