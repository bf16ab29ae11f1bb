"""What pages are made of: tables, equity and price charts; one file each, with everything in it and no network."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from tradewind.domain.fill import Fill
from tradewind.domain.order import Leg, Side

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
_MOST_MARKERS = 4_000
"""Fills of a kind that a chart shows, the latest ones: more make a page too heavy to open."""

_BLUE, _RED, _GREY = "#0969da", "#cf222e", "#59636e"
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; max-width: 1200px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; margin: .5rem 0 } td, th { padding: .2rem .9rem .2rem 0; text-align: left }
.tight td { white-space: nowrap; font-size: 13px } summary { color: #9a6700; cursor: pointer }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } tr { border-bottom: 1px solid #d8dee4 }
.columns { display: flex; gap: 3rem; flex-wrap: wrap } .note { color: #59636e } .warn { color: #9a6700 }
.up { background: #dafbe1 } .down { background: #ffebe9 }
"""


def document(title: str, parts: Iterable[str]) -> str:
    """Return a whole page as HTML: its title, and its parts one after the other."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{''.join(parts)}</body></html>"
    )


def html_of(figure: Any, *, with_library: bool = False) -> str:
    """Return a chart as HTML; the first one of a page brings the library along."""
    text: str = figure.to_html(full_html=False, include_plotlyjs=with_library, config={"displaylogo": False})
    return text


# ── charts ───────────────────────────────────────────────────────────────────────────────────────────────────────


def equity_chart(
    times: Sequence[int], equity: Sequence[float], exposure: Sequence[float] = (), holding: Sequence[float] = ()
) -> Any:
    """Draw equity and its drawdown; where given, what was held as a share of it, and what holding would have come to.

    Times are UTC ms.
    """
    from plotly import graph_objects as go
    from plotly.subplots import make_subplots

    shares = {"drawdown": (_falls(equity), _RED), **({"exposure": (exposure, _GREY)} if exposure else {})}
    x, rows = [_time(ts) for ts in times], 1 + len(shares)
    heights = [0.7, 0.3] if rows == 2 else [0.6, 0.2, 0.2]  # noqa: PLR2004 - with and without exposure
    figure = make_subplots(rows=rows, cols=1, shared_xaxes=True, row_heights=heights, vertical_spacing=0.04)
    figure.add_trace(go.Scatter(x=x, y=list(equity), name="equity", line={"color": _BLUE}), 1, 1)
    if holding:
        line = {"color": _GREY, "width": 1, "dash": "dot"}
        figure.add_trace(go.Scatter(x=x, y=list(holding), name="buy and hold", line=line), 1, 1)
    figure.update_yaxes(tickformat=",.0f", row=1, col=1)
    for row, (name, (values, colour)) in enumerate(shares.items(), start=2):
        line = {"color": colour, "width": 1}
        figure.add_trace(go.Scatter(x=x, y=list(values), name=name, fill="tozeroy", line=line), row, 1)
        figure.update_yaxes(tickformat=".1%", row=row, col=1)
    title = "Equity, drawdown and exposure" if exposure else "Equity and drawdown"
    figure.update_layout(title=title, height=260 + 100 * rows, **_LAYOUT)
    return figure


def _falls(equity: Sequence[float]) -> list[float]:
    peak, falls = 0.0, []
    for value in equity:
        peak = max(peak, value)
        falls.append(value / peak - 1 if peak else 0.0)
    return falls


def price_chart(name: str, times: Sequence[int], closes: Sequence[float], fills: Sequence[Fill]) -> Any:
    """Draw an instrument's closes, and its fills on them; times are UTC ms."""
    from plotly import graph_objects as go

    line = {"color": _GREY, "width": 1}
    figure = go.Figure(go.Scatter(x=[_time(ts) for ts in times], y=list(closes), name="close", line=line))
    for leg, (label, symbol, colour) in _MARKERS.items():
        chosen = [fill for fill in fills if fill.leg is leg][-_MOST_MARKERS:]
        if chosen:
            figure.add_trace(_markers(chosen, label, {"symbol": symbol, "color": colour, "size": 9}))
    figure.update_layout(title=f"{name}: {len(fills):,} fills", height=320, **_LAYOUT)
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


def _time(ts: int) -> datetime:
    return datetime.fromtimestamp(ts / 1000, UTC)


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────


def table(title: str, rows: Sequence[Sequence[object]], head: Sequence[str] = (), numeric: str = "") -> str:
    """Write a table; `numeric` has an `n` for each column that is aligned to the right."""
    marks = numeric.ljust(max(map(len, (*rows, head)), default=0))
    top = f"<tr>{_cells('th', head, marks)}</tr>" if head else ""
    body = "".join(f"<tr>{_cells('td', row, marks)}</tr>" for row in rows)
    return f"<div><h2>{escape(title)}</h2><table>{top}{body}</table></div>"


def _cells(tag: str, row: Sequence[object], marks: str) -> str:
    texts = (f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row)
    classes = (' class="n"' if mark == "n" else "" for mark in marks)
    return "".join(f"<{tag}{kind}>{escape(text)}</{tag}>" for kind, text in zip(classes, texts, strict=False))
