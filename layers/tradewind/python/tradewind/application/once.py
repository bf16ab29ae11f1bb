"""Doing what a person asks once, however often it is sent, and writing down who asked before it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tradewind.application.ports import Journal, Pause
from tradewind.application.retry import until_won
from tradewind.domain.events import Event, JournalEntry, Severity

AUDIT = "audit"
"""The journal of who asked for what; it is chained like every journal, and announced by nobody."""

PATIENCE = 30_000
"""Ms after which whoever began a request and never ended it is taken for dead: it may be begun again."""

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for.

    Attributes
    ----------
    by, key : str
        Whose key it is; another's same key is another request.
    digest : str
        Of everything that it asks for: the same key with another digest is a mistake.
    what : str
        Method and path.
    body : str
        As it was sent.
    """

    by: str
    role: str
    key: str
    digest: str
    what: str
    body: str
    ts: int


@dataclass(frozen=True, slots=True)
class Done:
    """How it was answered: a status, its content type and its text."""

    status: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A request as it is stored; `answer` is None while it is at work."""

    digest: str
    ts: int
    answer: Done | None


class Requests(Protocol):
    """Requests by whose they are and their key."""

    def get(self, by: str, key: str) -> Stored | None:
        """Return a request, strongly consistent."""

    def begin(self, request: Request, entry: JournalEntry, before: Stored | None) -> None:
        """Store it as being at work with its entry in the audit trail, if what is stored is still `before`.

        Raises
        ------
        ConflictError
            If somebody else was faster, at the request or at the trail: read again.
        """

    def finish(self, request: Request, answer: Done) -> None:
        """Store how it was answered."""

    def forget(self, request: Request) -> None:
        """Let it be begun anew: it came to nothing."""


class MismatchError(Exception):
    """The key was used for something else."""


class AtWorkError(Exception):
    """The same request is at work just now."""


@dataclass(frozen=True, slots=True)
class Once:
    """Let a request through once."""

    requests: Requests
    journal: Journal
    pause: Pause

    def __call__(self, request: Request, do: Callable[[], tuple[Done, bool]]) -> Done:
        """Return how it is answered: by `do` the first time, as then at every later one.

        Parameters
        ----------
        do : callable
            Returns the answer, and whether it lasts: what failed for now may be tried again under the same key.

        Raises
        ------
        MismatchError, AtWorkError
            If the key was used for something else, or the request is at work just now.
        """
        known = until_won(self.pause, lambda: self._begun(request))
        if known:
            return known
        try:
            answer, lasting = do()
        except BaseException:
            self.requests.forget(request)
            raise
        if lasting:
            self.requests.finish(request, answer)
        else:
            self.requests.forget(request)
        return answer

    def _begun(self, request: Request) -> Done | None:
        before = self.requests.get(request.by, request.key)
        if before:
            if before.digest != request.digest:
                raise MismatchError
            if before.answer:
                return before.answer
            if request.ts - before.ts < PATIENCE:
                raise AtWorkError
        seq, head = self.journal.head(AUDIT)
        self.requests.begin(request, JournalEntry(AUDIT, seq + 1, request.ts, (_event(request),), head), before)
        return None


def _event(request: Request) -> Event:
    facts = {"by": request.by, "role": request.role, "key": request.key, "what": request.what}
    text = f"{request.by} ({request.role}): {request.what}"
    return Event("ASKED", Severity.INFO, text, "", {**facts, "body": request.body[:_LONGEST]})
