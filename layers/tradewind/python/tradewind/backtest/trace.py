"""A backtest told bar by bar: what every strategy said and did, in the words and numbers of stored decisions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tradewind.backtest.engine import Run, reasons_of, run
from tradewind.backtest.interpreted import Interpreted
from tradewind.backtest.setup import Setup
from tradewind.domain.instrument import InstrumentId


class Said(NamedTuple):
    """One strategy's decision on one instrument at one bar.

    Attributes
    ----------
    ts : int
        `ts_close` of the bar.
    numbers : tuple of float
        Strength, then value, threshold and verdict of each gate; empty where the rule was not asked.
    """

    ts: int
    strategy: str
    instrument: InstrumentId
    action: str
    reason: str
    numbers: tuple[float, ...]


@dataclass(slots=True)
class Trace:
    """Everything that was said, strategy by strategy within a window."""

    setup: Setup
    said: list[Said] = field(default_factory=list)

    def see(self, engine: Interpreted) -> None:
        """Take what was said of a window."""
        for s in range(len(self.setup.at_work)):
            self.said.extend(self._rows(engine, s))

    def _rows(self, engine: Interpreted, s: int) -> Iterator[Said]:
        one, stage, numbers = self.setup.at_work[s], engine.stage, engine.numbers(s)
        window, words = stage.window, reasons_of(one.strategy)
        for i, name in enumerate(self.setup.bars.names):
            for row in range(window.first[i], window.last[i]):
                at = s * window.width + window.place[i] + row - window.first[i]
                action, reason = words[stage.signals.code[at]]
                yield Said(stage.market.ts[row], one.rules.name, name, action, reason, numbers.get(at, ()))


def trace(setup: Setup) -> tuple[Run, list[Said]]:
    """Run a backtest interpreted; return it, and everything that was said, by time."""
    told = Trace(setup)
    done = run(setup, seen=told.see)
    return done, sorted(told.said, key=lambda one: one.ts)
