"""The interpreted engine: the reference. Strategies run as they do in a function, the loop as plain Python."""

from itertools import chain
from typing import Any

import numpy as np

from tradewind.application.entry_size import place_of
from tradewind.backtest import layout
from tradewind.backtest.belonging import outside
from tradewind.backtest.digest import mixed, total
from tradewind.backtest.faults import Fault, Faults, check_gates
from tradewind.backtest.layout import Stage
from tradewind.backtest.loop import walk
from tradewind.backtest.setup import Setup
from tradewind.backtest.staging import Lists, stage
from tradewind.backtest.verdict import verdict
from tradewind.domain.bar import Bar
from tradewind.domain.signal import PositionView, Signal
from tradewind.strategies.base import Strategy, StrategyState
from tradewind.strategies.standing import REGIME, SPAN

type Told = tuple[list[int], list[tuple[float, ...]]]
"""Places of a window's signals, and the numbers that were said there."""


class Interpreted:
    """One backtest, interpreted."""

    def __init__(self, setup: Setup, places: int) -> None:
        times, values = setup.bars.market()
        market = layout.Market(times.tolist(), *(one.tolist() for one in values))
        self.stage = stage(setup, Lists(), market, places)._replace(rule=self._rule)
        self.faults: Faults = {}
        self.total = total
        self._setup, self._strategies, self._frame_ms = setup, setup.strategies, setup.bars.timeframe.ms
        self._kinds = [setup.kinds(strategy) for strategy in self._strategies]
        self._sized = [(place_of(SPAN.name, one.gates), place_of(REGIME, one.gates)) for one in self._strategies]
        self._states = [[strategy.new_state() for _ in setup.instruments] for strategy in self._strategies]
        self._now: list[Any] = [None] * (len(self._strategies) * places)
        self._before: list[Any] = [None] * (len(self._strategies) * places)
        self._told: list[Told] = []
        self._outside = set[int]()
        self._careful = not all(map(_is_built_in, self._strategies))

    def sweep(self) -> None:
        """Bring every strategy's indicators through the window."""
        window = self.stage.window
        self._told = [([], []) for _ in self._strategies]
        for i in range(self.stage.instruments):
            self._outside = {row for stretch in outside(self.stage, i) for row in range(*stretch)}
            for row in range(window.first[i], window.last[i]):
                at, sound = window.place[i] + row - window.first[i], self._advance(i, row)
                for s in range(len(self._strategies)):
                    self._keep(s, i, row, s * window.width + at, sound=sound)

    def _keep(self, s: int, i: int, row: int, at: int, *, sound: bool) -> None:
        """Keep what a strategy sees on a bar, and whether it may be asked."""
        strategy, state, code = self._strategies[s], self._states[s][i], self.stage.signals.code
        values: Any = strategy.values
        self._before[at], self._now[at] = tuple.__new__(values, state[1]), tuple.__new__(values, state[2])
        if not sound:
            code[at] = layout.R_STATE_FAULT
        elif strategy.bars_seen(state) < strategy.warmup:
            code[at] = layout.R_WARMING_UP
        elif self.stage.market.ts[row] <= self._setup.configuration.trade_from:
            code[at] = layout.R_BEFORE_START
        elif row in self._outside:
            code[at] = layout.R_NOT_A_MEMBER
        else:
            code[at] = layout.UNASKED

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
        except Exception as error:  # a user's indicator may raise anything; an error of ours is no fault of a strategy
            if not self._careful:
                raise
            self._note_fault(error, "", i, row)
            for states, one in zip(self._states, before, strict=True):
                states[i] = one
            return False
        return True

    def _judged(self, k: int, row: int, at: int, position: PositionView) -> Signal | None:
        """Ask a strategy, and note its digest and the code of what holds an entry back."""
        s, i = divmod(k, self.stage.instruments)
        strategy, gates, code = self._strategies[s], self._setup.at_work[s].rules.gates, self.stage.signals.code
        try:
            signal = strategy.decide(self._now[at], self._before[at], position, strategy.parameters)
            check_gates(signal.gates, strategy)
            exits = len(strategy.exit_reasons)
            code[at] = verdict(signal, self._kinds[s], exits, gates.confirmations, gates.minimum_strength)
        except Exception as error:  # noqa: BLE001 - a user's rule may raise anything; it stops no other instrument
            self._note_fault(error, strategy.name, i, row)
            code[at] = layout.R_FAULT
            return None
        if code[at] == layout.R_FAULT:
            return None
        places, numbers = self._told[s]
        places.append(at)
        numbers.append((signal.strength, *chain.from_iterable(signal.gates)))
        return signal

    def _rule(self, stage: Stage, k: int, row: int, at: int, count: int, position: PositionView) -> None:
        """Answer for a strategy, bar by bar, as long as it does nothing."""
        code, signal, done = stage.signals.code, None, 0
        while done < count and (done == 0 or code[at] != layout.R_STATE_FAULT):
            signal = self._judged(k, row + done, at, position)
            position = position._replace(bars_held=position.bars_held + (position.quantity != 0.0))
            done, at = done + 1, at + 1
            if signal is None or signal.exit_reason or code[at - 1] == layout.ASKS:
                break
        stage.answer[layout.ANSWERED], stage.answer[layout.EXIT_REASON] = done, signal.exit_reason if signal else 0
        if signal:
            signals = stage.signals
            signals.strength[at - 1], signals.stop[at - 1], signals.target[at - 1] = signal[:3]
            span, regime = self._sized[k // stage.instruments]
            signals.span[at - 1] = signal.gates[span].value if span >= 0 else 0.0
            signals.regime[at - 1] = signal.gates[regime].value if regime >= 0 else 0.0

    def _note_fault(self, error: Exception, strategy: str, i: int, row: int) -> None:
        fault = Fault(str(error), strategy, self._setup.instruments[i].id, self.stage.market.ts[row])
        self.faults.setdefault(type(error).__name__, fault)


def _copy(state: StrategyState) -> StrategyState:
    return [part.copy() for part in state]


def _is_built_in(strategy: Strategy) -> bool:
    return all(one.kernel.__module__.startswith("tradewind.") for one in strategy.indicators)
