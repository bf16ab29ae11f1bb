"""Who belonged to a universe, day by day, and from when to when each instrument did."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tradewind.domain.instrument import InstrumentId, venue_of
from tradewind.domain.timeframe import DAY, MINUTE

MADE = 20 * MINUTE
"""After midnight UTC: when the day's membership is made. Up to then nobody can know it, and the one before holds."""

type Turns = Sequence[int]
"""UTC ms at which an instrument joins, leaves, joins again, and so on; a bar that closes later is on the other side."""

ALWAYS: Turns = (-1,)


@dataclass(frozen=True, slots=True)
class UniverseHistory:
    """Who belonged to a universe on each day that is known.

    Attributes
    ----------
    days : tuple of int
        UTC day numbers, ascending; a day between two of them was not recorded, and the one before holds.
    members : tuple of frozenset of InstrumentId
        Beside each of the days.
    source : str
        Where it comes from, for messages.
    """

    name: str
    days: tuple[int, ...]
    members: tuple[frozenset[InstrumentId], ...]
    source: str = ""

    def on(self, day: int) -> frozenset[InstrumentId] | None:
        """Return the members that held on a day; None before the first day that is known."""
        place = bisect_right(self.days, day)
        return self.members[place - 1] if place else None

    def at(self, ts: int) -> frozenset[InstrumentId] | None:
        """Return the members that held for a bar that closes at a time."""
        return self.on(day_of_close(ts))

    def between(self, first: int, last: int) -> frozenset[InstrumentId]:
        """Return everybody who belonged at some time of these days, both included."""
        held = self.on(first) or frozenset()
        later = (some for day, some in zip(self.days, self.members, strict=True) if first < day <= last)
        return held.union(*later)

    @property
    def begins(self) -> int:
        """Return the first time, UTC ms, at which a bar may close whose day's members are known."""
        return self.days[0] * DAY + MADE + 1

    def spelled(self, spelling: Callable[[InstrumentId], InstrumentId]) -> "UniverseHistory":
        """Return the same with its members spelled otherwise."""
        return replace(self, members=tuple(frozenset(map(spelling, some)) for some in self.members))

    def turns(self) -> Mapping[InstrumentId, Turns]:
        """Return when each instrument that ever belonged joined and left."""
        found: dict[InstrumentId, list[int]] = {}
        before = frozenset[InstrumentId]()
        for day, some in zip(self.days, self.members, strict=True):
            for name in some ^ before:
                found.setdefault(name, []).append(day * DAY + MADE)
            before = some
        return found


def day_of_close(ts: int) -> int:
    """Return the day whose membership holds for a bar that closes at a time: it was made before."""
    return (ts - MADE - 1) // DAY


@dataclass(frozen=True, slots=True)
class Belonging:
    """A universe's history as a backtest asks it.

    Attributes
    ----------
    turns : mapping
        When each instrument that ever belonged joined and left; of the venues of the universe it says all.
    """

    history: UniverseHistory
    turns: Mapping[InstrumentId, Turns]

    @classmethod
    def of(cls, history: UniverseHistory) -> "Belonging":
        """Prepare a history."""
        return cls(history, history.turns())

    def turns_of(self, name: InstrumentId) -> Turns:
        """Return when an instrument joined and left; of other venues than the universe's it says nothing."""
        known = self.turns.get(name)
        if known is not None:
            return known
        return () if any(venue_of(one) == venue_of(name) for one in self.turns) else ALWAYS

    def belongs(self, name: InstrumentId, ts: int) -> bool:
        """Return whether an instrument belongs on a bar that closes at a time."""
        return bisect_left(self.turns_of(name), ts) % 2 == 1
