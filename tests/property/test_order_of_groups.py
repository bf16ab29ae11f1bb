"""Within a step, no answer depends on which instrument's messages the executor happens to run first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests import puppet
from tests.builders import COSTLY, PAPER, STRATEGY, configuration, share
from tests.fakes.evaluator_stores import FakeDecisions, FakeOrderQueue, FakeProgress, FakeSlices
from tests.fakes.ledger import FakeLedger
from tests.fakes.market_stores import FakeSeriesStore
from tests.fakes.world import FakeClock, FakeNotices, FakePause, FakeVenue
from tradewind.application.apply_bars import ApplyBars
from tradewind.application.desk import AtWork
from tradewind.application.evaluate_bars import EvaluateBars
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.packed_slices import PackedSlices
from tradewind.application.state_keeper import StateKeeper
from tradewind.domain.bar import Bar
from tradewind.domain.configuration import Gates, Limits, Shard, StrategyRules
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.ledger import Account
from tradewind.domain.messages import Message, group_id
from tradewind.domain.order import Order, OrderStatus
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import Timeframe

NAMES = tuple(InstrumentId(f"{letter}.TEST") for letter in "ABCD")
HOUR = Timeframe.H1.ms
FIRST = 20
"""The first hour: the days end in the middle of what follows."""

AT_WORK = AtWork("paper/puppet", StrategyRules(STRATEGY, PAPER, Timeframe.H1, {}, Gates(0.6, 0)), puppet.puppet())

type Interleave = Callable[[dict[str, list[Message]]], list[Message]]

moves = st.tuples(st.integers(-12, 12), st.integers(-12, 12), st.integers(0, 4), st.integers(0, 4))
wishes = st.sampled_from([0, 700, 800, 900, 900, puppet.LEAVE])
steps = st.lists(st.lists(st.tuples(moves, wishes), min_size=4, max_size=4), min_size=6, max_size=12)
limits = st.builds(
    Limits,
    open_positions=st.integers(1, 4),
    exposure=st.sampled_from([Decimal("0.4"), Decimal("0.7"), Decimal("1.0")]),
    instrument_exposure=st.sampled_from([Decimal("0.2"), Decimal("0.35"), Decimal("1.0")]),
    daily_loss=st.sampled_from([Decimal("0.001"), Decimal("0.005"), Decimal("0.05")]),
    risk_per_trade=st.sampled_from([Decimal("0.01"), Decimal("0.05")]),
    collar_bps=st.sampled_from([50, 500]),
    strategy_exposure=st.sampled_from([Decimal(0), Decimal("0.3")]),
    drawdown=st.sampled_from([Decimal(0), Decimal("0.002"), Decimal("0.02")]),
    orders_per_minute=st.sampled_from([1, 60]),
)  # fmt: skip


def walk(plan: Sequence[Sequence[tuple[tuple[int, int, int, int], float]]]) -> list[Slice]:
    """Turn moves in per cent into slices: a gap to the open, a move to the close, and what lies beyond both."""
    closes = dict.fromkeys(NAMES, 100.0)
    slices = []
    for number, row in enumerate(plan, start=FIRST):
        bars = {}
        for name, ((gap, move, above, below), wish) in zip(NAMES, row, strict=True):
            first = closes[name] * (1 + gap / 200)
            last = first * (1 + move / 100)
            high, low = max(first, last) * (1 + above / 100), min(first, last) * (1 - below / 100)
            bars[name] = Bar(number * HOUR, (number + 1) * HOUR, first, high, low, last, wish)
            closes[name] = last
        slices.append(Slice("hourly", Timeframe.H1, (number + 1) * HOUR, bars))
    return slices


@dataclass
class Run:
    """A run over the fakes, in lockstep, with a way to interleave the groups of a step."""

    limits: Limits
    interleave: Interleave
    ledger: FakeLedger = field(default_factory=FakeLedger)
    decided: list[str] = field(default_factory=list)

    def __call__(self, slices: Sequence[Slice]) -> "Run":
        made = configuration([share(name) for name in NAMES], replace(COSTLY, limits=self.limits))
        made = replace(made, shards=(Shard("hourly", Timeframe.H1, "replay", NAMES),))
        log, decisions, progress, queue = FakeSlices(), FakeDecisions(), FakeProgress(), FakeOrderQueue()
        evaluate = EvaluateBars(
            made, {PAPER: [AT_WORK]}, puppet.code([AT_WORK]), log, decisions, progress, queue, self.ledger,
            StateKeeper(log, decisions, progress, PackedSlices(made.shards, FakeSeriesStore())), FakeNotices(),
        )  # fmt: skip
        apply_bars = ApplyBars(made, self.ledger, lambda *_: ())
        execute_order = ExecuteOrder(made, self.ledger, {"PAPER": FakeVenue()}, apply_bars, FakeClock())
        execute = ExecuteMessage(apply_bars, execute_order, FakePause())
        for slice_ in slices:
            log.put(slice_)
            done = evaluate("hourly", [(slice_.ts_close, 1)])
            self.decided.append(repr([record.decisions for record in done.records]))
            sent, queue.sent = queue.sent, []
            for message in self.interleave(groups_of(sent)):
                execute(message)
        return self

    def orders(self) -> Mapping[Any, Order]:
        return self.ledger.items.orders

    def comparable(self) -> dict[str, object]:
        """Return the ledger without what counts transactions: numbers, versions and hashes."""
        items = self.ledger.items
        return {
            "decisions": self.decided,
            "orders": dict(sorted(items.orders.items())),
            "fills": dict(sorted(items.fills.items())),
            "books": {key: replace(one, version=0) for key, one in sorted(items.books.items())},
            "accounts": {name: without_counts(one) for name, one in items.accounts.items()},
        }


def groups_of(messages: Sequence[Message]) -> dict[str, list[Message]]:
    groups: dict[str, list[Message]] = {}
    for message in messages:
        groups.setdefault(group_id(message), []).append(message)
    return groups


def without_counts(one: Account) -> Account:
    stakes = {name: replace(stake, seq=0) for name, stake in sorted(one.stakes.items())}
    return replace(one, seq=0, journal_hash="", stakes=stakes)


def in_order(groups: dict[str, list[Message]]) -> list[Message]:
    return [message for name in sorted(groups) for message in groups[name]]


def at_random(random: Random) -> Interleave:
    """Return a way to take messages from the groups' heads at random: each group stays in its own order."""

    def interleave(groups: dict[str, list[Message]]) -> list[Message]:
        waiting = {name: list(messages) for name, messages in groups.items()}
        taken = []
        while waiting:
            name = random.choice(sorted(waiting))
            taken.append(waiting[name].pop(0))
            if not waiting[name]:
                del waiting[name]
        return taken

    return interleave


