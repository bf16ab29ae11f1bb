"""What was used is added up once, divided fairly, and a strategy whose budget is spent takes no new risk."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pytest

from tests.builders import PAPER, configuration
from tests.fakes.ledger import FakeControls, FakeJournal, LedgerItems
from tests.fakes.world import FakePause
from tradewind.adapters.usage_log import line_of
from tradewind.application.meter_spending import LATE, MeterSpending, month_of
from tradewind.application.spending import Spending, SpendingStore, UsageLog, Use, so_far
from tradewind.application.switch import SwitchTrading
from tradewind.domain.errors import ConflictError
from tradewind.domain.ledger import TradingState

NOW = 1_795_000_000_000  # in November 2026
MINUTE = 60_000
EVALUATED = Use("evaluate_bars", NOW, 100, 512, 4, 10, 2, 1, shares={"dipper": 3, "swing": 1}, signals={"dipper": 2})
FETCHED = Use("fetch_bars", NOW, 200, 256, 3, 1, 1)


@dataclass
class FakeLog(UsageLog):
    logged: list[Use] = field(default_factory=list)

    def uses(self, start: int, end: int) -> Iterable[Use]:
        return [one for one in self.logged if start <= one.ts < end]


@dataclass
class FakeStore(SpendingStore):
    months: dict[str, Spending] = field(default_factory=dict)

    def load(self, month: str) -> Spending:
        found = self.months.get(month)
        return Spending.from_row(found.to_row(), found.version) if found else Spending()

    def keep(self, month: str, spending: Spending) -> None:
        if spending.version != self.load(month).version + 1:
            raise ConflictError(month)
        self.months[month] = spending


@dataclass
class Desk:
    budget: float = 0

    def __post_init__(self) -> None:
        made = configuration()
        rules = (replace(made.strategies[0], budget=self.budget), *made.strategies[1:])
        self.items, self.log, self.store = LedgerItems(), FakeLog(), FakeStore()
        self.controls = FakeControls(self.items)
        switch = SwitchTrading(self.controls, FakeJournal(self.items), FakePause())
        self.meter = MeterSpending(replace(made, strategies=rules), self.log, self.store, switch)
        self.name = rules[0].name

    def state(self) -> TradingState:
        return self.controls.get(PAPER).parts.get(f"budget:{self.name}", TradingState.NORMAL)


def test_what_is_shared_is_divided_by_decisions_and_nothing_is_lost() -> None:
    spending = Spending()
    spending.add([EVALUATED, FETCHED, Use("execute_orders", NOW, 50, 512, shares={"swing": 1})])

    parts = spending.strategies()
    assert sum(parts.values()) == pytest.approx(spending.dollars)
    alone = Use("execute_orders", NOW, 50, 512).dollars()
    assert parts["swing"] == pytest.approx(alone + (EVALUATED.dollars() + FETCHED.dollars()) / 4)
    assert spending.signals == {"dipper": 2}


def test_the_price_of_a_call_is_the_list_price_of_its_parts() -> None:
    one = Use("watch", NOW, ms=1000, memory=1024, reads=8, writes=4, fifo=2, standard=5, publishes=3)

    expected = 0.0000133334 + 0.20e-6 + 8 * 0.125e-6 + 4 * 0.625e-6 + 2 * 0.5e-6 + 5 * 0.4e-6 + 3 * 0.5e-6
    assert one.dollars() == pytest.approx(expected)


def test_each_line_is_counted_once_however_often_it_is_metered() -> None:
    desk = Desk()
    desk.log.logged = [replace(FETCHED, ts=NOW - i * MINUTE) for i in range(30)]

    for i in range(10):
        desk.meter(NOW + i * 5 * MINUTE)
    desk.meter(NOW + 45 * MINUTE)

    kept = desk.store.load(month_of(NOW))
    assert kept.functions["fetch_bars"].invocations == 30
    assert kept.since == NOW - LATE - 60 * MINUTE


def test_what_was_logged_a_moment_ago_waits_until_it_is_surely_found() -> None:
    desk = Desk()
    desk.log.logged = [replace(FETCHED, ts=NOW - LATE // 2)]

    assert desk.meter(NOW).functions == {}
    assert desk.meter(NOW + LATE).functions["fetch_bars"].invocations == 1


def test_a_spent_budget_pauses_its_strategy_alone_and_the_next_month_frees_it() -> None:
    desk = Desk(budget=1e-6)
    desk.log.logged = [replace(EVALUATED, ts=NOW - 10 * MINUTE, shares={desk.name: 1})]

    desk.meter(NOW)
    assert desk.state() is TradingState.REDUCING
    assert desk.controls.get(PAPER).state is TradingState.NORMAL
    desk.meter(NOW + 5 * MINUTE)
    assert len(desk.items.journals["system"]) == 1  # told once

    desk.meter(NOW + 40 * 86_400_000)
    assert desk.state() is TradingState.NORMAL
    assert "is not spent" in desk.items.journals["system"][-1].events[0].text


@pytest.mark.parametrize("state", [TradingState.REDUCING, TradingState.HALTED])
def test_what_a_person_stopped_stays_so_when_the_budget_frees_it(state: TradingState) -> None:
    desk = Desk(budget=1e-6)
    desk.log.logged = [replace(EVALUATED, ts=NOW - 10 * MINUTE, shares={desk.name: 1})]
    desk.meter(NOW)
    desk.meter.switch(PAPER, state, "it loses", "ann", NOW, f"strategy:{desk.name}")

    desk.meter(NOW + 40 * 86_400_000)

    assert desk.controls.get(PAPER).parts == {f"strategy:{desk.name}": state}


def test_without_a_budget_nothing_is_ever_paused() -> None:
    desk = Desk()
    desk.log.logged = [replace(EVALUATED, ts=NOW - 10 * MINUTE, ms=1e12, shares={desk.name: 1})]

    desk.meter(NOW)

    assert desk.state() is TradingState.NORMAL


def test_what_was_never_metered_costs_nothing_that_anybody_knows() -> None:
    desk = Desk()

    assert so_far(desk.store, month_of(NOW)) is None


@pytest.mark.parametrize("text", ["", "START RequestId: 1", '{"message": "used"}', '{"message": "sent", "ms": 1}', "{"])
def test_other_lines_of_a_log_are_no_uses(text: str) -> None:
    assert line_of(text) is None


def test_a_line_reads_as_what_was_used_and_what_it_says_besides_is_ignored() -> None:
    row = line_of('2026-11-21 {"level":"INFO","message":"used","ms":12.5,"memory":512,"reads":3.0,"later":1}')

    assert row is not None
    assert Use.of("watch", 5, row) == Use("watch", 5, 12.5, 512, reads=3.0)
