"""`report.html`: equity and drawdown, each instrument with its trades, the reasons; one file, no network."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tradewind.cli.drawing import document, equity_chart, html_of, price_chart, table
from tradewind.cli.report.performance import RoundTrip
from tradewind.cli.report.summary import Summary
from tradewind.cli.report.words import money, percent, reason_rows, result_rows
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.moments import iso

_MOST = 24
"""Instruments that get a chart; those that traded come first."""


def write_page(summary: Summary, path: Path) -> None:
    """Write the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(summary), "utf-8")


def page(summary: Summary) -> str:
    """Return the whole page as HTML."""
    span = f"{summary.first} to {summary.last}" if summary.first else "no steps"
    parts = [
        f'<p class="note">Paper trading. Configuration {summary.history.configuration.hash}. Times are UTC.</p>',
        '<div class="columns">',
        table("Result", result_rows(summary)),
        table("Why", [(action, reason, count) for action, reason, count, _ in reason_rows(summary)], numeric="  n"),
        "</div>",
        html_of(_equity(summary), with_library=True),
        *(html_of(_instrument(summary, name)) for name in _charted(summary)),
        _trips(summary.trips),
    ]
    return document(f"Tradewind: {summary.history.configuration.environment}, {span}", parts)


def _equity(summary: Summary) -> Any:
    return equity_chart([point.ts for point in summary.curve], [float(point.equity) for point in summary.curve])


def _charted(summary: Summary) -> list[InstrumentId]:
    traded = {fill.instrument for fill in summary.history.fills}
    every = {name for slice_ in summary.history.slices for name in slice_.bars}
    return sorted(every, key=lambda name: (name not in traded, name))[:_MOST]


def _instrument(summary: Summary, name: InstrumentId) -> Any:
    bars = [slice_.bars[name] for slice_ in summary.history.slices if name in slice_.bars]
    fills = [fill for fill in summary.history.fills if fill.instrument == name]
    return price_chart(name, [bar.ts_open for bar in bars], [bar.close for bar in bars], fills)


def _trips(trips: Sequence[RoundTrip]) -> str:
    rows = [
        (trip.instrument, iso(trip.opened), iso(trip.closed), f"{trip.quantity:f}", f"{trip.entry:f}", f"{trip.exit:f}",
         f"{trip.leg} {trip.reason}" if trip.reason != trip.leg else str(trip.leg), money(trip.pnl),
         percent(trip.change))
        for trip in trips
    ]  # fmt: skip
    head = ("instrument", "opened", "closed", "quantity", "entry", "exit", "closed by", "P&L after fees", "")
    return table(f"{len(trips)} round trips", rows, head, numeric="   nnn nn")
