"""The product's use cases over the simulated ports: what a mutant changes, it changes here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tests.simulation import market
from tests.simulation.ahead import Early
from tests.simulation.plan import LATE, Plan
from tests.simulation.world import World
from tradewind.adapters.venues.paper import PaperVenue
from tradewind.application.apply_bars import PAPER, ApplyBars, History
from tradewind.application.bar_repository import TieredBars
from tradewind.application.compact_bars import CompactBars
from tradewind.application.dead_letters import LetterBlocks, SetAside, WatchLetters
from tradewind.application.desk import AtWork
from tradewind.application.evaluate_bars import EvaluateBars
from tradewind.application.execute_message import ExecuteMessage
from tradewind.application.execute_order import ExecuteOrder
from tradewind.application.fetch_bars import FetchBars
from tradewind.application.guard_stops import GuardStops
from tradewind.application.market_health import MarketHealth
from tradewind.application.packed_slices import PackedSlices
from tradewind.application.ports import AlertTopic, Decisions, ExecutionVenue, Journal, Ledger
from tradewind.application.ports_market import BarSource
from tradewind.application.publish_events import SYSTEM, PublishEvents
from tradewind.application.reconcile import Reconcile
from tradewind.application.state_keeper import StateKeeper
from tradewind.application.switch import SwitchTrading
from tradewind.application.watch import Watch
from tradewind.domain.configuration import Configuration


@dataclass
class Product:
    """Builds use cases as the composition root does, each call a new process without warm state."""

    plan: Plan
    world: World
    configuration: Configuration
    tape: BarSource
    at_work: Mapping[str, Sequence[AtWork]]
    code: Mapping[str, str]

    def fetch(self) -> FetchBars:
        world = self.world
        repair = 0 if self.plan.mode == "lockstep" else 3
        return FetchBars(
            world.port("BarSource", self.tape),
            world.port("SliceStore", world.slices),
            world.port("RefusalLog", world.refusals),
            repair_bars=repair,
        )

    def evaluate(self) -> EvaluateBars:
        world = self.world
        early = Early(world.port("Progress", world.progress), world.port("SliceLog", world.slices), self.ledger())
        slices, decisions = early.over(world.port("SliceLog", world.slices)), self.decisions()
        progress = early.over(world.port("Progress", world.progress))
        return EvaluateBars(
            self.configuration,
            self.at_work,
            self.code,
            slices,
            decisions,
            progress,
            world.port("OrderQueue", world.queue),
            early.over(self.ledger()),
            StateKeeper(slices, decisions, progress, self.archive(), every=self.plan.checkpoint_every),
            world.port("Notices", world.notices),
            early,
        )

    def execute(self) -> ExecuteMessage:
        world, ledger = self.world, self.ledger()
        apply_bars = self.apply_bars(ledger, self.history())
        execute_order = self.execute_order(ledger, apply_bars)
        return ExecuteMessage(apply_bars, execute_order, world.port("Pause", world.pause))

    def publish(self) -> PublishEvents:
        journals = (*(account.name for account in self.configuration.accounts), SYSTEM)
        return PublishEvents(self.journal(), self.topic(), journals)

    def watch(self) -> Watch:
        world = self.world
        return Watch(
            configuration=self.configuration,
            slices=world.port("SliceStore", world.slices),
            market=self.health(),
            progress=world.port("Progress", world.progress),
            poker=world.port("Poker", world.poker),
            ledger=self.ledger(),
            queue=world.port("OrderQueue", world.queue),
            depths=world.port("QueueDepths", world.depths),
            journal=self.journal(),
            board=world.port("HealthBoard", world.board),
            notices=world.port("Notices", world.notices),
            clock=world.port("Clock", world.clock),
            pause=world.port("Pause", world.pause),
            letters=WatchLetters(world.port("LettersInSight", world.letters), self.blocks("watch")),
        )

    def set_aside(self) -> Callable[[str, str], None]:
        queue = self.world.port("OrderQueue", self.world.queue)
        # In lockstep what follows must be what follows without any mishap: no letter is seen there.
        return queue.refuse if self.world.replay_clock else SetAside(queue, self.blocks("execute_orders"))

    def blocks(self, by: str) -> LetterBlocks:
        return LetterBlocks(self.configuration, self.switch(), self.world.port("Clock", self.world.clock), by)

    def guard(self) -> GuardStops:
        world = self.world
        return GuardStops(
            configuration=self.configuration,
            ledger=self.ledger(),
            queue=world.port("OrderQueue", world.queue),
            board=world.port("HealthBoard", world.stops),
            journal=self.journal(),
            clock=world.port("Clock", world.clock),
            pause=world.port("Pause", world.pause),
            venues=self.venues() if self.plan.exchange else {},
        )

    def reconcile(self) -> Reconcile:
        world = self.world
        return Reconcile(
            configuration=self.configuration,
            ledger=self.ledger(),
            queue=world.port("OrderQueue", world.queue),
            board=world.port("HealthBoard", world.differences),
            journal=self.journal(),
            switch=self.switch(),
            marks=world.port("Reconciliations", world.reconciled),
            clock=world.port("Clock", world.clock),
            pause=world.port("Pause", world.pause),
            venues=self.venues(),
        )

    def archive(self) -> PackedSlices:
        world = self.world
        return PackedSlices(self.configuration.shards, world.port("SeriesStore", world.series))

    def health(self) -> MarketHealth:
        world = self.world
        slices, series = world.port("SliceStore", world.slices), world.port("SeriesStore", world.series)
        return MarketHealth(self.configuration, slices, series, world.port("BreakerStore", world.breakers))

    def switch(self) -> SwitchTrading:
        world = self.world
        return SwitchTrading(world.port("Controls", world.controls), self.journal(), world.port("Pause", world.pause))

    def compact(self) -> CompactBars:
        world = self.world
        return CompactBars(world.port("SliceStore", world.slices), world.port("SeriesStore", world.series))

    # ── what mutants replace ─────────────────────────────────────────────────────────────────────────────────────

    def ledger(self) -> Ledger:
        return self.world.port("Ledger", self.world.ledger)

    def decisions(self) -> Decisions:
        return self.world.port("Decisions", self.world.decisions)

    def journal(self) -> Journal:
        return self.world.port("Journal", self.world.journal)

    def topic(self) -> AlertTopic:
        return self.world.port("AlertTopic", self.world.topic)

    def history(self) -> History:
        world = self.world
        slices, series = world.port("SliceStore", world.slices), world.port("SeriesStore", world.series)
        return TieredBars(self.configuration.shards, slices, series).history

    def apply_bars(self, ledger: Ledger, history: History) -> ApplyBars:
        return ApplyBars(self.configuration, ledger, history)

    def execute_order(self, ledger: Ledger, apply_bars: ApplyBars) -> ExecuteOrder:
        world = self.world
        return ExecuteOrder(self.configuration, ledger, self.venues(), apply_bars, world.port("Clock", world.clock))

    def venues(self) -> dict[str, ExecutionVenue]:
        world = self.world
        if self.plan.exchange:
            return {market.ACCOUNT: world.port("ExecutionVenue", cast("ExecutionVenue", world.exchange))}
        venue: ExecutionVenue = PaperVenue() if self.plan.venue == "paper" else world.venue
        return {PAPER: world.port("ExecutionVenue", venue)}


type Build = Callable[..., Product]


def product_of(plan: Plan, world: World, tape: BarSource, build: Build = Product) -> Product:
    """Build the product for a plan."""
    configuration = market.configuration(plan.limits, plan.clock, exchange=plan.exchange)
    at_work, code = market.at_work(
        configuration, market.strategy(plan.hold, volume=market.LOUD if plan.mode == LATE else 0.0)
    )
    arguments: dict[str, Any] = {"configuration": configuration, "tape": tape, "at_work": at_work, "code": code}
    return build(plan=plan, world=world, **arguments)
