"""What the core asks of the world, named by capability.

Every method may raise `TransientError`; what else it raises is said at the method. Fakes, moto and the emulator pass
the same contract suite. The ports of market data are in `ports_market`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tradewind.domain.changeset import Changeset
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.events import Event, JournalEntry
from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account, Book, Control
from tradewind.domain.messages import Message
from tradewind.domain.order import Order, OrderStatus
from tradewind.domain.slice import Slice


class Clock(Protocol):
    """Time, as the environment has it."""

    def now(self, ts_close: int) -> int:
        """Return UTC ms; a replay clock answers the bar's own close, `ts_close`."""


class Pause(Protocol):
    """Waiting, so that tests need not."""

    def before_retry(self, attempt: int) -> None:
        """Wait with full jitter before retry number `attempt` (1, 2, …)."""


# ── the evaluator's side: slices in, decisions and progress out ──────────────────────────────────────────────────


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


# ── the ledger ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What the executor needs of the ledger for one message, read strongly consistent in one request."""

    account: Account | None
    book: Book
    control: Control
    order: Order | None


@dataclass(frozen=True, slots=True)
class AccountSnapshot:
    """What the evaluator needs of one account at one moment.

    Attributes
    ----------
    books : mapping
        Every active instrument's book, and those asked for.
    absent : frozenset
        Of the intents asked for, those without an order.
    """

    account: Account | None
    control: Control
    books: Mapping[InstrumentId, Book] = field(default_factory=dict)
    absent: frozenset[IntentId] = frozenset()


class Ledger(Protocol):
    """Accounts, books, orders, fills and the journal. Only the executor commits."""

    def view(self, account: str, instrument: InstrumentId, order_id: IntentId | None) -> LedgerView:
        """Return the account, one book, its control and one order; books that are not stored are new ones."""

    def snapshot(
        self, account: str, instruments: Sequence[InstrumentId], intents: Sequence[IntentId]
    ) -> AccountSnapshot:
        """Return an untorn snapshot: every active book, the books of `instruments`, and which intents are absent."""

    def commit(self, changeset: Changeset) -> None:
        """Write all of it or nothing.

        Raises
        ------
        ConflictError
            If the account, the book or the control has moved since it was read.
        """

    def mark(self, book: Book) -> None:
        """Store the last bar, the mark and the bars held if they are later and the version is unchanged.

        Raises
        ------
        ConflictError
            If the stored version is another.
        """


class Controls(Protocol):
    """The kill switch. It is written directly, so that it stops the very next order."""

    def get(self, account: str) -> Control:
        """Return an account's control, strongly consistent."""

    def set(self, account: str, control: Control, entry: JournalEntry) -> None:
        """Store it with its entry in the `system` journal if the stored version is one less.

        Raises
        ------
        ConflictError
            If somebody else was faster; read again.
        """


class Journal(Protocol):
    """Journals as those read them who announce."""

    def after(self, journal: str, seq: int, limit: int) -> list[JournalEntry]:
        """Return entries with a higher number, in order, strongly consistent."""

    def head(self, journal: str) -> tuple[int, str]:
        """Return the last entry's number and hash; (0, START) for an empty journal."""

    def append(self, entry: JournalEntry) -> None:
        """Append to a journal that no account owns (`system`).

        Raises
        ------
        ConflictError
            If the number is taken.
        """

    def published(self, journal: str) -> int:
        """Return the number of the last entry that was announced."""

    def mark_published(self, journal: str, seq: int) -> None:
        """Record that every entry up to `seq` was announced; never goes back."""


@dataclass(frozen=True, slots=True)
class Board:
    """Which health checks fail now, each with its text."""

    failing: Mapping[str, str] = field(default_factory=dict)
    version: int = 0


class HealthBoard(Protocol):
    """What the watch said last, so that it says each change once."""

    def get(self) -> Board:
        """Return the board, strongly consistent."""

    def set(self, board: Board, entry: JournalEntry) -> None:
        """Store it with its entry in the `system` journal if the stored version is one less.

        Raises
        ------
        ConflictError
            If somebody else was faster; read again.
        """


class QueueDepths(Protocol):
    """How much waits in the queues that should be empty."""

    def depths(self) -> Mapping[str, int]:
        """Return the number of messages by queue name."""


class Poker(Protocol):
    """Waking an evaluator without a new slice."""

    def poke(self, shard: str) -> None:
        """Wake it."""


# ── venues and people ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Reported:
    """The venue answered: this is the order's state there."""

    status: OrderStatus
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The answer was lost: the order may or may not exist there."""

    reason: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Proof that the order is not there and can no longer arrive."""


type VenueAnswer = Reported | Unclear | Absent


class ExecutionVenue(Protocol):
    """A place that takes orders."""

    def submit(self, order: Order) -> VenueAnswer:
        """Send once; `Unclear` when the answer was lost."""

    def find(self, order: Order) -> VenueAnswer:
        """Look among open and closed orders; `Absent` only where absence is proof, else `Unclear`."""


class AlertTopic(Protocol):
    """Where alerts fan out from."""

    def publish(self, alert_id: str, event: Event, ts: int) -> None:
        """Publish one event; a repeat carries the same id."""


class AlertChannel(Protocol):
    """One way to reach a person."""

    def send(self, alert_id: str, event: Event, ts: int) -> None:
        """Deliver one alert.

        Raises
        ------
        TransientError
            If it may succeed later.
        PermanentError
            If the channel refuses it for good.
        """
