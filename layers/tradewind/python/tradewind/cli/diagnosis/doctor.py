"""The doctor: what is checked, what was found, and what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.cli.deployed import Deployed
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


type Check = Callable[[Deployed], Iterator[Finding]]


def well(check: str, text: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(check, State.WELL, text)


def note(check: str, text: str, remedy: str) -> Finding:
    """Return a finding that a person should know of."""
    return Finding(check, State.NOTE, text, remedy)


def wrong(check: str, text: str, remedy: str) -> Finding:
    """Return a finding that a person should act on."""
    return Finding(check, State.WRONG, text, remedy)


def examine(deployed: Deployed) -> list[Finding]:
    """Run every check; one that cannot be made is itself a finding and stops no other."""
    from tradewind.cli.diagnosis.ledger_checks import LEDGER_CHECKS
    from tradewind.cli.diagnosis.system_checks import SYSTEM_CHECKS

    return [finding for check in (*SYSTEM_CHECKS, *LEDGER_CHECKS) for finding in _made(check, deployed)]


def _made(check: Check, deployed: Deployed) -> list[Finding]:
    name = check.__name__.replace("_", " ")
    try:
        return list(check(deployed))
    except (ClientError, BotoCoreError, TradewindError) as error:
        return [wrong(name, f"the check could not be made: {error}"[:300], "mend this first, then run doctor again")]
