"""`data plot`: one instrument's bars and volume as a page of its own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from tradewind.cli.data.checking import Gap
from tradewind.cli.drawing import document
from tradewind.domain.bar import Bar
from tradewind.domain.moments import iso
from tradewind.domain.series import Series

_UP, _DOWN, _GAP = "#1a7f37", "#cf222e", "rgba(207,34,46,0.12)"
_MOST_GAPS = 200


def write_page(series: Series, gaps: Sequence[Gap], path: Path, *, sessions: bool) -> None:
    """Write the page: bars, volume, and holes shaded.

    Parameters
    ----------
    gaps : sequence of Gap
        Holes to shade.
    sessions : bool
        Draw bar beside bar without the time between them, as traders of stocks do.
    """
    title = f"{series.instrument.id}, {series.timeframe}, {len(series.bars):,} bars"
    figure = _figure(series.bars, gaps, sessions=sessions)
    chart = figure.to_html(full_html=False, include_plotlyjs=True, config={"displaylogo": False, "scrollZoom": True})
    span = f"{iso(series.bars[0].ts_open)} to {iso(series.bars[-1].ts_close)}"
    note = f"{span}, UTC. {_holes(gaps)} Source: {series.source}."
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document(title, (f"<p>{escape(note)}</p>", chart)), "utf-8")


def _holes(gaps: Sequence[Gap]) -> str:
    if not gaps:
        return "No bar is missing."
    return f"{sum(gap.missing for gap in gaps):,} bars are missing in {len(gaps)} gaps, shaded."


def _figure(bars: Sequence[Bar], gaps: Sequence[Gap], *, sessions: bool) -> Any:
    from plotly import graph_objects as go
    from plotly.subplots import make_subplots

    times = [_time(bar.ts_open) for bar in bars]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.78, 0.22], vertical_spacing=0.02)
    prices = dict(
        zip(("open", "high", "low", "close"), map(list, zip(*(bar[2:6] for bar in bars), strict=True)), strict=True)
    )
    candles = go.Candlestick(x=times, name="price", increasing_line_color=_UP, decreasing_line_color=_DOWN, **prices)
    figure.add_trace(candles, 1, 1)
    colours = [_UP if bar.close >= bar.open else _DOWN for bar in bars]
    volume = go.Bar(
        x=times, y=[bar.volume for bar in bars], name="volume", marker={"color": colours, "line": {"width": 0}}
    )
    figure.add_trace(volume, 2, 1)
    for gap in gaps[:_MOST_GAPS]:
        figure.add_vrect(x0=_time(gap.start), x1=_time(gap.end), fillcolor=_GAP, line_width=0)
    figure.update_layout(
        template="plotly_white", height=720, showlegend=False, hovermode="x unified", dragmode="pan",
        margin={"l": 60, "r": 20, "t": 20, "b": 30}, xaxis_rangeslider_visible=False,
    )  # fmt: skip
    if sessions:
        figure.update_xaxes(type="category", nticks=12)
    return figure


def _time(ts: int) -> datetime:
    return datetime.fromtimestamp(ts / 1000, UTC)
