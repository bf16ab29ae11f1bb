"""How large an entry is, over flat arrays: what `application.entry_size` does over closed positions."""

from collections.abc import Iterator

from tradewind.application.entry_size import by_regime, plan_of
from tradewind.backtest.layout import (
    CLOSED,
    CLOSED_COST,
    CLOSED_K,
    CLOSED_REALISED,
    REMEMBERED,
    RESULT,
    RISK,
    ROOM,
    TERM,
    Stage,
)
from tradewind.domain.configuration import AccountRules, Gates
from tradewind.risk.adaptive import Plan, Track, base_risk, capped, lately, longer
from tradewind.risk.position_size import Terms

_WHOLE = 10_000.0

PLAN = 17
ADAPTS, ENTRIES_IN_ALL, PLAIN_RISK, MOST_RISK, KELLY_FRACTION, KELLY_TRIPS, KELLY_LEAST = range(7)
RECENT_TRIPS, RECENT_STREAK, RECENT_MULTIPLIER, KELLY_WINDOW, SPANS, REGIME_0 = range(7, 13)
"""ADAPTS is set where a size depends on anything but the stop, SPANS where an entry tells by what volatility sizes it.
From REGIME_0 on follow the multipliers of the five regimes."""


def numbers_of(rules: AccountRules, gates: Gates, entries: int, *, spans: bool) -> Iterator[float]:
    """Yield one strategy's numbers, `PLAN` of them, in the order of their slots."""
    plan, sizing = plan_of(rules, gates), gates.sizing
    yield float(not sizing.is_plain)
    yield float(entries)
    yield from map(float, plan)
    yield float(sizing.kelly_window if plan.kelly_fraction else 0)
    yield float(spans)
    yield from by_regime(sizing)


def terms_at(stage: Stage, s: int, at: int) -> Terms:
    """Return what a strategy may risk and tie up with an entry that its signal asks for."""
    fee, room, plan = stage.rules.fee_bps / _WHOLE, stage.terms[s * TERM + ROOM], s * PLAN
    if stage.plans[plan + ADAPTS] == 0.0:
        return Terms(stage.terms[s * TERM + RISK], room, fee, 0.0)
    span = stage.signals.span[at] if stage.plans[plan + SPANS] > 0.0 else 0.0
    return Terms(_risk(stage, s, at) / stage.plans[plan + ENTRIES_IN_ALL], room, fee, span)


def _risk(stage: Stage, s: int, at: int) -> float:
    """Return what a whole position may risk, of equity."""
    plans, k = stage.plans, s * PLAN
    plan = Plan(
        plans[k + PLAIN_RISK],
        plans[k + MOST_RISK],
        plans[k + KELLY_FRACTION],
        int(plans[k + KELLY_TRIPS]),
        plans[k + KELLY_LEAST],
        int(plans[k + RECENT_TRIPS]),
        int(plans[k + RECENT_STREAK]),
        plans[k + RECENT_MULTIPLIER],
    )
    kelly, recent = _track(stage, s, int(plans[k + KELLY_WINDOW])), _track(stage, s, plan.recent_trips)
    market = plans[k + REGIME_0 + int(stage.signals.regime[at])]
    return capped(plan, base_risk(plan, kelly), market * lately(plan, recent))


def _track(stage: Stage, s: int, window: int) -> Track:
    """Return what the last so many positions of a strategy came to."""
    track, one, fee = Track(0, 0, 0, 0.0, 0.0, 0), stage.counts[REMEMBERED] - 1, stage.rules.fee_bps / _WHOLE
    while one >= 0 and track.trips < window:
        if stage.closed[one * CLOSED + CLOSED_K] // stage.instruments == s:
            realised, cost = stage.results[one * RESULT + CLOSED_REALISED], stage.results[one * RESULT + CLOSED_COST]
            track = longer(track, realised, cost, fee)
        one -= 1
    return track
