"""A bar that changes after it was traded on: nobody trades on it again, but somebody must know."""

from collections.abc import Collection

from tradewind.application.ports import Notice
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.events import Event, Severity
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.slice import Slice


def changed_after_trade(
    first: DecisionRecord | None, correction: Slice, changed: Collection[InstrumentId]
) -> Notice | None:
    """Return what to tell where a correction changes bars that orders or positions have met.

    Parameters
    ----------
    first : DecisionRecord or None
        What was decided on the first edition, with the messages that it sent.
    """
    if first is None or first.late:
        return None
    traded = sorted({str(message.instrument) for message in first.owed} & set(changed))
    if not traded:
        return None
    text = (
        f"{', '.join(traded)}: the bar that closed at {correction.ts_close} has changed after it was traded on "
        f"(revision {correction.rev}); nothing is traded again, compare fills and stops"
    )
    facts = {"trace": f"{first.shard}@{first.ts}.{first.rev}"}
    name = f"bar-changed-{correction.shard}-{correction.ts_close}-{correction.rev}"
    return Notice(name, Event("BAR_CHANGED", Severity.CRITICAL, text, traded[0], facts))
