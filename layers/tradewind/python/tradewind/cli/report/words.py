"""Results in a trader's words, the same on the page and in the terminal."""

from decimal import Decimal

from tradewind.cli.report.summary import Summary
from tradewind.cli.times import bar_text
from tradewind.domain.decision import Action


def money(value: Decimal) -> str:
    """Write an amount to the cent with thousands."""
    return f"{value:,.2f}"


def percent(value: Decimal | None) -> str:
    """Write a fraction as per cent."""
    return "–" if value is None else f"{value:.2%}"


def result_rows(summary: Summary) -> list[tuple[str, str]]:
    """Return the result, line by line."""
    history, record, fall = summary.history, summary.record, summary.drawdown
    steps = history.traded_steps
    rows = [
        ("period", f"{summary.first} to {summary.last}" if steps else "no step was traded"),
        ("steps", f"{len(steps):,} traded after {len(history.steps) - len(steps):,} of warm-up"),
        ("bars", f"{history.bars:,} of {len(history.configuration.instruments)} instruments"),
        ("decisions", f"{summary.tally.rows:,}"),
        ("orders", f"{len(history.orders):,}"),
        ("denied", f"{summary.tally.count(Action.DENY) + summary.denied_orders:,}"),
        ("fills", f"{len(history.fills):,}"),
        ("round trips", f"{record.trips:,} ({record.wins:,} won, {record.losses:,} lost)"),
        ("win rate", percent(record.win_rate)),
        ("P&L after fees", f"{money(summary.pnl)} ({percent(_share(summary.pnl, history.opening))})"),
        ("fees", money(history.fees)),
        ("equity", f"{money(history.opening)} → {money(history.equity)}"),
        ("largest drawdown", _fall(summary) if fall.amount else "none"),
        ("profit factor", "–" if record.profit_factor is None else f"{record.profit_factor:.2f}"),
    ]
    return [*rows, *_run_rows(summary)]


def _run_rows(summary: Summary) -> list[tuple[str, str]]:
    facts = summary.facts
    rows = [("alerts delivered", f"{facts.alerts:,}" + (f" ({facts.repeated:,} repeated)" if facts.repeated else ""))]
    if facts.refused_bars:
        rows.append(("bars refused", f"{facts.refused_bars:,}"))
    if facts.dead_letters:
        rows.append(("dead letters", f"{facts.dead_letters:,}: see `tradewind doctor`"))
    if facts.seconds:
        rows.append(("time", f"{facts.seconds:.1f} s, {summary.speed:.1f} steps a second"))
    return rows


def _fall(summary: Summary) -> str:
    fall, bar_ms = summary.drawdown, summary.history.bar_ms
    span = f"{bar_text(fall.peak_ts, bar_ms)} to {bar_text(fall.trough_ts, bar_ms)}"
    return f"{percent(fall.fraction)} ({money(fall.amount)}), {span}"


def _share(value: Decimal, whole: Decimal) -> Decimal | None:
    return value / whole if whole else None


def reason_rows(summary: Summary) -> list[tuple[str, str, int, str]]:
    """Return (action, reason, count, in words), the most frequent first."""
    tally = summary.tally
    return [
        (str(action), reason, count, tally.words(reason)) for (action, reason), count in tally.reasons.most_common()
    ]


def barless_line(summary: Summary) -> str:
    """Name the instruments of which no bar ever entered; empty where there are none."""
    named = ", ".join(f"{name} ({reason})" for name, reason in summary.tally.barless().items())
    return f"No bar of it ever entered, so never traded: {named}." if named else ""


def unwarm_line(summary: Summary) -> str:
    """Name the instruments that end un-warm; empty where there are none."""
    unwarm = summary.tally.unwarm()
    if not unwarm:
        return ""
    named = ", ".join(f"{one.instrument} ({one.seen} of {one.needed} bars)" for one in unwarm)
    return f"Not warm yet, so never traded: {named}."
