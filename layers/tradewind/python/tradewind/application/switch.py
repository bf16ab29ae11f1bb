"""The kill switch: written directly, effective with the very next order, announced from the `system` journal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tradewind.application.ports import Controls, Journal, Pause
from tradewind.application.publish_events import SYSTEM
from tradewind.application.retry import until_won
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.ledger import Control, TradingState


@dataclass(frozen=True, slots=True)
class SwitchTrading:
    """Set what an account may do, or one strategy or instrument of it."""

    controls: Controls
    journal: Journal
    pause: Pause

    def __call__(self, account: str, state: TradingState, reason: str, by: str, ts: int, part: str = "") -> Control:
        """Set the state; setting the state that already holds changes nothing.

        Parameters
        ----------
        part : str
            `strategy:NAME` or `instrument:ID`; empty for the whole account.
        """
        return until_won(self.pause, lambda: self._set(account, state, f"{reason} (by {by})", ts, part))

    def _set(self, account: str, state: TradingState, reason: str, ts: int, part: str) -> Control:
        control = self.controls.get(account)
        before = control.parts.get(part, TradingState.NORMAL) if part else control.state
        if before is state:
            return control
        after = replace(control, version=control.version + 1)
        if part:
            after = replace(after, parts=_with(control.parts, part, state))
        else:
            after = replace(after, state=state, reason=reason)
        severity = Severity.INFO if state is TradingState.NORMAL else Severity.CRITICAL
        what = f"{part.partition(':')[2]} in {account}" if part else account
        text = f"trading of {what} is {state}, was {before}: {reason}"
        seq, head = self.journal.head(SYSTEM)
        facts = {"account": account, "state": state} | ({"part": part} if part else {})
        event = Event("TRADING_STATE_CHANGED", severity, text, "", facts)
        self.controls.set(account, after, JournalEntry(SYSTEM, seq + 1, ts, (event,), head))
        return after


def _with(parts: Mapping[str, TradingState], part: str, state: TradingState) -> dict[str, TradingState]:
    """Return the parts that may do less than their account; one that may do everything is none of them."""
    others = {name: one for name, one in parts.items() if name != part}
    return others if state is TradingState.NORMAL else others | {part: state}
