"""What the evaluator asks of the world: slices in, decisions, progress and messages out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.messages import Message
from tradewind.domain.slice import Slice


@dataclass(frozen=True, slots=True)
class Pending:
    """An intent that was sent and that the ledger does not show yet."""

    account: str
    instrument: InstrumentId
    intent_id: IntentId


@dataclass(frozen=True, slots=True)
class CheckpointRef:
    """A published checkpoint: the state after `ts`, in `chunks` items."""

    ts: int
    name: str
    chunks: int


@dataclass(frozen=True, slots=True)
class ShardProgress:
    """How far a shard has come; one item, written after everything that it vouches for.

    Attributes
    ----------
    watermark : int
        `ts_close` of the last slice whose messages have all been sent; 0 before the first.
    digest : str
        Digest of the warm state after it (corrections included).
    pending : tuple of Pending
        Intents sent and not yet seen in the ledger.
    checkpoints : tuple of CheckpointRef
        Newest last.
    owed : int
        How many messages the last slice sent.
    version : int
        Counts writes; each write is conditional on the one before.
    """

    shard: str
    watermark: int = 0
    digest: str = ""
    pending: tuple[Pending, ...] = ()
    checkpoints: tuple[CheckpointRef, ...] = ()
    owed: int = 0
    version: int = 0


class SliceLog(Protocol):
    """The evaluator's strongly consistent view of slices."""

    def first_edition(self, shard: str, ts_close: int) -> Slice | None:
        """Return the slice of that time as it was first written, by its key.

        Raises
        ------
        PermanentError
            If the item is damaged or of an unknown schema.
        """

    def after(self, shard: str, ts_close: int, limit: int) -> list[Slice]:
        """Return about `limit` slices with a later `ts_close`, every revision, by time and then revision.

        A timestep's revisions are never parted: the last timestep is complete, even beyond the limit.

        Raises
        ------
        PermanentError
            If an item is damaged or of an unknown schema.
        """

    def late(self, shard: str) -> list[Slice]:
        """Return what came late (revisions above 1, and what `mark_late` marked) and is not settled, oldest first."""

    def mark_late(self, slice_: Slice) -> None:
        """Mark a first edition that arrived behind the watermark; revisions above 1 are marked as they are put."""

    def settle_late(self, correction: Slice) -> None:
        """Forget a correction that has been evaluated."""


class Archive(Protocol):
    """What is left of slices once they have expired."""

    def compacted(self, shard: str) -> int:
        """Return `ts_close` up to which the shard's slices are in verified chunks; 0 if none are."""

    def before(self, shard_name: str, ts_close: int, steps: int) -> Sequence[Slice]:
        """Return slices of the packed bars within so many timesteps before `ts_close`, oldest first."""

    def between(self, shard_name: str, start: int, end: int) -> Sequence[Slice]:
        """Return a slice of the packed bars for each timestep in (start, end], oldest first."""


type SnapshotRequest = tuple[str, Sequence[InstrumentId], Sequence[IntentId]]
"""What `Ledger.snapshot` is going to be asked."""


class ReadAhead(Protocol):
    """A hint that changes no answer, only how many requests the answers take."""

    def __call__(self, shard: str, steps: Sequence[int], snapshots: Sequence[SnapshotRequest]) -> None:
        """Expect questions for a shard's progress, its slices of these times, and then these snapshots, once each.

        What was expected before is forgotten; without times nothing is expected.
        """


class Decisions(Protocol):
    """The decisions items."""

    def put(self, record: DecisionRecord) -> DecisionRecord:
        """Store the record unless (shard, ts, rev) is there already; return the one that is stored now."""

    def get(self, shard: str, ts: int, rev: int) -> DecisionRecord | None:
        """Return a record, strongly consistent."""

    def evaluated(self, shard: str, after: int, until: int) -> frozenset[tuple[int, int]]:
        """Return (ts_close, rev) of every record with `after < ts_close <= until`, strongly consistent."""


class Progress(Protocol):
    """Watermarks and checkpoints of shards."""

    def load(self, shard: str) -> ShardProgress:
        """Return a shard's progress, strongly consistent; a new one where there is none."""

    def save(self, progress: ShardProgress) -> None:
        """Store it if the stored version is one less.

        Raises
        ------
        ConflictError
            If another evaluation was faster.
        """

    def put_checkpoint(self, shard: str, ref: CheckpointRef, data: bytes) -> CheckpointRef:
        """Store a checkpoint's chunks under its name; return the reference with their number."""

    def get_checkpoint(self, shard: str, ref: CheckpointRef) -> bytes | None:
        """Return a checkpoint, or None where chunks are absent or damaged."""


class OrderQueue(Protocol):
    """The FIFO queue: group = account#instrument, deduplication by the message's own id."""

    def send(self, messages: Sequence[Message]) -> None:
        """Send all, in order; on an error some may have been sent."""

    def refuse(self, body: str, reason: str) -> None:
        """Put what cannot be processed into the dead-letter queue with its reason."""
