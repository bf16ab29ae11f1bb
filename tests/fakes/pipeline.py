"""The whole pipeline in one process, in lockstep and without mishap: what every other way of running is compared to.

Step t+1 begins when the queue is empty, and within a step the shards are released in the configuration's order.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.evaluator_stores import FakeDecisions, FakeOrderQueue, FakeProgress, FakeSlices
from tests.fakes.ledger import FakeControls, FakeJournal, FakeLedger, LedgerItems
from tests.fakes.market_stores import FakeRefusalLog, FakeSeriesStore
from tests.fakes.world import FakeClock, FakeNotices, FakePause, FakeTopic, FakeVenue
from tradewind.adapters.market.replay import MemoryObjects, ReplayProvider
from tradewind.application.apply_bars import PAPER, ApplyBars
from tradewind.application.bar_repository import TieredBars
from tradewind.application.desk import AtWork
from tradewind.application.evaluate_bars import EvaluateBars
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.fetch_bars import FetchBars
from tradewind.application.packed_slices import PackedSlices
from tradewind.application.ports_market import BarSource
from tradewind.application.publish_events import SYSTEM, PublishEvents
from tradewind.application.state_keeper import StateKeeper
from tradewind.application.switch import SwitchTrading
from tradewind.bootstrap import strategies_at_work
from tradewind.domain.configuration import Configuration
from tradewind.domain.dataset import dataset, dataset_key
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.events import Event, JournalEntry
from tradewind.domain.fill import Fill
from tradewind.domain.ledger import Account
from tradewind.domain.messages import from_json, to_json
from tradewind.domain.order import Order
from tradewind.domain.series import Series, steps

type AtWorkByAccount = Mapping[str, Sequence[AtWork]]


@dataclass(frozen=True)
class Result:
    """What a run led to.

    Attributes
    ----------
    decisions : list of DecisionRecord
        By time, shard and revision.
    orders, fills : list
        In the order of their identifiers: in lockstep the journal's order is free, and nothing else is.
    accounts : dict
        By name.
    journals : dict
        Entries of each account, in order.
    alerts : list of (alert id, Event, ts)
    """

    decisions: list[DecisionRecord]
    orders: list[Order]
    fills: list[Fill]
    accounts: dict[str, Account]
    journals: dict[str, list[JournalEntry]]
    alerts: list[tuple[str, Event, int]]


@dataclass
class Stores:
    """Everything that outlives a process."""

    slices: FakeSlices = field(default_factory=FakeSlices)
    refusals: FakeRefusalLog = field(default_factory=FakeRefusalLog)
    series: FakeSeriesStore = field(default_factory=FakeSeriesStore)
    decisions: FakeDecisions = field(default_factory=FakeDecisions)
    progress: FakeProgress = field(default_factory=FakeProgress)
    ledger: LedgerItems = field(default_factory=LedgerItems)
    topic: FakeTopic = field(default_factory=FakeTopic)
    venue: FakeVenue = field(default_factory=FakeVenue)

    def result(self) -> Result:
        """Return what has come of it so far."""
        items = self.ledger
        return Result(
            [record for _, record in sorted(self.decisions.items.items(), key=lambda one: (one[0][1], one[0]))],
            [items.orders[key] for key in sorted(items.orders)],
            [items.fills[key] for key in sorted(items.fills)],
            dict(items.accounts),
            dict(items.journals),
            list(self.topic.published),
        )


class Pipeline:
    """Every use case of the trading path over the same stores.

    Parameters
    ----------
    at_work, code
        Strategies and their code hashes where they do not come from the registry.
    """

    def __init__(
        self,
        configuration: Configuration,
        provider: BarSource,
        at_work: AtWorkByAccount | None = None,
        code: Mapping[str, str] | None = None,
    ) -> None:
        if at_work is None:
            at_work, code = strategies_at_work(configuration, None)
        self.configuration, self.stores, self.queue = configuration, Stores(), FakeOrderQueue()
        self._at_work, self._code = at_work, code or {}
        stores, clock, pause = self.stores, FakeClock(), FakePause()
        ledger = FakeLedger(stores.ledger)
        repository = TieredBars(configuration.shards, stores.slices, stores.series)
        apply_bars = ApplyBars(configuration, ledger, repository.history)
        execute_order = ExecuteOrder(configuration, ledger, {PAPER: stores.venue}, apply_bars, clock)
        journals = (*(account.name for account in configuration.accounts), SYSTEM)
        self.fetch = FetchBars(provider, stores.slices, stores.refusals)
        self.execute = ExecuteMessage(apply_bars, execute_order, pause)
        self.publish = PublishEvents(FakeJournal(stores.ledger), stores.topic, journals)
        self.switch = SwitchTrading(FakeControls(stores.ledger), FakeJournal(stores.ledger), pause)
        self.restart()

    def restart(self) -> None:
        """Begin with a cold evaluator."""
        stores = self.stores
        packed = PackedSlices(self.configuration.shards, stores.series)
        self.evaluate = EvaluateBars(
            self.configuration,
            self._at_work,
            self._code,
            stores.slices,
            stores.decisions,
            stores.progress,
            self.queue,
            FakeLedger(stores.ledger),
            StateKeeper(stores.slices, stores.decisions, stores.progress, packed),
            FakeNotices(),
        )

    def step(self, now: int) -> None:
        """Fetch, evaluate, execute and announce one timestep, shard by shard."""
        for shard in self.configuration.shards:
            before = self.stores.slices.latest(shard.name)
            self.fetch(shard, now)
            written = [(one.ts_close, one.rev) for one in self.stores.slices.after(shard.name, before, 1)]
            if written:
                self.settle(shard.name, written)

    def settle(self, shard: str, wakes: Sequence[tuple[int, int]]) -> None:
        """Evaluate what woke a shard and empty the queue."""
        self.evaluate(shard, wakes)
        waiting, self.queue.sent = deque(self.queue.sent), []
        while waiting:
            self.execute(from_json(to_json(waiting.popleft())))
        self.publish([SYSTEM])


def run_in_process(
    configuration: Configuration,
    series: Sequence[Series],
    *,
    start: int | None = None,
    end: int | None = None,
    cold_every: int = 0,
    on_step: Callable[[int], None] | None = None,
    folder: Path | None = None,
) -> Result:
    """Replay recorded bars through the use cases, in lockstep.

    Parameters
    ----------
    configuration : Configuration
        Its shards name the series' instruments; strategies come from the registry.
    series : sequence of Series
        One for each instrument.
    start, end : int, optional
        UTC ms; only steps with `ts_close` in (start, end].
    cold_every : int
        Restart the evaluator cold after so many steps; 0 for never.
    on_step : callable, optional
        Told each step's `ts_close` when it is done.
    folder : Path, optional
        Where strategies lie that are not built in.
    """
    objects = {dataset_key(one.instrument.id, one.timeframe): dataset(one).to_bytes() for one in series}
    at_work, code = strategies_at_work(configuration, folder)
    pipeline = Pipeline(configuration, ReplayProvider(MemoryObjects(objects)), at_work, code)
    for number, now in enumerate(steps(series, start, end), start=1):
        pipeline.step(now)
        if cold_every and number % cold_every == 0:
            pipeline.restart()
        if on_step:
            on_step(now)
    return pipeline.stores.result()
