"""What one call of the evaluator did."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.messages import IntentMessage


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What one call did."""

    shard: str
    slices: int = 0
    decisions: int = 0
    intents: int = 0
    watermark: int = 0
    records: tuple[DecisionRecord, ...] = ()

    @classmethod
    def of(cls, shard: str, watermark: int, done: Sequence[DecisionRecord]) -> "Evaluated":
        """Count what these records say."""
        intents = sum(isinstance(message, IntentMessage) for record in done for message in record.owed)
        decisions = sum(len(record.decisions) for record in done)
        return cls(shard, len(done), decisions, intents, watermark, tuple(done))
