"""How many bars it takes until what a strategy says stops depending on where its history begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tradewind.backtest.checks.sayings import Decider, Saying, same
from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError

STARTS = 8
"""Later beginnings that are compared with the first."""

TOLERANCE = 1e-6
"""Numbers that agree to this share are one: an exponential average never forgets altogether."""

_TAIL = 50
_HELD = " while held"


@dataclass(frozen=True, slots=True)
class Settling:
    """Bars after a later beginning until it agrees for good with the whole history; the largest over all beginnings.

    Attributes
    ----------
    declared : int
        The strategy's own warm-up.
    decisions : int
        Until it asks to enter and to leave at the same bars.
    gates : int
        Until every gate's verdict agrees too.
    numbers : int
        Until every number agrees to `TOLERANCE` too.
    bits : int or None
        Until everything agrees bit by bit; None if it did not within the bars.
    late : float
        Share of the bars after the declared warm-up at which the decision still differs.
    starts, longest : int
        Beginnings compared, and the bars that the shortest comparison had: a figure near it may be an understatement.
    """

    declared: int
    decisions: int
    gates: int
    numbers: int
    bits: int | None
    late: float
    starts: int
    longest: int

    @property
    def enough(self) -> bool:
        """Whether the declared warm-up lasts until the decisions agree."""
        return self.declared >= self.decisions


def measure(decide: Decider, bars: Sequence[Bar], names: Sequence[str], declared: int) -> Settling:
    """Begin at several later bars and compare with the whole history.

    Parameters
    ----------
    names : sequence of str
        What each number of a saying is, as `sayings.names` has it.
    declared : int
        The warm-up to judge.

    Raises
    ------
    BadInputError
        If there are too few bars: the warm-up twice and fifty more.
    """
    needed = 2 * declared + _TAIL
    if len(bars) < needed:
        raise BadInputError(f"{len(bars)} bars are too few to measure a warm-up of {declared}: give at least {needed}")
    whole = decide(bars)
    last = len(bars) - declared - _TAIL
    starts = sorted({max(1, last * k // STARTS) for k in range(1, STARTS + 1)})
    passed = [place for place, name in enumerate(names) if name.removesuffix(_HELD).endswith(" passed")]
    found = [_compared(whole[start:], decide(bars[start:]), passed, names) for start in starts]
    late = [place for one in found for place in one.decisions if place > declared]
    after = sum(len(bars) - start - declared + 1 for start in starts)
    return Settling(
        declared,
        decisions=max((one.decisions[-1] for one in found if one.decisions), default=0),
        gates=max(one.gates for one in found),
        numbers=max(one.numbers for one in found),
        bits=max(one.bits for one in found) if all(one.settled for one in found) else None,
        late=len(late) / after,
        starts=len(starts),
        longest=len(bars) - starts[-1],
    )


class _Compared(NamedTuple):
    """How many bars must have been seen until two histories agree for good, and the bars at which decisions differ."""

    decisions: list[int]
    gates: int
    numbers: int
    bits: int
    settled: bool


def _compared(
    whole: Sequence[Saying], late: Sequence[Saying], passed: Sequence[int], names: Sequence[str]
) -> _Compared:
    leaving = names.index(f"exit_reason{_HELD}")
    decisions: list[int] = []
    gates = numbers = bits = 0
    for seen, (one, other) in enumerate(zip(whole, late, strict=True), start=2):
        if one.fault == other.fault and all(map(same, one.numbers, other.numbers)):
            continue
        bits = seen
        if not _alike(one.numbers, other.numbers):
            numbers = seen
        if one.fault != other.fault or any(one.numbers[k] != other.numbers[k] for k in passed):
            gates = seen
        if one.fault != other.fault or _decision(one, leaving) != _decision(other, leaving):
            decisions.append(seen)
    gates = max([gates, *decisions[-1:]])
    return _Compared(decisions, gates, max(gates, numbers), bits, bits <= len(whole))


def _decision(said: Saying, leaving: int) -> tuple[bool, float]:
    return (said.numbers[0] > 0.0, said.numbers[leaving]) if said.numbers else (False, -1.0)


def _alike(one: Sequence[float], other: Sequence[float]) -> bool:
    return len(one) == len(other) and all(map(_near, one, other))


def _near(one: float, other: float) -> bool:
    return same(one, other) or abs(one - other) <= TOLERANCE * max(abs(one), abs(other))
