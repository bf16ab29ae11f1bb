"""Four questions to a strategy: does it see the future, when is it warm, do both engines agree, how fast is it."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tradewind.backtest.checks import lookahead, warmup
from tradewind.backtest.checks.sayings import interpreted, names
from tradewind.backtest.engine import best, run
from tradewind.backtest.result import Result
from tradewind.backtest.setup import Setup
from tradewind.domain.bar import Bar
from tradewind.domain.signal import FLAT
from tradewind.strategies.base import Strategy

TOLERATED = 0.02
"""Share of decisions after the declared warm-up that may still depend on where the history begins."""

_MORE = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """One question's answer.

    Attributes
    ----------
    sound : bool
        Whether it is as it should be.
    text : str
        In a sentence.
    facts : dict
        In numbers.
    """

    question: str
    sound: bool
    text: str
    facts: dict[str, Any]


def sees_future(strategy: Strategy, bars: Sequence[Bar]) -> Answer:
    """Poison the future in every way, and compare every past decision."""
    some = bars[: strategy.warmup + _MORE]
    found = lookahead.check(interpreted(strategy), some, names(strategy), settled=strategy.warmup)
    text = f"{found.cuts} cuts in {found.bars} bars changed no past decision"
    if found.findings:
        one = found.findings[0]
        text = f"it looks ahead: {one.name} at bar {one.place} was {one.was} and became {one.became} ({one.poison})"
    elif found.faults:
        text = f"it raises at bar {found.faults[0][0]}: {found.faults[0][1]}; guard what it divides by"
    elif not found.repeats:
        text = "the same bars gave other decisions the second time: remove chance, time and memory from it"
    return Answer("lookahead", found.sound, text, {"bars": found.bars, "cuts": found.cuts, "asked": found.asked})


def settles(strategy: Strategy, bars: Sequence[Bar]) -> Answer:
    """Begin later, and compare with the whole history."""
    some = bars[: 3 * strategy.warmup + 2 * _MORE]
    found = warmup.measure(interpreted(strategy), some, names(strategy), strategy.warmup)
    text = f"declared {found.declared} bars; after them {found.late:.2%} of the decisions depend on the beginning"
    return Answer("warm-up", found.late <= TOLERATED, text, asdict(found))


def agrees(setup: Setup) -> Answer:
    """Backtest interpreted and compiled, and compare the digests of all decisions."""
    slow, begun = run(setup), time.perf_counter()
    fast = best(setup)
    seconds = time.perf_counter() - begun
    trips = len(Result(slow).round_trips)
    facts = {"interpreted": slow.digest, "compiled": fast.digest, "round_trips": trips, "seconds": seconds}
    if fast.engine != "compiled":
        return Answer("parity", True, f"it runs interpreted only: {fast.note}", facts)
    same = slow.digest == fast.digest
    word = "the same" if same else "other"
    text = f"compiled it makes {word} decisions on {len(setup.bars):,} bars, with {trips} round trips"
    return Answer("parity", same, f"{text} (digest {slow.digest})", facts)


def speed(strategy: Strategy, bars: Sequence[Bar]) -> Answer:
    """Measure a bar: state and rule, interpreted, as a function runs them; nobody is asked before the warm-up."""
    state, warm = strategy.new_state(), bars[strategy.warmup :]
    try:
        for bar in bars[: strategy.warmup]:
            strategy.advance(state, bar)
        begun = time.perf_counter()
        for bar in warm:
            strategy.advance(state, bar)
            strategy.signal(state, FLAT)
    except Exception as error:  # noqa: BLE001 - a user's rule may raise anything: it is told
        return Answer("speed", False, f"not measured: it raised {type(error).__name__}: {error}", {})
    each = (time.perf_counter() - begun) / max(1, len(warm)) * 1e6
    numbers = sum(strategy.sizes)
    text = f"{each:.1f} µs a bar interpreted, {numbers} numbers of state an instrument"
    return Answer("speed", True, text, {"microseconds_a_bar": each, "state": numbers})
