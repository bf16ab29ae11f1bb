"""`report.html`: equity and drawdown, each instrument with its trades, the reasons; one file, no network."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from tradewind.cli.report.performance import RoundTrip
from tradewind.cli.report.summary import Summary
from tradewind.cli.report.words import money, percent, reason_rows, result_rows
from tradewind.cli.times import iso
from tradewind.domain.fill import Fill
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.order import Leg, Side

_MOST = 24
"""Instruments that get a chart; those that traded come first."""

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
.columns { display: flex; gap: 3rem; flex-wrap: wrap } .note { color: #59636e }
"""


def write_page(summary: Summary, path: Path) -> None:
    """Write the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(summary), "utf-8")


def page(summary: Summary) -> str:
    """Return the whole page as HTML."""
    span = f"{summary.first} to {summary.last}" if summary.first else "no steps"
    title = f"Tradewind: {summary.history.configuration.environment}, {span}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="note">Paper trading. Configuration {summary.history.configuration.hash}. Times are UTC.</p>',
        '<div class="columns">',
        _table("Result", result_rows(summary)),
        _table("Why", [(action, reason, count) for action, reason, count, _ in reason_rows(summary)], numeric="  n"),
        "</div>",
        _figure(_equity(summary), with_library=True),
        *(_figure(_instrument(summary, name)) for name in _charted(summary)),
        _trips(summary.trips),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _figure(figure: Any, *, with_library: bool = False) -> str:
    text: str = figure.to_html(full_html=False, include_plotlyjs=with_library, config={"displaylogo": False})
    return text


def _equity(summary: Summary) -> Any:
    from plotly import graph_objects as go
    from plotly.subplots import make_subplots

    times = [_time(point.ts) for point in summary.curve]
    equity = [float(point.equity) for point in summary.curve]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.7, 0.3], vertical_spacing=0.04)
    figure.add_trace(go.Scatter(x=times, y=equity, name="equity", line={"color": "#0969da"}), 1, 1)
    fall = go.Scatter(x=times, y=_falls(equity), name="drawdown", fill="tozeroy", line={"color": "#cf222e", "width": 1})
    figure.add_trace(fall, 2, 1)
    figure.update_layout(title="Equity and drawdown", height=460, **_LAYOUT)
    figure.update_yaxes(tickformat=",.0f", row=1, col=1)
    figure.update_yaxes(tickformat=".1%", row=2, col=1)
    return figure


def _falls(equity: Sequence[float]) -> list[float]:
    peak, falls = 0.0, []
    for value in equity:
        peak = max(peak, value)
        falls.append(value / peak - 1 if peak else 0.0)
    return falls


def _charted(summary: Summary) -> list[InstrumentId]:
    traded = {fill.instrument for fill in summary.history.fills}
    every = {name for slice_ in summary.history.slices for name in slice_.bars}
    return sorted(every, key=lambda name: (name not in traded, name))[:_MOST]


def _instrument(summary: Summary, name: InstrumentId) -> Any:
    from plotly import graph_objects as go

    bars = [slice_.bars[name] for slice_ in summary.history.slices if name in slice_.bars]
    figure = go.Figure(
        go.Scatter(
            x=[_time(bar.ts_open) for bar in bars], y=[bar.close for bar in bars], name="close",
            line={"color": "#59636e", "width": 1},
        )
    )  # fmt: skip
    fills = [fill for fill in summary.history.fills if fill.instrument == name]
    for leg, (label, symbol, colour) in _MARKERS.items():
        chosen = [fill for fill in fills if fill.leg is leg]
        if chosen:
            figure.add_trace(_markers(chosen, label, {"symbol": symbol, "color": colour, "size": 10}))
    figure.update_layout(title=f"{name}: {len(fills)} fills", height=320, **_LAYOUT)
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
    gain = "" if fill.side is Side.BUY else f", realised {money(fill.realised)}"
    return f"{verb} {fill.quantity:f} at {fill.price:f}, fee {money(fill.fee)}{gain}"


def _trips(trips: Sequence[RoundTrip]) -> str:
    rows = [
        (trip.instrument, iso(trip.opened), iso(trip.closed), f"{trip.quantity:f}", f"{trip.entry:f}", f"{trip.exit:f}",
         f"{trip.leg} {trip.reason}" if trip.reason != trip.leg else str(trip.leg), money(trip.pnl),
         percent(trip.change))
        for trip in trips
    ]  # fmt: skip
    head = ("instrument", "opened", "closed", "quantity", "entry", "exit", "closed by", "P&L after fees", "")
    return _table(f"{len(trips)} round trips", rows, head, numeric="   nnn nn")


def _table(title: str, rows: Sequence[Sequence[object]], head: Sequence[str] = (), numeric: str = "") -> str:
    """Write a table; `numeric` has an `n` for each column that is aligned to the right."""
    marks = numeric.ljust(max(map(len, (*rows, head)), default=0))
    top = f"<tr>{_cells('th', head, marks)}</tr>" if head else ""
    body = "".join(f"<tr>{_cells('td', row, marks)}</tr>" for row in rows)
    return f"<div><h2>{escape(title)}</h2><table>{top}{body}</table></div>"


def _cells(tag: str, row: Sequence[object], marks: str) -> str:
    texts = (f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row)
    classes = (' class="n"' if mark == "n" else "" for mark in marks)
    return "".join(f"<{tag}{kind}>{escape(text)}</{tag}>" for kind, text in zip(classes, texts, strict=False))


def _time(ts: int) -> datetime:
    return datetime.fromtimestamp(ts / 1000, UTC)
