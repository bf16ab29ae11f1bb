"""A report as text for a phone, and as one HTML file with a picture of the equity: no library, no network."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from zoneinfo import ZoneInfo

from tradewind.domain.redaction import scrub
from tradewind.domain.reporting import EquityPoint, Report

WIDTH, HEIGHT, _LEFT, _BOTTOM, _TOP = 720, 240, 72, 24, 12
_MOST = 300
"""Points of a picture: more would not be seen."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d8dee4; --up: #0969da; --back: #fff }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --up: #4493f8; --back: #0d1117 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); max-width: 760px;
  margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 1.6rem }
table { border-collapse: collapse } td, th { padding: .2rem 1rem .2rem 0; text-align: left }
td.n { text-align: right; font-variant-numeric: tabular-nums } tr { border-bottom: 1px solid var(--line) }
.soft, figcaption { color: var(--soft) } svg { width: 100%; height: auto } figure { margin: 0 }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif } svg .grid { stroke: var(--line) }
svg .curve { fill: none; stroke: var(--up); stroke-width: 1.5 }
"""

type Rows = Sequence[tuple[str, ...]]


def as_text(report: Report) -> str:
    """Return a report as plain text."""
    parts = [f"{report.title}: {report.environment}", *(_lines("", _accounts(report)))]
    for title, rows in _sections(report):
        parts += ["", f"{title}:", *_lines("  ", rows)]
    return scrub("\n".join(parts))


def as_html(report: Report) -> str:
    """Return a report as one HTML file."""
    span = f"{_when(report.since, report.zone)} to {_when(report.until, report.zone)}, {report.zone}"
    title = escape(f"{report.title}: {report.environment}")
    tables = "".join(_table(name, rows) for name, rows in (("Accounts", _accounts(report)), *_sections(report)))
    body = f'<h1>{title}</h1><p class="soft">{escape(span)}</p>{picture(report.curve, report.zone)}{tables}'
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{scrub(body)}</body></html>'


def picture(curve: Sequence[EquityPoint], zone: str) -> str:
    """Return equity over time as SVG; what says nothing is not drawn."""
    points = thinned(curve)
    if len(points) < 2:  # noqa: PLR2004 - a line has two ends
        return '<p class="soft">No equity has been noted yet.</p>'
    low, high = min(one.equity for one in points), max(one.equity for one in points)
    room = (high - low) or Decimal(1)
    begin, span = points[0].ts, points[-1].ts - points[0].ts or 1
    wide, tall = WIDTH - _LEFT - 8, HEIGHT - _TOP - _BOTTOM

    def y(value: Decimal) -> float:
        return round(_TOP + tall * float((high - value) / room), 1)

    path = " ".join(f"{_LEFT + wide * (one.ts - begin) / span:.1f},{y(one.equity)}" for one in points)
    grid = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - 8}" y1="{y(value)}" y2="{y(value)}"/>'
        f'<text x="{_LEFT - 6}" y="{y(value) + 4}" text-anchor="end">{value:,.0f}</text>'
        for value in ((low, low + room / 2, high) if high > low else (low,))
    )
    told = f"Equity from {points[0].equity:,.2f} to {points[-1].equity:,.2f}, between {low:,.2f} and {high:,.2f}"
    dates = "".join(
        f'<text x="{x}" y="{HEIGHT - 6}" text-anchor="{anchor}">{_when(ts, zone)}</text>'
        for x, anchor, ts in ((_LEFT, "start", points[0].ts), (WIDTH - 8, "end", points[-1].ts))
    )
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">'
        f'{grid}{dates}<polyline class="curve" points="{path}"/></svg><figcaption>{told}</figcaption></figure>'
    )


def thinned(curve: Sequence[EquityPoint], most: int = _MOST) -> list[EquityPoint]:
    """Return at most about so many points; of each stretch its lowest and its highest, so that no fall is hidden."""
    if len(curve) <= most:
        return list(curve)
    size = -(-2 * len(curve) // most)
    kept: dict[int, EquityPoint] = {}
    for at in range(0, len(curve), size):
        part = curve[at : at + size]
        ends = min(part, key=lambda one: one.equity), max(part, key=lambda one: one.equity)
        kept |= {one.ts: one for one in ends}
    kept |= {one.ts: one for one in (curve[0], curve[-1])}
    return [kept[ts] for ts in sorted(kept)]


# ── what it says ─────────────────────────────────────────────────────────────────────────────────────────────────


def _accounts(report: Report) -> Rows:
    return [
        (
            one.name,
            f"equity {one.equity:,.2f}",
            f"P&L {one.profit:+,.2f}",
            f"realised {one.realised:+,.2f}",
            f"fees {one.fees:,.2f}",
            one.state,
        )
        for one in report.accounts
    ]


def _sections(report: Report) -> Iterable[tuple[str, Rows]]:
    held = [
        (
            str(one.instrument),
            one.strategy,
            f"{one.quantity:f}",
            f"at {one.entry:.8g}",
            f"now {one.mark:f}",
            f"{one.unrealised:+,.2f}",
            f"stop {one.stop:f}" if one.stop else "no stop",
        )
        for one in report.held
    ]
    yield "Positions", held or [("nothing is held",)]
    traded = f"{report.fills} fills, {report.won} won, {report.lost} lost, {report.denied} orders denied"
    yield "Trading", [(traded,)]
    counted = _counts(report.decisions) or [("none",)]
    yield "Decisions" + (" (the latest)" if report.capped else ""), counted
    if report.reasons:
        yield "Why not traded", _counts(report.reasons)
    failing = [(name, text) for name, text in sorted(report.failing.items())]
    yield "Health", failing or [("all is well",)]
    yield "Cost", [("not metered yet" if report.cost is None else f"${report.cost:,.2f} this month so far",)]


def _counts(counts: Mapping[str, int]) -> Rows:
    return [(name, f"{count:,}") for name, count in sorted(counts.items(), key=lambda one: -one[1])]


def _lines(indent: str, rows: Rows) -> list[str]:
    return [indent + "  ".join(row) for row in rows]


def _table(title: str, rows: Rows) -> str:
    cells = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table>{cells}</table>"


def _cell(text: str) -> str:
    numeric = text[-1:].isdigit()
    return f"<td{' class="n"' if numeric else ''}>{escape(text)}</td>"


def _when(ts: int, zone: str) -> str:
    return f"{datetime.fromtimestamp(ts / 1000, ZoneInfo(zone)):%Y-%m-%d %H:%M}"
