"""The doctor: what is checked, what was found, and what to do about it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.cli.deployed import Deployed
from tradewind.cli.diagnosis.patient import Patient
from tradewind.domain.errors import TradewindError


class State(StrEnum):
    """How a check ended."""

    WELL = "well"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result."""

    check: str
    state: State
    text: str
    remedy: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"check": self.check, "state": str(self.state), "found": self.text, "remedy": self.remedy}


type Look = Callable[[Patient], Iterable[str]]
"""Looks at an environment and yields what is wrong, one sentence each; nothing where all is well."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question.

    Attributes
    ----------
    name : str
        What is so where all is well.
    remedy : str
        What to do where it is not.
    worst : State
        How grave it is: `WRONG`, or `NOTE` for what a person should know of.
    where : str
        `live` asks only where time is real, `cloud` only on AWS, which knows what the emulator does not.
    """

    name: str
    look: Look
    remedy: str
    worst: State = State.WRONG
    where: str = ""

    def applies(self, patient: Patient) -> bool:
        """Whether the question means anything here."""
        return (self.where != "live" or patient.is_live) and (self.where != "cloud" or patient.in_cloud)

    def findings(self, patient: Patient) -> Iterator[Finding]:
        """Ask; a question that cannot be asked is itself a finding."""
        if not self.applies(patient):
            yield Finding(self.name, State.WELL, "does not apply here")
            return
        try:
            faults = list(self.look(patient))
        except (ClientError, BotoCoreError, TradewindError) as error:
            text = f"the check could not be made: {error}"[:300]
            yield Finding(self.name, State.WRONG, text, "mend this first, then run doctor again")
            return
        yield from (Finding(self.name, self.worst, text, self.remedy) for text in faults)
        if not faults:
            yield Finding(self.name, State.WELL, "yes")


def every_check() -> tuple[Check, ...]:
    """Return every check in the order in which a person should read them."""
    from tradewind.cli.diagnosis.checks_data import CHECKS as DATA
    from tradewind.cli.diagnosis.checks_ledger import CHECKS as LEDGER
    from tradewind.cli.diagnosis.checks_paths import CHECKS as PATHS
    from tradewind.cli.diagnosis.checks_stack import CHECKS as STACK
    from tradewind.cli.diagnosis.checks_upkeep import CHECKS as UPKEEP

    return (*STACK, *PATHS, *DATA, *LEDGER, *UPKEEP)


def examine(deployed: Deployed) -> list[Finding]:
    """Run every check; none stops another."""
    patient = Patient(deployed)
    return [finding for check in every_check() for finding in check.findings(patient)]
