"""A seeded scheduler: processes are greenlets, time is a number, and one seed is one history."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from greenlet import getcurrent, greenlet


class Crash(BaseException):
    """The process died. No handler of the product may catch it, so it is no `Exception`."""


@dataclass(eq=False)
class Process:
    """Something that runs by itself: a poller, a worker, a schedule.

    Attributes
    ----------
    deadline : int
        When the invocation at hand is killed; 0 for never.
    """

    name: str
    thread: greenlet
    deadline: int = 0


@dataclass(eq=False)
class Signal:
    """What processes wait for."""

    name: str
    waiting: list[Process] = field(default_factory=list)


@dataclass(order=True)
class _Timer:
    at: int
    number: int
    fire: Callable[[], None] = field(compare=False)
    background: bool = field(compare=False)


@dataclass
class Scheduler:
    """Chooses at every port call who goes on.

    Attributes
    ----------
    pace : int
        Most milliseconds that pass between two choices.
    patience : int
        Choices after which a run that has not ended never will.
    stickiness : float
        How likely the process that ran last goes on: small for fine interleavings, large for long runs.
    """

    rng: Random
    now: int = 0
    pace: int = 20
    stickiness: float = 0.0
    patience: int = 1_000_000
    choices: int = 0
    running: Process | None = None
    idle: Signal = field(default_factory=lambda: Signal("idle"))
    _ready: list[Process] = field(default_factory=list)
    _timers: list[_Timer] = field(default_factory=list)
    _foreground: int = 0
    _counter: int = 0
    _hub: greenlet = field(default_factory=getcurrent)

    def spawn(self, name: str, run: Callable[[], None]) -> Process:
        """Start a process; it begins when it is first chosen."""
        process = Process(name, greenlet(run, self._hub))
        self._ready.append(process)
        return process

    def pause(self) -> None:
        """Let others go first."""
        if self.running:
            self._ready.append(self.running)
            self._hub.switch()

    def wait(self, signal: Signal) -> None:
        """Wait until the signal is set."""
        assert self.running
        signal.waiting.append(self.running)
        self._hub.switch()

    def set(self, signal: Signal) -> None:
        """Wake everybody who waits."""
        self._ready.extend(signal.waiting)
        signal.waiting.clear()

    def sleep(self, milliseconds: int, *, background: bool = False) -> None:
        """Wait for some time; what sleeps in the background keeps nobody from being idle."""
        process = self.running
        assert process
        self.at(self.now + milliseconds, lambda: self._ready.append(process), background=background)
        self._hub.switch()

    def at(self, when: int, fire: Callable[[], None], *, background: bool = False) -> None:
        """Call `fire` at a time."""
        self._counter += 1
        self._foreground += not background
        heapq.heappush(self._timers, _Timer(when, self._counter, fire, background))

    def run(self, main: Process) -> None:
        """Run until `main` has ended."""
        last: Process | None = None
        while not main.thread.dead:
            self._fire_due()
            if self._ready:
                last = self._choose(last)
                self._let(last)
            elif self._foreground or not self.idle.waiting:
                self.now = max(self.now, self._next_timer())
            else:
                self.set(self.idle)

    def _let(self, process: Process) -> None:
        self.choices += 1
        if self.choices > self.patience:
            raise AssertionError(f"no rest after {self.patience} choices")
        self.now += int(self.rng.random() * self.pace)
        self.running = process
        process.thread.switch()
        self.running = None

    def _next_timer(self) -> int:
        if not self._timers:
            raise AssertionError("every process waits for ever")
        return self._timers[0].at

    def _choose(self, last: Process | None) -> Process:
        ready = self._ready
        if self.stickiness and ready[-1] is last and self.rng.random() < self.stickiness:
            return ready.pop()
        i = int(self.rng.random() * len(ready))
        ready[i], ready[-1] = ready[-1], ready[i]
        return ready.pop()

    def _fire_due(self) -> None:
        while self._timers and self._timers[0].at <= self.now:
            timer = heapq.heappop(self._timers)
            self._foreground -= not timer.background
            timer.fire()


def describe(value: Any, length: int = 140) -> str:
    """Return a value as one short line of a trace."""
    text = repr(value)
    return text if len(text) <= length else f"{text[:length]}…"
