"""Does a decision change when only its future does? Then it looked ahead, and its backtest is worth nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from tradewind.backtest.checks.poison import POISONS
from tradewind.backtest.checks.sayings import Decider, Saying, first_difference
from tradewind.domain.bar import Bar
from tradewind.domain.errors import BadInputError
from tradewind.domain.timeframe import DAY, MINUTE

CUTS = 5
"""Places, spread over the bars, after which the future is poisoned."""

FRAMES = (15 * MINUTE, 60 * MINUTE, 240 * MINUTE, DAY, 7 * DAY)
"""Higher timeframes in whose middle a cut is made, so that a higher bar read before it closed is noticed."""

_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A past decision that its future changed.

    Attributes
    ----------
    bar : Bar
        The bar decided on, number `place` of the series.
    cut : int
        How many bars were left as they were.
    name : str
        Which number of the decision; `fault` where it raised in one run only.
    was, became : float or str
        What it is with the true future, and with the poisoned one.
    """

    place: int
    bar: Bar
    cut: int
    poison: str
    name: str
    was: float | str
    became: float | str

    @property
    def ahead(self) -> int:
        """How many bars after the decision's own the first changed bar was."""
        return self.cut - self.place


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found.

    Attributes
    ----------
    bars, cuts : int
        Bars looked at, and places after which the future was poisoned.
    findings : tuple of Finding
        The first of each poison.
    repeats : bool
        Whether the same bars gave the same decisions twice; if not, chance or time decides, and nothing else counts.
    faults : tuple of (int, str)
        Bars at which the strategy raised, with what.
    asked : int
        Bars at which it asked to enter; without any the check says little.
    """

    bars: int
    cuts: int
    findings: tuple[Finding, ...]
    repeats: bool
    faults: tuple[tuple[int, str], ...]
    asked: int

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return self.repeats and not self.findings and not self.faults


def check(decide: Decider, bars: Sequence[Bar], names: Sequence[str], *, settled: int = 0) -> Verdict:
    """Poison the future in every way after each of many bars, and compare the past bit by bit.

    Cuts are spread over the bars, lie within every higher timeframe that the bars span, and one leaves the last bar
    alone to be poisoned.

    Parameters
    ----------
    names : sequence of str
        What each number of a saying is; the first is the strength.
    settled : int
        The warm-up: cuts lie after it as far as there are bars.

    Raises
    ------
    BadInputError
        If there are not more bars than the warm-up.
    """
    if len(bars) < max(settled + _FEWEST, _FEWEST):
        raise BadInputError(
            f"{len(bars)} bars are too few: the warm-up alone takes {settled}; give at least {settled + _FEWEST}"
        )
    truth = decide(bars)
    _check_length(truth, bars)
    places = cuts(bars, settled)
    findings = [
        finding
        for name, poison in POISONS.items()
        if (finding := _first(decide, bars, truth, places, name, names)) is not None
    ]
    return Verdict(
        bars=len(bars),
        cuts=len(places),
        findings=tuple(findings),
        repeats=all(first_difference(a, b) is None for a, b in zip(truth, decide(bars), strict=True)),
        faults=tuple((place, said.fault) for place, said in enumerate(truth) if said.fault),
        asked=sum(said.numbers[0] > 0.0 for said in truth[settled:] if said.numbers),
    )


def cuts(bars: Sequence[Bar], settled: int) -> list[int]:
    """Return after how many bars the future is poisoned, ascending."""
    first, last = min(settled + 1, len(bars) - 2), len(bars) - 1
    spread = {first + (last - first) * k // CUTS for k in range(CUTS)}
    return sorted(spread | _within_higher(bars, first) | {last})


def _within_higher(bars: Sequence[Bar], first: int) -> set[int]:
    """Return a place in the middle of the last whole bar of each higher timeframe that has one."""
    found = set()
    for frame in FRAMES:
        groups = [list(group) for _, group in groupby(range(first, len(bars)), partial(_number, bars, frame))]
        whole = [group for group in groups[:-1] if len(group) > 1]
        if whole:
            found.add(whole[-1][len(whole[-1]) // 2])
    return found


def _number(bars: Sequence[Bar], frame: int, place: int) -> int:
    return bars[place].ts_open // frame


def _first(
    decide: Decider,
    bars: Sequence[Bar],
    truth: Sequence[Saying],
    places: Sequence[int],
    name: str,
    names: Sequence[str],
) -> Finding | None:
    """Return the first past decision that one poison changes, the latest cut first: it is the cheapest to look at."""
    for cut in reversed(places):
        try:
            said = decide([*bars[:cut], *POISONS[name](bars[cut:])])
        except Exception as error:  # noqa: BLE001 - a rule that cannot bear another future has looked at it
            told = Saying((), f"{type(error).__name__}: {error}")
            return _finding(cut - 1, bars[cut - 1], cut, name, names, -1, truth[cut - 1], told)
        for place in range(cut):
            differs = first_difference(truth[place], said[place])
            if differs is not None:
                return _finding(place, bars[place], cut, name, names, differs, truth[place], said[place])
    return None


def _finding(
    place: int, bar: Bar, cut: int, poison: str, names: Sequence[str], differs: int, was: Saying, became: Saying
) -> Finding:
    if differs < 0:
        return Finding(place, bar, cut, poison, "fault", was.fault or "none", became.fault or "none")
    return Finding(place, bar, cut, poison, names[differs], was.numbers[differs], became.numbers[differs])


def _check_length(said: Sequence[Saying], bars: Sequence[Bar]) -> None:
    if len(said) != len(bars):
        raise BadInputError(f"the decider said {len(said)} things of {len(bars)} bars: it must say one a bar")
