"""Why it held, entered or refused: decisions counted by their reason, and each reason in words."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tradewind.domain.decision import Action, Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.instrument import InstrumentId

WARMING_UP, NO_BAR = "WARMING_UP", "NO_BAR"

_WORDS: Mapping[str, str] = {
    WARMING_UP: "too few bars yet for the indicators",
    "BEFORE_START": "warmed up; the first traded step was still to come",
    "IN_POSITION": "in a position, and no exit applied",
    "EXIT_WORKING": "an exit was already on its way",
    "ENTRY": "every gate passed and the risk was granted",
    "ENTRY_WORKING": "an entry was already on its way",
    "CONFIRMATIONS": "too few confirming gates passed",
    "SIGNAL_STRENGTH": "the signal was weaker than the gate asks",
    "MAX_OPEN_POSITIONS": "as many positions as the account may hold",
    "MAX_EXPOSURE": "the account's exposure limit",
    "MAX_INSTRUMENT_EXPOSURE": "the instrument's exposure limit",
    "MAX_STRATEGY_EXPOSURE": "the strategy's exposure limit",
    "MAX_ORDER_NOTIONAL": "more than one order may be worth",
    "DAILY_LOSS": "the day's loss limit was reached",
    "MAX_DRAWDOWN": "the account has fallen too far from its peak",
    "ORDER_RATE": "too many entries in a minute",
    "INSUFFICIENT_CASH": "not enough free cash",
    "SIZE_TOO_SMALL": "the risk allowed less than one lot",
    "NO_STOP": "the signal named no stop to size by",
    "KILL_SWITCH_REDUCING": "the kill switch was on: exits only",
    "KILL_SWITCH_HALTED": "the account was halted",
    "DEAD_LETTER": "a message of the instrument could not be executed",
    "NO_BAR": "the bar was missing or refused",
    "PENDING_INTENT": "an intent was not in the ledger yet",
    "PENDING_BAR": "an earlier bar was not in the ledger yet",
    "UNKNOWN_ORDER": "an unclear order blocks new risk",
    "INSTRUMENT_HALTED": "the instrument was halted",
    "LATE": "a late correction: explained, never traded",
    "SIGNAL": "the strategy's exit signal",
    "TIME": "held for as long as the strategy allows",
}


@dataclass(frozen=True, slots=True)
class Unwarm:
    """An instrument whose last bar still warmed a strategy up."""

    instrument: InstrumentId
    strategy: str
    seen: int
    needed: int


@dataclass(slots=True)
class Tally:
    """Decisions counted as they are read, so that a long history need not be held."""

    rows: int = 0
    reasons: Counter[tuple[Action, str]] = field(default_factory=Counter)
    latest: dict[tuple[str, InstrumentId], Decision] = field(default_factory=dict)
    heard: set[InstrumentId] = field(default_factory=set)
    gates: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, record: DecisionRecord) -> None:
        """Count one record."""
        self.rows += len(record.decisions)
        self.reasons.update((decision.action, code(decision.reason)) for decision in record.decisions)
        self.heard.update(one.instrument for one in record.decisions if code(one.reason) != NO_BAR)
        self.latest.update(((one.strategy, one.instrument), one) for one in record.decisions)
        for strategy, gates in record.gates.items():
            self.gates.setdefault(strategy, {name.upper(): comparison for name, comparison in gates})

    def add_all(self, records: Iterable[DecisionRecord]) -> "Tally":
        """Count many records."""
        for record in records:
            self.add(record)
        return self

    def count(self, action: Action) -> int:
        """Return how many decisions took an action."""
        return sum(count for (one, _), count in self.reasons.items() if one is action)

    def unwarm(self) -> list[Unwarm]:
        """Return what is still warming up at its last bar, by name."""
        return [
            Unwarm(name, strategy, int(decision.value), int(decision.limit))
            for (strategy, name), decision in sorted(self.latest.items())
            if decision.reason == WARMING_UP
        ]

    def barless(self) -> dict[InstrumentId, str]:
        """Return the instruments of which no bar ever entered, each with the last reason."""
        silent = {name: one.reason for (_, name), one in sorted(self.latest.items()) if name not in self.heard}
        return {name: reason.partition(":")[2].strip() or reason for name, reason in silent.items()}

    def words(self, reason: str) -> str:
        """Say in words what a reason code means."""
        if reason in _WORDS:
            return _WORDS[reason]
        for gates in self.gates.values():
            if reason in gates:
                return f"the gate {reason.lower()} (value {gates[reason]} threshold) did not pass"
        return ""


def code(reason: str) -> str:
    """Return the code of a reason, without its details."""
    return reason.partition(":")[0]
