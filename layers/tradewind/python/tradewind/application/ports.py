"""What the core asks of the world, named by capability.

Every method may raise `TransientError`; what else it raises is said at the method. Fakes, moto and the emulator pass
the same contract suite. The ports of market data are in `ports_market`.
"""

from tradewind.application.ports_evaluator import (
    Archive,
    CheckpointRef,
    Decisions,
    OrderQueue,
    Pending,
    Progress,
    ReadAhead,
    ShardProgress,
    SliceLog,
    SnapshotRequest,
)
from tradewind.application.ports_ledger import (
    AccountSnapshot,
    Controls,
    Journal,
    Ledger,
    LedgerView,
)
from tradewind.application.ports_world import (
    Absent,
    AlertChannel,
    AlertTopic,
    Board,
    Clock,
    ExecutionVenue,
    HealthBoard,
    Notice,
    Notices,
    Pause,
    Poker,
    QueueDepths,
    Reported,
    Unclear,
    VenueAnswer,
)

__all__ = [
    "Absent",
    "AccountSnapshot",
    "AlertChannel",
    "AlertTopic",
    "Archive",
    "Board",
    "CheckpointRef",
    "Clock",
    "Controls",
    "Decisions",
    "ExecutionVenue",
    "HealthBoard",
    "Journal",
    "Ledger",
    "LedgerView",
    "Notice",
    "Notices",
    "OrderQueue",
    "Pause",
    "Pending",
    "Poker",
    "Progress",
    "QueueDepths",
    "ReadAhead",
    "Reported",
    "ShardProgress",
    "SliceLog",
    "SnapshotRequest",
    "Unclear",
    "VenueAnswer",
]
