"""Who moves time: in lockstep step by step, else by the clock, everything overlapping."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import partial

from tests.simulation import market
from tests.simulation.changes import change_one
from tests.simulation.held_here import wait_here
from tests.simulation.plan import FREE, LATE, LOCKSTEP
from tests.simulation.stage import Stage
from tests.simulation.sums import insist
from tests.simulation.world import Violation
from tests.venues.exchange import Exchange
from tradewind.application.by_hand import Wanted, entry_intent
from tradewind.domain.commands import Command, CommandMessage
from tradewind.domain.configuration import Shard
from tradewind.domain.errors import TransientError
from tradewind.domain.ledger import TradingState
from tradewind.domain.messages import IntentMessage
from tradewind.domain.order import Leg, OrderStatus
from tradewind.domain.order_terms import OrderKind, Terms
from tradewind.domain.timeframe import MINUTE

_REDRIVES = 20
"""More than any mess can need, too."""

_WAITING = 0.5
"""How often in a minute somebody places an order at an exchange that waits for its price."""

_NEW = 5
"""Bars whose slices do not expire yet."""

_FORGOTTEN = 0.2
"""Of the slices that were released, how many expire at each visit of the compactor."""

_ROUNDS = 12
"""More visits of the watch than any mess can need."""


def lockstep(stage: Stage) -> None:
    """Release the shards of each step in their order, each at an empty queue."""
    scheduler, product = stage.world.scheduler, stage.product
    scheduler.spawn("watch", lambda: _watch_for_ever(stage))
    for step, now in enumerate(market.steps(stage.plan.bars), start=1):
        scheduler.now = max(scheduler.now, now)
        for shard in product.configuration.shards:
            stage.processes.insist(product.fetch(), shard, now)
            stage.second_copies()
            stage.poison()
            _settle(stage)
        _between(stage, step)
    _come_to_rest(stage)


def free(stage: Stage) -> None:
    """Let the clock run: each minute the fetchers are called, ready or not."""
    scheduler, plan = stage.world.scheduler, stage.plan
    scheduler.spawn("watch", lambda: _watch_for_ever(stage))
    scheduler.spawn("compactor", lambda: _compact_for_ever(stage))
    if plan.exchange:
        scheduler.spawn("reconciler", lambda: _reconcile_for_ever(stage))
    for step, now in enumerate(market.steps(plan.bars), start=1):
        if scheduler.now < now:
            scheduler.sleep(now - scheduler.now)
        for shard in stage.product.configuration.shards:
            for _ in range(1 + (stage.rng.random() < 0.15)):  # schedules call at least once
                scheduler.spawn(f"fetcher-{shard.name}", partial(_fetch, stage, shard))
        stage.second_copies()
        stage.poison()
        scheduler.spawn(f"script-{step}", partial(_script, stage, step))
    scheduler.sleep(MINUTE)
    _come_to_rest(stage)


DRIVERS: Mapping[str, Callable[[Stage], None]] = {LOCKSTEP: lockstep, FREE: free, LATE: free}


# ── the parts ────────────────────────────────────────────────────────────────────────────────────────────────────


def _settle(stage: Stage) -> None:
    """Wait until nobody has anything to do; what died too often is sent again by hand."""
    fifo = stage.world.fifo
    _until_idle(stage)
    while fifo.dead and stage.plan.redrive:
        stage.redriven += 1
        insist(stage.redriven < _REDRIVES, f"the executor cannot handle {fifo.dead[0].body}")
        fifo.redrive(stage.redriven)
        _until_idle(stage)


def _until_idle(stage: Stage) -> None:
    """Wait until nothing is under way; at an exchange, which is asked for ever, until the queue is empty."""
    scheduler, fifo = stage.world.scheduler, stage.world.fifo
    if not stage.plan.exchange:
        scheduler.wait(scheduler.idle)
        return
    quiet = 0
    while quiet < 2:
        scheduler.sleep(300 * stage.plan.pace)
        quiet = 0 if fifo.depth() else quiet + 1


def _between(stage: Stage, step: int) -> None:
    _switch(stage, step)
    for correction in stage.script.corrections.get(step, ()):
        slice_ = correction.apply(stage.world.slices)
        if slice_:
            stage.world.slices.put(slice_)
            _settle(stage)


def _switch(stage: Stage, step: int) -> None:
    if step in stage.plan.switches:
        switch, state = stage.product.switch(), TradingState(stage.plan.switches[step])
        stage.processes.insist(switch, market.ACCOUNT, state, "simulated", "script", 0)


def _script(stage: Stage, step: int) -> None:
    """Do what the script wants, some time within the minute."""
    stage.world.scheduler.sleep(stage.rng.randrange(MINUTE))
    for correction in stage.script.corrections.get(step, ()):
        slice_ = correction.apply(stage.world.slices)
        if slice_:
            stage.world.slices.put(slice_)
    for late in stage.script.latecomers.get(step, ()):
        if stage.rng.random() < 0.5:  # right into the evaluation of a later slice
            stage.world.scheduler.wait(stage.world.market_stream.shard_of(f"SLICE#{late.shard}").grown)
            stage.world.poker.poke(late.shard)
            for _ in range(stage.rng.randrange(20)):
                stage.world.scheduler.pause()
        stage.world.slices.put(late)
    if stage.rng.random() < stage.plan.by_hand:
        _cancel(stage, step)
    if stage.rng.random() < stage.plan.stops_lost:
        _lose_a_stop(stage)
    _trouble_the_exchange(stage)
    if stage.plan.switches.get(step, "NORMAL") != "NORMAL":
        stage.world.scheduler.wait(stage.world.fifo.arrived)  # while orders are under way, or never
    _switch(stage, step)


def _trouble_the_exchange(stage: Stage) -> None:
    exchange, rng, plan = stage.world.exchange, stage.rng, stage.plan
    if stage.world.chaos.is_calm:
        return  # a last step that took its time
    if exchange and rng.random() < plan.outages:
        exchange.down_until = stage.world.scheduler.now + rng.randrange(MINUTE // 4, 2 * MINUTE)
    if exchange and rng.random() < plan.elsewhere:
        exchange.by_hand(rng)
    if exchange and rng.random() < _WAITING:
        _wait_for_a_price(stage, exchange.exchange)
    if exchange and rng.random() < _WAITING:
        wait_here(stage, exchange.exchange)
    if exchange and rng.random() < _WAITING:
        change_one(stage, exchange.exchange)


def _wait_for_a_price(stage: Stage, exchange: Exchange) -> None:
    """Let a person place an entry below the market: it fills part by part, and its stop grows with it."""
    world, configuration = stage.world, stage.product.configuration
    name, now = stage.rng.choice(market.INSTRUMENTS), world.scheduler.now
    last = exchange.market.last(name.partition(".")[0])
    limit, stop = (configuration.instrument(name).price(int(last * part)) for part in (Decimal("99.9"), Decimal(97)))
    terms = Terms(OrderKind.LIMIT, limit=limit)
    wanted = Wanted(Decimal(5), last, "simulated", f"waiting-{now}", now, stop, terms=terms)
    with suppress(TransientError):  # then nobody has asked for anything
        book = world.items.book(market.ACCOUNT, name)
        world.queue.send([IntentMessage(entry_intent(configuration, book, wanted))])


def _lose_a_stop(stage: Stage) -> None:
    """Let a position's stop disappear, as no part of the product ever would."""
    items = stage.world.items
    found = [(key, book, one) for key, book in items.books.items() for one in book.orders if one.leg is Leg.STOP]
    if not found:
        return
    key, book, stop = stage.rng.choice(found)
    kept = tuple(one for one in book.orders if one.id != stop.id)
    items.books[key] = replace(book, orders=kept, version=book.version + 1)
    items.orders[stop.account, stop.id] = replace(stop, status=OrderStatus.CANCELED, reason="lost")
    stage.commits.edited(items.books[key])


