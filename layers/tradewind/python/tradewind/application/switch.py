"""The kill switch: written directly, effective with the very next order, announced from the `system` journal."""

from dataclasses import dataclass

from tradewind.application.ports import Controls, Journal, Pause
from tradewind.application.publish_events import SYSTEM
from tradewind.application.retry import until_won
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import Control, TradingState


@dataclass(frozen=True, slots=True)
class SwitchTrading:
    """Set what an account may do."""

    controls: Controls
    journal: Journal
    pause: Pause

    def __call__(self, account: str, state: TradingState, reason: str, by: str, ts: int) -> Control:
        """Set the state; setting the state that already holds changes nothing."""
        return until_won(self.pause, lambda: self._set(account, state, f"{reason} (by {by})", ts))

    def _set(self, account: str, state: TradingState, reason: str, ts: int) -> Control:
        control = self.controls.get(account)
        if control.state is state:
            return control
        after = Control(state, reason, control.version + 1)
        severity = Severity.INFO if state is TradingState.NORMAL else Severity.CRITICAL
        text = f"trading of {account} is {state}, was {control.state}: {reason}"
        seq, head = self.journal.head(SYSTEM)
        event = Event("TRADING_STATE_CHANGED", severity, text, "", {"account": account, "state": state})
        self.controls.set(account, after, JournalEntry(SYSTEM, seq + 1, ts, (event,), head))
        return after
