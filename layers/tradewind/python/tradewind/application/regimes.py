"""Which market it was when an entry was decided, read off its decision."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from tradewind.application.ports_reading import Past, Records
from tradewind.domain.decision import Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.identifiers import IntentId
from tradewind.indicators.regime import REGIMES


def regime_of(record: DecisionRecord, decision: Decision) -> str | None:
    """Return the name of the market's regime that a decision recorded, or None where it recorded none."""
    gates = record.gates.get(decision.strategy, ())
    place = next((place for place, (name, _) in enumerate(gates) if name == "regime"), None)
    if place is None or len(decision.gates) != len(gates):
        return None
    number = decision.gates[place].value
    return REGIMES[int(number)] if isfinite(number) and 0 <= number < len(REGIMES) else None


@dataclass(frozen=True, slots=True)
class RegimesOfEntries:
    """Looks entries' decisions up; those of a person, and those that left the hot tier, have none."""

    records: Records
    past: Past

    def of(self, account: str, entries: Sequence[str]) -> Mapping[str, str]:
        """Return the regime of each entry that has one, by its id."""
        steps: dict[tuple[str, int], set[str]] = defaultdict(set)
        for written in self.records.orders(account, map(IntentId, entries)).values():
            step = _step(written.order.trace)
            if step:
                steps[step].add(written.order.id)
        found: dict[str, str] = {}
        for record in self.past.first_decisions(steps):  # what was corrected later asked for nothing
            for one in record.decisions:
                regime = regime_of(record, one) if one.intent in steps[record.shard, record.ts] else None
                if regime and one.intent:
                    found[one.intent] = regime
        return found


def _step(trace: str) -> tuple[str, int] | None:
    """Return the shard and the bar of a trace that a bar began, as `daily@86400000.1`."""
    shard, _, rest = trace.rpartition("@")
    ts = rest.partition(".")[0]
    return (shard, int(ts)) if shard and shard != "manual" and ts.isdigit() else None
