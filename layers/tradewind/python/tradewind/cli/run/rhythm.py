"""When to look whether something is done: neither so often that looking delays it, nor much too late."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

_SHORTEST = 0.002
_LONGEST = 1.0
_LOOKS = 6
_RARER = 1.25
_RAREST = 0.05
_SOONER = 0.95
_LATER = 1.2


@dataclass(slots=True)
class Rhythm:
    """When to look next: each look costs the emulator as much as a function's own call, so there should be few.

    A first look that finds the work done says nothing of how long ago that was, so the next one comes sooner; one
    that does not makes the next come later, yet never by much: one slow step must not slow the steps after it. While
    a step is late, looks become rarer: a function that starts cold should not share its processor with them.

    Attributes
    ----------
    first : float
        Seconds until the first look.
    """

    first: float = 0.02

    def wait(self, done: Callable[[], bool], too_late: Callable[[], NoReturn], patience: float) -> None:
        """Sleep the usual time, then look until it is done; call `too_late` once patience is out."""
        start = time.monotonic()
        time.sleep(self.first)
        if done():
            self.first = max(_SHORTEST, self.first * _SOONER)
            return
        pause = max(_SHORTEST, self.first / _LOOKS)
        while True:
            if time.monotonic() - start > patience:
                too_late()
            time.sleep(pause)
            if done():
                break
            pause = min(pause * _RARER, max(_RAREST, self.first / _LOOKS))
        self.first = min(time.monotonic() - start, self.first * _LATER, _LONGEST)
