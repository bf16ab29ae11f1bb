"""Round trips and sums over them, added up as the journal grows, so that no question reads it from its beginning.

The view is made of the ledger alone and can be thrown away: it follows each account's journal with a watermark of its
own, a bounded stretch at a time, whoever asks. Two who follow at once write the same, and one of them wins.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol

from tradewind.application.applied_splits import rescaled, scales
from tradewind.application.fill_days import booked_at, day_of_fill
from tradewind.application.ports_reading import Records
from tradewind.application.round_trips import RoundTrip, trip_of
from tradewind.domain.errors import ConflictError
from tradewind.domain.events import JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.order import NOTHING, Side

_ENTRIES = 200
_PAGES = 5
"""Pages of the journal that one question follows; a longer backlog takes several."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Round trips in numbers; amounts are after fees, in the account's currency."""

    trips: int = 0
    wins: int = 0
    losses: int = 0
    won: Decimal = NOTHING
    lost: Decimal = NOTHING
    fees: Decimal = NOTHING

    def with_(self, trip: RoundTrip) -> "Tally":
        """Return it with one more; one that ended at exactly nothing is neither win nor loss."""
        return Tally(
            self.trips + 1,
            self.wins + (trip.pnl > 0),
            self.losses + (trip.pnl < 0),
            self.won + max(trip.pnl, NOTHING),
            self.lost + max(-trip.pnl, NOTHING),
            self.fees + trip.fees,
        )


@dataclass(frozen=True, slots=True)
class View:
    """What an account's journal comes to, up to an entry.

    Attributes
    ----------
    seq : int
        Number of the last entry that is in it.
    version : int
        Counts writes.
    open : mapping
        Fills of what is still held, by the entry that opened it.
    tallies : mapping
        By what they are of: `all`, `strategy NAME`, `instrument ID`, `exit LEG`, `regime NAME`.
    days : mapping
        What was realised on each UTC day number.
    """

    seq: int = 0
    version: int = 0
    open: Mapping[str, Sequence[Fill]] = field(default_factory=dict)
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    days: Mapping[int, Decimal] = field(default_factory=dict)

    @property
    def trips(self) -> int:
        """How many round trips are in it."""
        return self.tallies.get("all", Tally()).trips


type Regimes = Callable[[str, Sequence[str]], Mapping[str, str]]
"""Returns the market's regime when each of some entries (by id, of one account) was decided; none where none tells."""


def _unknown(account: str, entries: Sequence[str]) -> Mapping[str, str]:  # noqa: ARG001
    return {}


class Views(Protocol):
    """Where views are kept."""

    def load(self, account: str) -> View:
        """Return an account's view, strongly consistent; an empty one where there is none."""

    def save(self, account: str, view: View, closed: Sequence[RoundTrip]) -> None:
        """Store the round trips that it counts last, then the view if the stored version is one less.

        Raises
        ------
        ConflictError
            If somebody else was faster; what they stored is the same or further.
        """

    def trips(self, account: str, numbers: Sequence[int]) -> Sequence[RoundTrip]:
        """Return the round trips of some numbers, in their order; they are numbered from 1 without gaps."""


@dataclass(frozen=True, slots=True)
class FollowJournal:
    """Bring an account's view up to its journal."""

    records: Records
    views: Views
    regimes: Regimes = _unknown

    def __call__(self, account: str) -> View:
        """Return the view, brought up to the journal or nearer to it."""
        view = self.views.load(account)
        for _ in range(_PAGES):
            entries = self.records.entries_after(account, view.seq, _ENTRIES)
            if not entries:
                return view
            named = [str(trade) for one in entries for trade in _trades(one)]
            known = self.records.fills(account, named)
            found = [known[trade] for trade in named if trade in known]
            ended = dict.fromkeys(fill.parent for fill in found if fill.side is Side.SELL)
            booked = scales(entries)
            held = {parent: rescaled(fills, booked) for parent, fills in view.open.items()}
            found = rescaled(found, booked)
            days, regimes = booked_at(entries), self.regimes(account, list(ended))
            after, closed = add(replace(view, open=held), found, regimes, days)
            after = replace(after, seq=entries[-1].seq, version=view.version + 1)
            try:
                self.views.save(account, after, closed)
            except ConflictError:
                return self.views.load(account)
            view = after
            if len(entries) < _ENTRIES:  # these were all
                return view
        return view


def _trades(entry: JournalEntry) -> list[object]:
    facts = [event.data or {} for event in entry.events]
    return [one["trade_id"] for one in facts if one.get("trade_id")]


def add(
    view: View,
    fills: Iterable[Fill],
    regimes: Mapping[str, str] = MappingProxyType({}),
    booked: Mapping[str, int] = MappingProxyType({}),
) -> tuple[View, list[RoundTrip]]:
    """Return a view with further fills, `booked` when they were, and the round trips that they closed."""
    opened, tallies, days = dict(view.open), dict(view.tallies), dict(view.days)
    closed: list[RoundTrip] = []
    for fill in fills:
        day = day_of_fill(fill, booked)
        days[day] = days.get(day, NOTHING) + fill.realised
        group = (*opened.get(fill.parent, ()), fill)
        trip = trip_of(group)
        if trip is None:
            opened[fill.parent] = group
            continue
        opened.pop(fill.parent, None)
        closed.append(trip)
        regime = regimes.get(fill.parent, "UNKNOWN")
        parts = (f"strategy {trip.strategy}", f"instrument {trip.instrument}", f"exit {trip.leg}", f"regime {regime}")
        for name in ("all", *parts):
            tallies[name] = tallies.get(name, Tally()).with_(trip)
    return replace(view, open=opened, tallies=tallies, days=days), closed
