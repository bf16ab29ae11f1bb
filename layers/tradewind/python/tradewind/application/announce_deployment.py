"""Saying once that something else is at work now: another code or another configuration."""

from dataclasses import dataclass
from typing import Protocol

from tradewind.application.ports import Notice, Notices
from tradewind.domain.events import Event, Severity


class Deployments(Protocol):
    """What was at work when somebody last looked."""

    def last(self) -> str:
        """Return its name; empty before the first."""

    def note(self, name: str) -> None:
        """Remember it."""


@dataclass(frozen=True, slots=True)
class AnnounceDeployment:
    """Compare what is at work with what was; asked once by each new process.

    Attributes
    ----------
    version : str
        Digest of the code; `configuration` that of the configuration.
    """

    deployments: Deployments
    notices: Notices
    environment: str
    version: str
    configuration: str

    def __call__(self, now: int) -> bool:
        """Announce a change; return whether there was one.

        Going back to what was before is a change too. A crash between the two writes announces twice.
        """
        name, before = f"{self.version}/{self.configuration}", self.deployments.last()
        if name == before:
            return False
        what = "is at work for the first time" if not before else f"replaces {before}"
        text = f"{self.environment}: code {self.version}, configuration {self.configuration} {what}"
        facts = {"version": self.version, "configuration": self.configuration, "before": before}
        self.notices.post(Notice(f"deployed-{now}", Event("DEPLOYED", Severity.INFO, text, "", facts)))
        self.deployments.note(name)
        return True
