"""What can go wrong between a venue and us, and how long it all takes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from statistics import NormalDist


@dataclass
class Fault:
    """What goes wrong, how often, and with which requests.

    Attributes
    ----------
    times : int
        How many requests it meets; -1 for all.
    path : str
        Part of the path of the requests that it meets.
    """

    kind: str
    times: int = 1
    path: str = ""
    status: int = 503
    seconds: float = 0.0
    body: bytes = b"<html>it is us, not you</html>"
    headers: Mapping[str, str] = field(default_factory=dict)


def status(code: int, times: int = 1, path: str = "", body: bytes = b"", **headers: str) -> Fault:
    """Answer with a status, for example 429 with Retry_After="7"."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault("status", times, path, status=code, body=body, headers=named)


def garbage(body: bytes, times: int = 1, path: str = "") -> Fault:
    """Answer 200 with nonsense."""
    return Fault("status", times, path, status=200, body=body)


def slow(seconds: float, times: int = 1, path: str = "") -> Fault:
    """Answer rightly, but later."""
    return Fault("slow", times, path, seconds=seconds)


def truncated(times: int = 1, path: str = "") -> Fault:
    """Break off in the middle of the body."""
    return Fault("truncated", times, path)


def trickle(seconds: float, times: int = 1, path: str = "") -> Fault:
    """Answer rightly, but a tenth of the body at a time, with so many seconds between."""
    return Fault("trickle", times, path, seconds=seconds)


def hang_up(times: int = 1, path: str = "") -> Fault:
    """Close the connection without an answer."""
    return Fault("hang_up", times, path)


def lost(times: int = 1, path: str = "") -> Fault:
    """Do what was asked and close the connection without an answer."""
    return Fault("lost", times, path)


def twice(times: int = 1, path: str = "") -> Fault:
    """Do what was asked two times, as a venue that forgets its own rules."""
    return Fault("twice", times, path)


def late(seconds: float, times: int = 1, path: str = "") -> Fault:
    """Close the connection, and do what was asked so many seconds of the venue's time later."""
    return Fault("late", times, path, seconds=seconds)


def maintenance(times: int = -1, path: str = "") -> Fault:
    """Be down as this venue is when it is looked after."""
    return Fault("maintenance", times, path)


class Latency:
    """How long a venue takes to answer: half of all answers within `p50` seconds, all but one in a hundred in `p99`."""

    def __init__(self, p50: float, p99: float, seed: int = 1) -> None:
        self._middle, self._width = math.log(p50), math.log(p99 / p50) / NormalDist().inv_cdf(0.99)
        self._chance = Random(seed)  # noqa: S311 - chance, no secret

    def __call__(self) -> float:
        return self._chance.lognormvariate(self._middle, self._width)


class Trouble:
    """Things that go wrong by chance: `share` of all requests."""

    def __init__(self, share: float, seed: int = 1) -> None:
        self._share = share
        self._chance = Random(seed)  # noqa: S311 - chance, no secret

    def __call__(self) -> Fault | None:
        if self._chance.random() >= self._share:
            return None
        kinds = (status(500), status(429, Retry_After="1"), slow(1.0), truncated(), hang_up(), maintenance(1))
        return self._chance.choice(kinds)
