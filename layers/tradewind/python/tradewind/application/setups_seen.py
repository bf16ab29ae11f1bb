"""What strategies saw that somebody may want to hear of, whatever became of it: breakouts and ICT setups."""

from collections.abc import Mapping

from tradewind.application.ports import Notice, Notices
from tradewind.domain.decision import Action, Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.events import Event, Severity

SETUPS: Mapping[str, str] = {"price_breakout": "BREAKOUT_SEEN", "ict_setups": "ICT_SETUP_SEEN"}
"""Kind of event by strategy."""

_ASKED = frozenset({Action.ENTER, Action.DENY})


def tell_setups(notices: Notices, record: DecisionRecord) -> None:
    """Post each setup once, however often its bar is evaluated."""
    for one in record.decisions:
        if one.strategy in SETUPS and one.action in _ASKED:
            notices.post(_notice(record, one))


def _notice(record: DecisionRecord, one: Decision) -> Notice:
    became = "an entry was sent" if one.action is Action.ENTER else f"not entered: {one.reason}"
    text = f"{one.strategy} sees a setup in {one.instrument}, strength {one.strength:.2f}; {became}"
    facts = {
        "strategy": one.strategy,
        "account": one.account,
        "trace": f"{record.shard}@{record.ts}.{record.rev}",
        "order_id": one.intent or "",
    }
    name = f"setup-{one.strategy}-{one.account}-{one.instrument}-{record.ts}"
    return Notice(name, Event(SETUPS[one.strategy], Severity.INFO, text, one.instrument, facts))
