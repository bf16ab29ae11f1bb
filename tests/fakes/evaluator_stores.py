"""The evaluator's side in memory: decisions, progress, late slices, and messages that were sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.fakes.market_stores import FakeSliceStore
from tradewind.application.ports import (
    CheckpointRef,
    Decisions,
    OrderQueue,
    Poker,
    Progress,
    QueueDepths,
    ShardProgress,
    SliceLog,
)
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.errors import ConflictError
from tradewind.domain.messages import Message
from tradewind.domain.slice import Slice

type Step = tuple[str, int, int]
"""Shard, `ts_close` and revision."""


@dataclass
class FakeSlices(FakeSliceStore, SliceLog):
    """Slices as the fetcher writes them and the evaluator reads them, with what came late."""

    waiting: dict[Step, Slice] = field(default_factory=dict)

    def put(self, slice_: Slice) -> bool:
        written = super().put(slice_)
        if written and slice_.rev > 1:
            self.mark_late(slice_)
        return written

    def first_edition(self, shard: str, ts_close: int) -> Slice | None:
        data = self.items.get((shard, ts_close, 1))
        return Slice.from_bytes(shard, ts_close, 1, data) if data else None

    def late(self, shard: str) -> list[Slice]:
        return [self.waiting[step] for step in sorted(self.waiting) if step[0] == shard]

    def mark_late(self, slice_: Slice) -> None:
        self.waiting[slice_.shard, slice_.ts_close, slice_.rev] = slice_

    def settle_late(self, correction: Slice) -> None:
        self.waiting.pop((correction.shard, correction.ts_close, correction.rev), None)


@dataclass
class FakeDecisions(Decisions):
    items: dict[Step, DecisionRecord] = field(default_factory=dict)

    def put(self, record: DecisionRecord) -> DecisionRecord:
        return self.items.setdefault((record.shard, record.ts, record.rev), record)

    def get(self, shard: str, ts: int, rev: int) -> DecisionRecord | None:
        return self.items.get((shard, ts, rev))

    def evaluated(self, shard: str, after: int, until: int) -> frozenset[tuple[int, int]]:
        return frozenset((ts, rev) for name, ts, rev in self.items if name == shard and after < ts <= until)


@dataclass
class FakeProgress(Progress):
    items: dict[str, ShardProgress] = field(default_factory=dict)
    checkpoints: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def load(self, shard: str) -> ShardProgress:
        return self.items.get(shard, ShardProgress(shard))

    def save(self, progress: ShardProgress) -> None:
        stored = self.load(progress.shard).version
        if stored != progress.version - 1:
            raise ConflictError(f"progress of {progress.shard} is at version {stored}, not {progress.version - 1}")
        self.items[progress.shard] = progress

    def put_checkpoint(self, shard: str, ref: CheckpointRef, data: bytes) -> CheckpointRef:
        self.checkpoints[shard, ref.name] = data
        return replace(ref, chunks=1)

    def get_checkpoint(self, shard: str, ref: CheckpointRef) -> bytes | None:
        return self.checkpoints.get((shard, ref.name))


@dataclass
class FakeOrderQueue(OrderQueue):
    """A queue that nobody empties by itself: a test takes the messages out, or looks at them."""

    sent: list[Message] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def send(self, messages: Sequence[Message]) -> None:
        self.sent.extend(messages)

    def refuse(self, body: str, reason: str) -> None:
        self.refused.append((body, reason))


@dataclass
class FakePoker(Poker):
    poked: list[str] = field(default_factory=list)

    def poke(self, shard: str) -> None:
        self.poked.append(shard)


@dataclass
class FakeQueueDepths(QueueDepths):
    waiting: dict[str, int] = field(default_factory=dict)

    def depths(self) -> Mapping[str, int]:
        return dict(self.waiting)
