"""What hardly changes and is asked for again and again: looked up at many places, and told again for some seconds."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import floor

SECONDS = 10.0
"""How old an answer may be that is told again."""

_APART = 0.6180339887498949
"""The golden ratio's fraction: multiples of it lie evenly between 0 and 1, however many there are."""

_SIDE_BY_SIDE = 8
"""Places that are asked at once: a client keeps ten connections."""


@dataclass(slots=True)
class Lately[T]:
    """What was found lately at each of many places; every place is a request to wait for and to pay.

    A place is looked up anew once in every so many seconds, at a moment of its own: who looks often waits for a few
    places each time, and not for all of them every so often.

    Attributes
    ----------
    look : callable
        Returns what is at a place now.
    clock : callable
        Returns seconds that never go back.
    seconds : float
        What is told was found less than so long ago.
    """

    look: Callable[[str], T]
    clock: Callable[[], float]
    seconds: float = SECONDS
    _known: dict[str, tuple[int, T]] = field(default_factory=dict)
    _moments: dict[str, float] = field(default_factory=dict)

    def at(self, places: Sequence[str]) -> dict[str, T]:
        """Return what is at each place; those that are due are asked side by side."""
        now = self.clock() / self.seconds
        turns = {place: floor(now + self._moment(place)) for place in places}
        due = [place for place, turn in turns.items() if self._known.get(place, (None,))[0] != turn]
        self._known.update((place, (turns[place], found)) for place, found in zip(due, self._ask(due), strict=True))
        return {place: self._known[place][1] for place in turns}

    def _moment(self, place: str) -> float:
        """Return the fraction of the time between two looks by which a place's are early."""
        return self._moments.setdefault(place, len(self._moments) * _APART % 1)

    def _ask(self, places: Sequence[str]) -> list[T]:
        if len(places) < 2:  # noqa: PLR2004 - one alone needs no thread
            return list(map(self.look, places))
        with ThreadPoolExecutor(min(_SIDE_BY_SIDE, len(places))) as pool:
            return list(pool.map(self.look, places))
