"""The processes around the use cases: pollers, workers and schedules with the manners of the real services."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, cast

from aws_lambda_powertools import Logger

from tests.simulation.fifo import Envelope, queue_event
from tests.simulation.product import Product
from tests.simulation.scheduler import Crash
from tests.simulation.streams import Iterator, StreamShard, stream_event
from tests.simulation.world import Violation, World
from tradewind import edge
from tradewind.domain.errors import TransientError
from tradewind.domain.messages import Message

LOST_DELETE = 0.02
REDELIVERED = 0.02
COLD = 0.05


class _Log:
    """The executor's log: what it says of failures is checked here, since the batch answer hides them."""

    def info(self, text: str, extra: Mapping[str, Any]) -> None:
        """Accept what every batch says of itself."""

    def warning(self, text: str, extra: Mapping[str, Any]) -> None:
        """Accept a refusal; what was refused is judged at the end."""

    def critical(self, text: str, extra: Mapping[str, Any]) -> None:
        raise Violation(f"{text}: {extra['reason']}")

    def exception(self, text: str, extra: Mapping[str, Any]) -> None:
        error = sys.exception()
        if not isinstance(error, TransientError):
            raise Violation(f"the executor raised {error!r}") from error


@dataclass
class Processes:
    """Everything that runs.

    Attributes
    ----------
    timeout : int
        Milliseconds after which an invocation is killed; shorter than the queue's visibility, so that no two
        invocations ever work on one group.
    """

    world: World
    product: Product
    rng: Random
    timeout: int

    def start(self, executors: int) -> None:
        """Start every poller and worker."""
        spawn = self.world.scheduler.spawn
        for i, shard in enumerate(self.world.market_stream.shards):
            spawn(f"evaluator-{i}", self._stream(shard, ("SLICE#", "POKE#"), self._new_evaluator))
        for i, shard in enumerate(self.world.ledger_stream.shards):
            spawn(f"publisher-{i}", self._stream(shard, ("JOURNAL#",), self._new_publisher))
        for i in range(executors):
            spawn(f"executor-{i}", self._execute_for_ever)

    def invoke[**P, T](self, run: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Run one invocation; it is killed when its time is over."""
        process = self.world.scheduler.running
        assert process
        process.deadline = self.world.scheduler.now + self.timeout
        try:
            return run(*arguments, **named)
        finally:
            process.deadline = 0

    def attempt[**P, T](self, run: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | None:
        """Run one invocation; None if it crashed or asks to be called again.

        Raises
        ------
        Violation
            If it raised anything else.
        """
        try:
            return self.invoke(run, *arguments, **named)
        except Crash:
            return None
        except TransientError:
            return None
        except Exception as error:  # whatever else it raises, no caller could make good: the seed has failed
            raise Violation(f"{self._name()} raised {error!r}") from error

    def insist[**P, T](self, run: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Repeat an invocation until it succeeds, as its caller would."""
        while (answer := self.attempt(run, *arguments, **named)) is None:
            self.world.scheduler.sleep(100)
        return answer

    def _name(self) -> str:
        process = self.world.scheduler.running
        return process.name if process else "nobody"

    # ── streams ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _stream(
        self, shard: StreamShard, prefixes: tuple[str, ...], container: Callable[[], Callable[[Any], object]]
    ) -> Callable[[], None]:
        iterator = Iterator(shard, prefixes)
        return lambda: self._read_for_ever(iterator, container)

    def _read_for_ever(self, iterator: Iterator, container: Callable[[], Callable[[Any], object]]) -> None:
        handler: Callable[[Any], object] | None = None
        while True:
            batch, place = iterator.next_batch(self.product.plan.batch)
            if not batch:
                iterator.place = place
                self.world.scheduler.wait(iterator.shard.grown)
                continue
            if handler is None or self.rng.random() < COLD:
                handler = container()
            try:
                self._deliver(handler, batch)
            except (Crash, TransientError) as error:  # the batch comes again
                handler = None if isinstance(error, Crash) else handler
                self.world.scheduler.sleep(self.rng.randrange(200, 2000))
            else:
                if self.rng.random() >= REDELIVERED:
                    iterator.place = place

    def _deliver(self, handler: Callable[[Any], object], batch: list[tuple[str, str]]) -> None:
        self.world.note(f"woken by {batch}", self.world.scheduler.running)
        try:
            self.invoke(handler, stream_event(batch))
        except Exception as error:  # as the service takes whatever a handler raises: only some of it may come again
            causes = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
            if all(isinstance(cause, TransientError) for cause in causes):
                raise TransientError(str(error)) from error
            raise Violation(f"{self._name()} raised {causes!r}") from error

    def _new_evaluator(self) -> Callable[[Any], object]:
        evaluate = self.product.evaluate()

        def shard(name: str, wakes: list[tuple[int, int]]) -> None:
            evaluate(name, wakes)

        return lambda event: edge.for_each_shard(edge.slice_wakes(event), shard)

    def _new_publisher(self) -> Callable[[Any], object]:
        publish = self.product.publish()
        return lambda event: publish(edge.journal_wakes(event))

    # ── the queue ────────────────────────────────────────────────────────────────────────────────────────────────

    def _execute_for_ever(self) -> None:
        fifo, handler = self.world.fifo, self._new_executor()
        while True:
            taken = fifo.receive(self.rng, self.rng.randrange(1, 11))
            if not taken:
                self.world.scheduler.wait(fifo.arrived)
            elif not self._handle(handler, taken):
                handler = self._new_executor()

    def _handle(self, handler: edge.FifoBatch, taken: list[Envelope]) -> bool:
        self.world.note(f"received {[(one.number, one.receives) for one in taken]}", self.world.scheduler.running)
        try:
            answer = self.invoke(handler, queue_event(taken))
        except Crash:
            return False  # nothing is deleted: all of it becomes visible again
        failed = {row["itemIdentifier"] for row in answer["batchItemFailures"]}
        for envelope in taken:
            if str(envelope.number) not in failed and not self.world.chaos.strikes(LOST_DELETE):
                self.world.fifo.delete(envelope)
        return True

    def _new_executor(self) -> edge.FifoBatch:
        executor, set_aside = self.product.execute(), self.product.set_aside()

        def execute(message: Message) -> None:
            executor(message)

        return edge.FifoBatch(execute, executor.halt, set_aside, cast("Logger", _Log()))