@given(steps, limits, st.randoms(use_true_random=False))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_order_of_the_groups_ends_in_the_same_ledger(plan: Any, bounds: Limits, random: Random) -> None:
    slices = walk(plan)
    one, other = Run(bounds, in_order)(slices), Run(bounds, at_random(random))(slices)

    assert one.comparable() == other.comparable()
    event(f"fills: {min(len(one.ledger.items.fills), 8)}")


@given(steps, limits, st.randoms(use_true_random=False))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_the_desk_granted_the_executor_never_denies(plan: Any, bounds: Limits, random: Random) -> None:
    run = Run(bounds, at_random(random))(walk(plan))

    refused = [order for order in run.orders().values() if order.status in {OrderStatus.DENIED, OrderStatus.EXPIRED}]
    assert refused == []
    assert not any(book.halted for book in run.ledger.items.books.values())


@given(steps, limits, st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_limit_is_ever_exceeded(plan: Any, bounds: Limits, random: Random) -> None:
    checked: list[int] = []

    class Checking(FakeLedger):
        def commit(self, changeset: Any) -> None:
            super().commit(changeset)
            after = changeset.account
            assert len(after.stakes) <= bounds.open_positions
            assert after.free_cash >= 0
            if changeset.adds_risk:
                assert after.exposure <= bounds.exposure * after.book_equity
                checked.append(after.seq)

    run = Run(bounds, at_random(random), Checking())(walk(plan))
    event(f"entries: {min(len(checked), 5)}")
    assert len(run.decided) == len(plan)
