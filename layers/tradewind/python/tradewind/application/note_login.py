"""Logins on the audit trail: who came in, and who was refused, each no oftener than a person could."""

from dataclasses import dataclass

from tradewind.application.once import AUDIT
from tradewind.application.ports import Journal, Pause
from tradewind.application.ports_counts import Counts
from tradewind.application.retry import until_won
from tradewind.domain.events import Event, JournalEntry, Severity
from tradewind.domain.timeframe import MINUTE

REFUSED = "refused"
MOST = 10
"""Entries of one minute: of each person who came in, and of all together who were refused. The log has every one."""

_SHOWN = 2
"""Letters of a name that was refused: who is in haste types a password there, and a journal forgets nothing."""

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Login:
    """One login as it went.

    Attributes
    ----------
    name : str
        As the user pool knows them; of who was refused, as it was typed.
    role : str
        What they may; empty for nothing.
    outcome : str
        `REFUSED`, or what came of it.
    origin : str
        Addresses that the request says it came from.
    """

    name: str
    role: str
    outcome: str
    origin: str
    ts: int


@dataclass(frozen=True, slots=True)
class NoteLogin:
    """Write a login to the audit trail; nobody floods it."""

    journal: Journal
    counts: Counts
    pause: Pause

    def __call__(self, login: Login) -> bool:
        """Return whether it was written."""
        refused = login.outcome == REFUSED
        source = "logins refused" if refused else f"logins of {login.name}"
        if not self.counts.take(source, login.ts // MINUTE, MOST):
            return False
        by = f"{login.name[:_SHOWN]}…" if refused else login.name
        facts = {"by": by, "role": login.role or "nobody", "key": "", "what": "POST /api/session"}
        told = f"{login.outcome}, from {login.origin}"[:_LONGEST]
        event = Event("ASKED", Severity.INFO, f"{by}: {login.outcome}", "", {**facts, "body": told})
        until_won(self.pause, lambda: self._append(event, login.ts))
        return True

    def _append(self, event: Event, ts: int) -> None:
        seq, head = self.journal.head(AUDIT)
        self.journal.append(JournalEntry(AUDIT, seq + 1, ts, (event,), head))
