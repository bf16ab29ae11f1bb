"""Protections: what ended lately keeps a strategy from entering anew for a while, and says until when.

All four look at the positions that the very strategy closed on its account. They never keep an exit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Closed
from tradewind.domain.order import NOTHING, Leg
from tradewind.domain.protections import Protections


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a strategy may not enter, and until when.

    Attributes
    ----------
    until : int
        UTC ms: a bar that closes then is the first on which it may.
    """

    code: str
    until: int

    def __str__(self) -> str:
        return f"{self.code}: until {datetime.fromtimestamp(self.until // 1000, UTC):%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Recent:
    """What a strategy closed on its account, as it looks from one bar.

    Attributes
    ----------
    closed : sequence of Closed
        Oldest first.
    now : int
        `ts_close` of the bar, UTC ms.
    bar : int
        Length of a bar in ms: protections are told in bars.
    """

    closed: Sequence[Closed]
    now: int
    bar: int

    def within(self, bars: int) -> list[Closed]:
        """Return what was closed within so many bars."""
        return [one for one in self.closed if one.ts > self.now - bars * self.bar]


def pause(rules: Protections, recent: Recent, instrument: InstrumentId) -> Pause | None:
    """Return the pause that lasts longest, if one is on."""
    still = [one for one in _pauses(rules, recent, instrument) if one.until > recent.now]
    return max(still, key=lambda one: one.until, default=None)


def _pauses(rules: Protections, recent: Recent, instrument: InstrumentId) -> Iterator[Pause]:
    mine = [one for one in recent.closed if one.instrument == instrument]
    if rules.cooldown_bars and mine:
        yield Pause("COOLDOWN", mine[-1].ts + rules.cooldown_bars * recent.bar)
    if rules.stops:
        yield from _stop_guard(rules, recent)
    if rules.drawdown:
        yield from _drawdown(rules, recent)
    if rules.low_profit_trips:
        yield from _low_profit(rules, recent, instrument)


def _stop_guard(rules: Protections, recent: Recent) -> Iterator[Pause]:
    """Pause after so many losing stops in the window, on whatever instrument."""
    lost = [one for one in recent.within(rules.window_bars) if one.leg is Leg.STOP and one.realised < 0]
    if len(lost) >= rules.stops:
        yield Pause("STOP_GUARD", lost[-1].ts + rules.pause_bars * recent.bar)


def _drawdown(rules: Protections, recent: Recent) -> Iterator[Pause]:
    """Pause once what the window's positions realised has fallen too far from its peak, as a share of equity."""
    total = peak = deepest = NOTHING
    window = recent.within(rules.window_bars)
    for one in window:
        total += one.realised / one.equity
        peak = max(peak, total)
        deepest = max(deepest, peak - total)
    if window and deepest >= rules.drawdown:
        yield Pause("DRAWDOWN_PAUSE", window[-1].ts + rules.pause_bars * recent.bar)


def _low_profit(rules: Protections, recent: Recent, instrument: InstrumentId) -> Iterator[Pause]:
    """Pause an instrument whose positions in the window have together earned too little on what they cost."""
    mine = [one for one in recent.within(rules.window_bars) if one.instrument == instrument]
    if len(mine) < rules.low_profit_trips:
        return
    if sum((one.realised for one in mine), NOTHING) < rules.low_profit * sum((one.cost for one in mine), NOTHING):
        yield Pause("LOW_PROFIT", mine[-1].ts + rules.pause_bars * recent.bar)
