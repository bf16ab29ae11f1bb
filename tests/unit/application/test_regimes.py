"""The regime of an entry is read off the decision that sent it, and off nothing else."""

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from tests.builders import ACME, PAPER, STRATEGY, entry, order_id
from tradewind.application.ports_reading import Past, Records, WrittenOrder
from tradewind.application.regimes import RegimesOfEntries
from tradewind.domain.decision import Action, Decision
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.identifiers import IntentId
from tradewind.domain.order import Order
from tradewind.domain.signal import GateReading

GATES = {STRATEGY: (("oversold", "<="), ("brain", ">="), ("regime", "="))}


@dataclass
class Known:
    """A ledger with one order, and one bar's decisions."""

    order: Order
    regime: float

    def orders(self, account: str, ids: Any) -> Any:
        return {one: WrittenOrder(self.order, 1) for one in ids if (account, one) == (PAPER, self.order.id)}

    def first_decisions(self, bars: Any) -> list[DecisionRecord]:
        if list(bars) != [("daily", 86_400_000)]:
            return []
        gates = (GateReading(20, 30, True), GateReading(0.1, -0.2, True), GateReading(self.regime, self.regime, True))
        row = Decision(PAPER, STRATEGY, ACME, Action.ENTER, "ENTRY", 0.8, 0, 0, self.order.id, gates)
        other = replace(row, intent=None, gates=(*gates[:2], GateReading(4.0, 4.0, True)))
        return [DecisionRecord("daily", 86_400_000, 1, False, "", {}, GATES, {}, (other, row), (), "")]


@pytest.mark.parametrize(
    ("trace", "regime", "expected"),
    [
        ("daily@86400000.1", 3.0, {order_id(): "BEAR"}),
        ("daily@86400000.1", float("nan"), {}),
        ("manual@key-0001", 3.0, {}),
        ("other@86400000.1", 3.0, {}),
    ],
)
def test_an_entry_has_the_regime_of_its_own_decision(trace: str, regime: float, expected: dict[str, str]) -> None:
    known = Known(entry(trace=trace), regime)
    regimes = RegimesOfEntries(cast("Records", known), cast("Past", known))

    assert regimes.of(PAPER, [order_id(), IntentId("0" * 36)]) == expected