def _cancel(stage: Stage, step: int) -> None:
    """Let somebody cancel an order that is at work, as soon as there is one."""
    world = stage.world
    world.scheduler.wait(world.fifo.arrived)
    orders = [one for one in world.items.orders.values() if one.status is OrderStatus.ACCEPTED and one.leg is Leg.ENTRY]
    if not orders:
        return
    order = stage.rng.choice(orders)
    ts, key = world.scheduler.now, f"step-{step}"
    message = CommandMessage(
        Command.CANCEL, order.account, order.instrument, ts, "simulated", "script", key, order_id=order.id
    )
    with suppress(TransientError):  # then nobody has asked for anything
        world.queue.send([message])


def _fetch(stage: Stage, shard: Shard) -> None:
    stage.world.scheduler.sleep(stage.rng.randrange(stage.plan.jitter))
    for _ in range(3):  # the service repeats a failed call twice
        if stage.processes.attempt(stage.product.fetch(), shard, stage.world.scheduler.now):
            return
        stage.world.scheduler.sleep(1000)


def _watch_for_ever(stage: Stage) -> None:
    while True:
        stage.world.scheduler.sleep(stage.rng.randrange(MINUTE // 2, 2 * MINUTE), background=True)
        stage.processes.attempt(stage.product.watch())
        if stage.plan.mode == FREE:
            stage.processes.attempt(stage.product.guard())


def _reconcile_for_ever(stage: Stage) -> None:
    while True:
        done = stage.processes.attempt(stage.product.reconcile())
        pause = stage.rng.randrange(2 * MINUTE, 5 * MINUTE)
        # What failed is called again sooner than its schedule does.
        stage.world.scheduler.sleep(pause if done is not None else MINUTE // 3, background=True)


def _compact_for_ever(stage: Stage) -> None:
    while True:
        stage.world.scheduler.sleep(stage.rng.randrange(MINUTE, 4 * MINUTE), background=True)
        for shard in stage.product.configuration.shards:
            stage.processes.attempt(stage.product.compact(), shard)
            _expire(stage, shard)


def _expire(stage: Stage, shard: Shard) -> None:
    """Delete some of what may go, in no order, as the table's time to live does: never what is still new.

    A compactor that died between releasing and moving its mark has days to run again, and so has an evaluator that a
    correction waits for.
    """
    slices, rng = stage.world.slices, stage.rng
    if slices.late(shard.name) or slices.unpacked(shard.name):
        return
    compacted = stage.world.series.compacted(shard.name)
    old = min(compacted, slices.latest(shard.name) - _NEW * shard.timeframe.ms)
    decided = stage.world.decisions.items.keys()  # what came so late that nobody has looked at it yet is new as well
    mine = [one for one in sorted(slices.released & decided) if one[0] == shard.name and one[1] <= old]
    gone = {one for one in mine if rng.random() < _FORGOTTEN}
    slices.released -= gone
    for one in gone:
        slices.items.pop(one, None)


def _come_to_rest(stage: Stage) -> None:
    """Let nothing more go wrong, and the watch look until there is nothing left to do."""
    world = stage.world
    world.chaos.calm()
    if world.exchange:
        world.exchange.down_until = 0
    until = market.steps(stage.plan.bars)[-1] if stage.plan.mode == LOCKSTEP else world.scheduler.now
    for shard in stage.product.configuration.shards:
        stage.product.fetch()(shard, until)
    for _ in range(_ROUNDS):
        _settle(stage)
        report, guarded = stage.product.watch()(), stage.product.guard()()
        _settle(stage)
        acted = report.poked or guarded.repaired or guarded.left
        alike = (
            all(one.is_alike for one in stage.product.reconcile()()) if stage.plan.exchange else not report.resolving
        )
        _settle(stage)
        if alike and not (acted or _forgotten(stage)):
            return
        world.scheduler.sleep(6 * MINUTE)  # longer than a deduplication id is remembered
    raise Violation(f"no rest after {_ROUNDS} visits: {report}, {guarded}")


def _forgotten(stage: Stage) -> bool:
    """Tell whether an order is still said to be on its way: the watch gives its executor time before it asks."""
    return any(order.status is OrderStatus.SUBMITTED for order in stage.world.items.orders.values())
