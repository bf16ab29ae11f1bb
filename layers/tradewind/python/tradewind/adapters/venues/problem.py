"""What a venue's "no" asks for: to try again, to find out, or to take it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tradewind.application.ports import Refusal
from tradewind.domain.errors import TransientError


class Verdict(StrEnum):
    """The reaction that an error asks for."""

    RETRY = "RETRY"
    """It was certainly not done: the same request may be made again."""
    UNCLEAR = "UNCLEAR"
    """It may have been done."""
    REJECTED = "REJECTED"
    """It was not done, and never will be."""


class VenueError(TransientError):
    """A venue said no.

    Attributes
    ----------
    wait : float
        Seconds that it asks us to wait.
    """

    def __init__(self, verdict: Verdict, refusal: Refusal, said: str, wait: float = 0.0) -> None:
        super().__init__(said)
        self.verdict = verdict
        self.refusal = refusal
        self.wait = wait

    @property
    def reason(self) -> str:
        """The code, and the venue's own words."""
        return f"{self.refusal}: {self}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A part of what a venue says, what it asks for and what it means."""

    said: str
    verdict: Verdict
    refusal: Refusal = Refusal.REFUSED


def judged(title: str, said: str, rules: Sequence[Rule], wait: float = 0.0) -> VenueError:
    """Return the error that the first fitting rule makes of what a venue said; what nobody knows may mean anything."""
    rule = next((one for one in rules if one.said in said), Rule("", Verdict.UNCLEAR))
    return VenueError(rule.verdict, rule.refusal, f"{title} says {said}", wait)
