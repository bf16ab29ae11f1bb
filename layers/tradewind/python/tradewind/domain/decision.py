"""Decisions: for every strategy, instrument and bar, what was done and why."""

from dataclasses import dataclass
from enum import StrEnum

from tradewind.domain.identifiers import IntentId
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.signal import GateReading


class Action(StrEnum):
    """What a decision did."""

    HOLD = "HOLD"  # the rule did not ask for a trade
    ENTER = "ENTER"  # an entry was sent
    EXIT = "EXIT"  # an exit was sent
    DENY = "DENY"  # the rule asked and risk said no
    REFUSE = "REFUSE"  # unknown, stale, open or missing: nothing may be decided on it
    FAIL = "FAIL"  # the rule raised; its instrument alone is affected


@dataclass(frozen=True, slots=True)
class Decision:
    """One strategy's decision on one instrument at one bar.

    Attributes
    ----------
    reason : str
        Code of the first thing that decided: a gate's name, a limit's code, `NO_BAR:…`, `WARMING_UP`, …
    value, limit : float
        What was measured and against what, where the reason has numbers; else NaN.
    gates : tuple of GateReading
        In the order of the strategy's gate names; empty where the rule was not asked.
    """

    account: str
    strategy: str
    instrument: InstrumentId
    action: Action
    reason: str
    strength: float = 0.0
    value: float = float("nan")
    limit: float = float("nan")
    intent: IntentId | None = None
    gates: tuple[GateReading, ...] = ()
