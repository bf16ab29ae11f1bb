"""What outlives every process: tables with their streams, the queue, the topic, a venue with a memory, the time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from tests.fakes.evaluator_stores import FakeDecisions, FakePoker, FakeProgress, FakeSlices
from tests.fakes.ledger import (
    FakeControls,
    FakeHealthBoard,
    FakeJournal,
    FakeLedger,
    FakeReconciliations,
    LedgerItems,
)
from tests.fakes.market_stores import FakeRefusalLog, FakeSeriesStore
from tests.fakes.providers import FakeBreakers
from tests.fakes.world import FakeNotices, FakeTopic
from tests.simulation.chaos import Chaos
from tests.simulation.exchange import SimulatedExchange
from tests.simulation.fifo import Fifo
from tests.simulation.scheduler import Crash, Process, Scheduler, describe
from tests.simulation.streams import Stream
from tests.simulation.venue import SimulatedVenue
from tradewind.application.dead_letters import ORDER_LETTERS, SPENT, DeadLetter, LettersInSight
from tradewind.application.ports import Clock, OrderQueue, Pause, QueueDepths
from tradewind.domain.changeset import Changeset
from tradewind.domain.events import JournalEntry
from tradewind.domain.messages import BarMessage, Message, group_id, to_json
from tradewind.domain.slice import Slice

type Watcher = Callable[[Changeset], None]
"""Told each commit, after it has been written."""


class Violation(BaseException):
    """A promise is broken. No handler of the product may catch it."""


@dataclass
class SimulatedSlices(FakeSlices):
    """Slices with their stream; `ever` forgets none."""

    stream: Stream | None = None
    ever: dict[tuple[str, int, int], Slice] = field(default_factory=dict)

    def everything(self, shard: str) -> list[Slice]:
        """Return all slices that a shard ever had, expired ones too, in key order."""
        return [self.ever[key] for key in sorted(self.ever) if key[0] == shard]

    def put(self, slice_: Slice) -> bool:
        written = super().put(slice_)
        if written:
            self.ever[slice_.shard, slice_.ts_close, slice_.rev] = slice_
        if written and self.stream:
            self.stream.append(f"SLICE#{slice_.shard}", f"{slice_.ts_close:013d}#{slice_.rev:04d}")
        return written


@dataclass
class SimulatedPoker(FakePoker):
    stream: Stream | None = None

    def poke(self, shard: str) -> None:
        if self.stream:
            self.stream.append(f"POKE#{shard}", "POKE")


@dataclass
class TableItems(LedgerItems):
    """The ledger table with its stream."""

    stream: Stream | None = None

    def add_entry(self, entry: JournalEntry) -> None:
        super().add_entry(entry)
        if self.stream:
            self.stream.append(f"JOURNAL#{entry.journal}", f"{entry.seq:012d}")


@dataclass
class SimulatedLedger(FakeLedger):
    watchers: list[Watcher] = field(default_factory=list)

    def commit(self, changeset: Changeset) -> None:
        super().commit(changeset)
        for watcher in self.watchers:
            watcher(changeset)


@dataclass
class SimulatedQueue(OrderQueue):
    """Sends as a batch request does: where it fails, it fails in parts.

    Attributes
    ----------
    bars_lost : float
        How likely the message of a bar goes to the dead letters at its first receive, as if all had failed.
    discarded : int
        How many of the refused somebody has given up.
    """

    fifo: Fifo
    chaos: Chaos
    bars_lost: float = 0.0
    refused: list[tuple[str, str]] = field(default_factory=list)
    discarded: int = 0

    def send(self, messages: Sequence[Message]) -> None:
        held: set[str] = set()
        for message in messages:
            group = group_id(message)
            if group in held or self.chaos.strikes(self.chaos.fault):
                held.add(group)  # the adapter sends no later message of a group that has failed
            elif self.fifo.send(group, message.deduplication_id, to_json(message)) and isinstance(message, BarMessage):
                self._maybe_lost()
        if held:
            raise self.chaos.partly(len(held))

    def _maybe_lost(self) -> None:
        if self.chaos.strikes(self.bars_lost):
            self.fifo.sent[-1].receives = self.fifo.receives

    def refuse(self, body: str, reason: str) -> None:
        self.refused.append((body, reason))


@dataclass
class SimulatedDepths(QueueDepths):
    fifo: Fifo
    queue: SimulatedQueue

    def depths(self) -> Mapping[str, int]:
        return {ORDER_LETTERS: len(self.fifo.dead) + len(self.queue.refused) - self.queue.discarded}


@dataclass
class SimulatedLetters(LettersInSight):
    """What died too often, and what was refused and not given up. `Fifo.redrive` is the way back.

    Attributes
    ----------
    hidden : bool
        Whether nobody sees any: in lockstep what is sent again must find the world as it was.
    """

    fifo: Fifo
    queue: SimulatedQueue
    hidden: bool

    def take(self) -> list[DeadLetter]:
        spent = [(one.body, SPENT) for one in self.fifo.dead]
        found = [] if self.hidden else [*spent, *self.queue.refused[self.queue.discarded :]]
        return [DeadLetter(str(i), body, reason, "", 0, "") for i, (body, reason) in enumerate(found)]

    def depth(self) -> int:
        return len(self.take())

    def release(self, letters: Sequence[DeadLetter]) -> None:
        """They are not held: a process that dies leaves nothing behind."""


@dataclass
class SimulatedClock(Clock):
    scheduler: Scheduler
    replay: bool

    def now(self, ts_close: int) -> int:
        return ts_close if self.replay else self.scheduler.now


@dataclass
class SimulatedPause(Pause):
    """Its wait is the crossing itself: others go first."""

    def before_retry(self, attempt: int) -> None:
        """Nothing is left to do."""


class _Crossing:
    """A port whose every method lets other processes go first, and may crash or fail."""

    def __init__(self, world: "World", port: str, target: object) -> None:
        self._world, self._port, self._target = world, port, target

    def __getattr__(self, name: str) -> Any:
        method, point, cross = getattr(self._target, name), f"{self._port}.{name}", self._world.cross
        if not callable(method):
            return method  # a fact that is known: nobody is asked

        def crossed(*arguments: Any) -> Any:
            return cross(point, method, arguments)

        self.__dict__[name] = crossed
        return crossed


@dataclass
class World:
    """Storage, and the border that every port call crosses.

    Attributes
    ----------
    trace : list of str or None
        One line for each port call, where somebody asked for it.
    crossings : int
        Port calls so far.
    """

    scheduler: Scheduler
    chaos: Chaos
    stream_shards: int
    visibility: int
    receives: int
    replay_clock: bool
    venue_loss: float
    bars_lost: float = 0.0
    trace: list[str] | None = None
    crossings: int = 0

    def __post_init__(self) -> None:
        scheduler = self.scheduler
        self.market_stream = Stream.of(scheduler, self.stream_shards)
        self.ledger_stream = Stream.of(scheduler, self.stream_shards)
        self.slices = SimulatedSlices(stream=self.market_stream)
        self.refusals, self.series = FakeRefusalLog(), FakeSeriesStore()
        self.decisions, self.progress = FakeDecisions(), FakeProgress()
        self.items = TableItems(stream=self.ledger_stream)
        self.ledger = SimulatedLedger(self.items)
        self.controls, self.board = FakeControls(self.items), FakeHealthBoard(self.items)
        self.stops = FakeHealthBoard(self.items, "STOPS")
        self.differences = FakeHealthBoard(self.items, "RECONCILE")
        self.reconciled = FakeReconciliations(self.items)
        self.exchange: SimulatedExchange | None = None
        self.journal, self.topic = FakeJournal(self.items), FakeTopic()
        self.fifo = Fifo(scheduler, self.visibility, self.receives)
        self.queue = SimulatedQueue(self.fifo, self.chaos, self.bars_lost)
        self.depths = SimulatedDepths(self.fifo, self.queue)
        self.letters = SimulatedLetters(self.fifo, self.queue, hidden=self.replay_clock)
        self.notices, self.breakers = FakeNotices(), FakeBreakers()
        self.poker = SimulatedPoker(stream=self.market_stream)
        self.venue = SimulatedVenue(scheduler, self.chaos, self.venue_loss)
        self.clock, self.pause = SimulatedClock(scheduler, self.replay_clock), SimulatedPause()

    def port[T](self, name: str, target: T) -> T:
        """Return a port as the processes see it."""
        return cast("T", _Crossing(self, name, target))

    def cross(self, point: str, method: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Make one port call of the process that runs."""
        self.crossings += 1
        scheduler = self.scheduler
        scheduler.pause()
        process = scheduler.running
        if process and process.deadline and scheduler.now > process.deadline:
            raise Crash(f"timed out before {point}")
        if self.trace is None:
            return self.chaos.around(point, lambda: method(*arguments))
        return self._traced(point, method, arguments, process)

    def _traced(
        self, point: str, method: Callable[..., Any], arguments: tuple[Any, ...], process: Process | None
    ) -> Any:
        told = ", ".join(describe(one, 90) for one in arguments)
        try:
            answer = self.chaos.around(point, lambda: method(*arguments))
        except BaseException as error:
            self.note(f"{point}({told}) !! {error!r}", process)
            raise
        self.note(f"{point}({told}) -> {describe(answer)}", process)
        return answer

    def note(self, text: str, process: Process | None = None) -> None:
        """Add a line to the trace."""
        if self.trace is not None:
            name = process.name if process else "-"
            self.trace.append(f"{self.scheduler.now:>15} {name:<12} {text}")
