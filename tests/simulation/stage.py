"""A run and its props, and the mishaps that no process causes: second copies and messages that make no sense."""

from dataclasses import dataclass
from random import Random

from tests.simulation.checks import CommitChecks, RestChecks
from tests.simulation.plan import Plan
from tests.simulation.processes import Processes
from tests.simulation.product import Product
from tests.simulation.script import Script
from tests.simulation.world import World

POISON = (
    "{",
    '{"schema":99}',
    '{"schema":1,"account":"paper","instrument":"AA-USD.SIM","kind":"resolve","order_id":"no"}',
)
"""Bodies that no executor can do anything with."""


@dataclass
class Stage:
    """One run."""

    plan: Plan
    script: Script
    world: World
    product: Product
    processes: Processes
    checks: RestChecks
    commits: CommitChecks
    rng: Random
    redriven: int = 0

    def second_copies(self) -> None:
        """Deliver something a second time: a message that was handled long ago, a slice, a stream record.

        A poke comes with it: on another stream shard than the slices it brings a second evaluator to the same work.
        """
        if self.rng.random() >= self.plan.copies:
            return
        fifo, slices = self.world.fifo, self.world.slices
        if fifo.sent:
            old = self.rng.choice(fifo.sent)
            fifo.push(old.group, old.deduplication, old.body)
        shard = self.rng.choice(self.world.market_stream.shards + self.world.ledger_stream.shards)
        if shard.keys:
            shard.keys.append(self.rng.choice(shard.keys))
            self.world.scheduler.set(shard.grown)
        name = self.rng.choice(self.product.configuration.shards).name
        known = slices.between(name, 0, 2**62)
        if known:
            slices.put(self.rng.choice(known))
        self.world.poker.poke(name)

    def poison(self) -> None:
        """Put something into the queue that nobody can read."""
        if self.rng.random() < self.plan.poison:
            self.world.queue.discarded = len(self.world.queue.refused)  # somebody has given the last ones up
            group = self.rng.choice(list(self.world.fifo.groups) or ["poison"])
            self.world.fifo.push(group, "", self.rng.choice(POISON))

    def at_rest(self) -> None:
        """Check everything that must hold when all has come to rest."""
        self.checks()
        if not self.redriven:  # what was sent again by hand came out of order: the next bar will catch up
            self.checks.bars()
