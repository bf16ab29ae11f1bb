"""The interpreted engine: the reference. Strategies run as they do in a function, the loop as plain Python."""

from itertools import chain
from typing import Any, NamedTuple, NoReturn

import numpy as np

from tradewind.backtest import layout
from tradewind.backtest.digest import mixed, total
from tradewind.backtest.layout import Stage
from tradewind.backtest.loop import walk
from tradewind.backtest.setup import Lists, Setup, stage
from tradewind.backtest.verdict import verdict
from tradewind.domain.bar import Bar
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.signal import FLAT, PositionView, Signal
from tradewind.strategies.base import Strategy, StrategyState

type Told = tuple[list[int], list[tuple[float, ...]]]
"""Places of a window's signals, and the numbers that were said there."""


class Fault(NamedTuple):
    """What a strategy raised, and where; without a strategy it was an indicator.

    Attributes
    ----------
    ts : int
        `ts_close` of the bar, UTC ms.
    """

    words: str
    strategy: str
    instrument: InstrumentId
    ts: int


class Interpreted:
    """One backtest, interpreted."""

    def __init__(self, setup: Setup, places: int) -> None:
        times, values = setup.bars.market()
        market = layout.Market(times.tolist(), *(one.tolist() for one in values))
        self.stage = stage(setup, Lists(), market, places)._replace(rule=self._rule)
        self.faults: dict[str, Fault] = {}
        self.total = total
        self._setup, self._strategies, self._frame_ms = setup, setup.strategies, setup.bars.timeframe.ms
        self._kinds = [setup.kinds(strategy) for strategy in self._strategies]
        self._states = [[strategy.new_state() for _ in setup.instruments] for strategy in self._strategies]
        self._now: list[Any] = [None] * (len(self._strategies) * places)
        self._before: list[Any] = [None] * (len(self._strategies) * places)
        self._told: list[Told] = []
        self._careful = not all(map(_is_built_in, self._strategies))

    def sweep(self) -> None:
        """Ask every strategy, as if it held nothing, about every row of the window."""
        self._told = [([], []) for _ in self._strategies]
        if self._careful:
            self._sweep_carefully()
            return
        for s in range(len(self._strategies)):
            for i in range(self.stage.instruments):
                self._sweep_one(s, i)

    def _sweep_carefully(self) -> None:
        """Sweep bar by bar, so that an indicator that raises leaves every strategy's state as it was."""
        window = self.stage.window
        for i in range(self.stage.instruments):
            for row in range(window.first[i], window.last[i]):
                at = window.place[i] + row - window.first[i]
                if self._advance(i, row):
                    for s in range(len(self._strategies)):
                        self._ask(s, i, row, s * window.width + at)
                else:
                    for s in range(len(self._strategies)):
                        self.stage.signals.code[s * window.width + at] = layout.R_STATE_FAULT

    def _sweep_one(self, s: int, i: int) -> None:
        """Sweep a strategy over an instrument in one go: the same, where no indicator of a user's can raise."""
        strategy, state, signals, window = (
            self._strategies[s],
            self._states[s][i],
            self.stage.signals,
            self.stage.window,
        )
        rows, frame = slice(window.first[i], window.last[i]), self._frame_ms
        advance, start = strategy.advance, self._setup.configuration.trade_from
        values: Any = strategy.values
        at = s * window.width + window.place[i]
        wait, before = strategy.warmup - strategy.bars_seen(state) - 1, tuple.__new__(values, state[2])
        for ts, *prices in zip(*(column[rows] for column in self.stage.market), strict=True):
            advance(state, Bar(ts - frame, ts, *prices))
            now = tuple.__new__(values, state[2])
            self._before[at], self._now[at] = before, now
            if wait > 0:
                signals.code[at] = layout.R_WARMING_UP
            elif ts <= start:
                signals.code[at] = layout.R_BEFORE_START
            else:
                signal = self._judged(s, at, FLAT)
                if signal and signals.code[at] == layout.ASKS:
                    signals.strength[at], signals.stop[at], signals.target[at] = signal[:3]
            before = now
            at += 1
            wait -= 1

    def walk(self) -> None:
        """Walk through the window, and mix what was said."""
        walk(self.stage)
        self.stage.signals.mixed[:] = [0] * len(self.stage.signals.mixed)
        for s, (places, numbers) in enumerate(self._told):
            if places:
                shape = (len(places), 1 + 3 * len(self._strategies[s].gates))
                flat = np.fromiter(chain.from_iterable(numbers), np.float64, shape[0] * shape[1])
                words = mixed(flat.reshape(shape)).tolist()
                for place, word in zip(places, words, strict=True):  # the later word of a place is the held one's
                    self.stage.signals.mixed[place] = word

    def numbers(self, s: int) -> dict[int, tuple[float, ...]]:
        """Return strength and gates that a strategy said, by place of its signals; of a held position the held ones."""
        return dict(zip(*self._told[s], strict=True))

    def value(self, s: int, at: int, place: int) -> float:
        """Return one of the values that a strategy saw at a place of the window."""
        return float(self._now[s * self.stage.window.width + at][place])

    def _advance(self, i: int, row: int) -> bool:
        """Take a bar into every strategy's state; a fault leaves all as they were."""
        market = self.stage.market
        ts, *values = (column[row] for column in market)
        bar = Bar(int(ts) - self._frame_ms, int(ts), *values)
        before = [_copy(states[i]) for states in self._states] if self._careful else []
        try:
            for strategy, states in zip(self._strategies, self._states, strict=True):
                strategy.advance(states[i], bar)
        except Exception as error:
            if not self._careful:
                raise
            self._note_fault(error, "", i, row)
            for states, one in zip(self._states, before, strict=True):
                states[i] = one
            return False
        return True

    def _ask(self, s: int, i: int, row: int, at: int) -> None:
        strategy, state, signals = self._strategies[s], self._states[s][i], self.stage.signals
        values: Any = strategy.values
        self._before[at], self._now[at] = values(*state[1]), values(*state[2])
        if strategy.bars_seen(state) < strategy.warmup:
            signals.code[at] = layout.R_WARMING_UP
        elif self.stage.market.ts[row] <= self._setup.configuration.trade_from:
            signals.code[at] = layout.R_BEFORE_START
        else:
            signal = self._judged(s, at, FLAT)
            if signal:
                signals.strength[at], signals.stop[at], signals.target[at] = signal[:3]

    def _judged(self, s: int, at: int, position: PositionView) -> Signal | None:
        """Ask a strategy, and note its digest and the code of what holds an entry back."""
        strategy, gates, code = self._strategies[s], self._setup.at_work[s].rules.gates, self.stage.signals.code
        try:
            signal = strategy.decide(self._now[at], self._before[at], position, strategy.parameters)
            if len(signal.gates) != len(strategy.gates):
                _miscounted(signal, strategy)
            exits = len(strategy.exit_reasons)
            code[at] = verdict(signal, self._kinds[s], exits, gates.confirmations, gates.minimum_strength)
        except Exception as error:  # noqa: BLE001 - a user's rule may raise anything; it stops no other instrument
            self._note_fault(error, strategy.name, *self._bar_at(at - s * self.stage.window.width))
            code[at] = layout.R_FAULT
            return None
        if code[at] == layout.R_FAULT:
            return None
        places, numbers = self._told[s]
        places.append(at)
        numbers.append((signal.strength, *chain.from_iterable(signal.gates)))
        return signal

    def _rule(self, stage: Stage, s: int, row: int, at: int, position: PositionView) -> None:
        """Answer for a strategy that holds something."""
        del row
        signal = self._judged(s, at, position)
        answer = stage.answer
        if signal is None:
            answer[layout.HELD_BACK] = layout.R_FAULT
            return
        answer[layout.HELD_BACK] = stage.signals.code[at]
        answer[layout.STRENGTH], answer[layout.AT_STOP], answer[layout.AT_TARGET] = signal[:3]
        answer[layout.EXIT_REASON] = signal.exit_reason

    def _bar_at(self, place: int) -> tuple[int, int]:
        """Return instrument and row of a place of the window."""
        window = self.stage.window
        i = next(i for i in reversed(range(self.stage.instruments)) if window.place[i] <= place)
        return i, window.first[i] + place - window.place[i]

    def _note_fault(self, error: Exception, strategy: str, i: int, row: int) -> None:
        name, ts = self._setup.instruments[i].id, self.stage.market.ts[row]
        self.faults.setdefault(type(error).__name__, Fault(str(error), strategy, name, ts))


def _copy(state: StrategyState) -> StrategyState:
    return [part.copy() for part in state]


def _is_built_in(strategy: Strategy) -> bool:
    return all(one.kernel.__module__.startswith("tradewind.") for one in strategy.indicators)


def _miscounted(signal: Signal, strategy: Strategy) -> NoReturn:
    raise ValueError(f"{len(signal.gates)} gates were read of {len(strategy.gates)} declared")
