"""One seed: build the world, let it run, let it come to rest, and look."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random

from tests.fakes.pipeline import Pipeline
from tests.simulation import market
from tests.simulation.chaos import Chaos
from tests.simulation.checks import CommitChecks, RestChecks
from tests.simulation.drivers import DRIVERS
from tests.simulation.exchange import MANNERS, exchange_of
from tests.simulation.parity import Outcome, insist_on_fewer, insist_on_parity, outcome_of
from tests.simulation.plan import FREE, LOCKSTEP, Plan, plan_of
from tests.simulation.processes import Processes
from tests.simulation.product import Build, Product, product_of
from tests.simulation.scheduler import Scheduler
from tests.simulation.script import Script, script_of
from tests.simulation.stage import POISON, Stage
from tests.simulation.world import Violation, World
from tradewind.domain.ledger import TradingState

PATIENCE = 2_000
"""Choices of the scheduler for each bar; a usual run makes a hundred."""

TIMEOUT = 1_500
"""Milliseconds of an invocation for each millisecond of pace."""


def simulate(plan: Plan, build: Build = Product, *, trace: list[str] | None = None) -> Stage:
    """Run one seed.

    Raises
    ------
    Violation
        If a promise is broken.
    """
    stage = stage_of(plan, build, trace)
    stage.processes.start(plan.executors)
    scheduler = stage.world.scheduler
    scheduler.run(scheduler.spawn("driver", lambda: DRIVERS[plan.mode](stage)))
    stage.at_rest()
    _compare(stage)
    return stage


def stage_of(plan: Plan, build: Build = Product, trace: list[str] | None = None) -> Stage:
    """Set everything up for a run."""
    rng = Random(f"run {plan.mode} {plan.seed}")  # noqa: S311 - as in `plan`
    chaos = Chaos(rng, **asdict(plan.luck))
    scheduler = Scheduler(rng, market.START, plan.pace, plan.stickiness, PATIENCE * plan.bars)
    timeout = TIMEOUT * plan.pace
    world = World(
        scheduler=scheduler,
        chaos=chaos,
        stream_shards=plan.stream_shards,
        visibility=2 * timeout,
        receives=plan.receives,
        replay_clock=plan.clock == "replay",
        venue_loss=plan.venue_loss,
        bars_lost=plan.bars_lost,
        trace=trace,
    )
    script = script_of(plan)
    if plan.exchange:
        rows = dict(script.tape.rows)
        manners = MANNERS[plan.manners]
        world.exchange = exchange_of(rows, market.CASH, scheduler, chaos, plan.venue_loss, plan.skew, manners)
    product = product_of(plan, world, script.tape, build)
    at_work = product.at_work[market.ACCOUNT][0]
    commits = CommitChecks(world, product.configuration)
    world.ledger.watchers.append(commits)
    checks = RestChecks(
        world, product.configuration, at_work.strategy, at_work.key, frozenset(POISON), plan.venue == "memory"
    )
    return Stage(plan, script, world, product, Processes(world, product, rng, timeout), checks, commits, rng)


def reference_of(plan: Plan, script: Script, product: Product) -> Outcome:
    """Return what the same bars lead to without any mishap, in lockstep."""
    pipeline = Pipeline(product.configuration, script.timely, product.at_work, product.code)
    for step, now in enumerate(market.steps(plan.bars), start=1):
        pipeline.step(now)
        if plan.mode == LOCKSTEP:
            _between(plan, script, step, pipeline)
    return outcome_of(pipeline.stores)


def _between(plan: Plan, script: Script, step: int, pipeline: Pipeline) -> None:
    if step in plan.switches:
        pipeline.switch(market.ACCOUNT, TradingState(plan.switches[step]), "simulated", "script", 0)
    for correction in script.corrections.get(step, ()):
        slice_ = correction.apply(pipeline.stores.slices)
        if slice_:
            pipeline.stores.slices.put(slice_)
            pipeline.settle(correction.shard, [(slice_.ts_close, slice_.rev)])


def _compare(stage: Stage) -> None:
    plan = stage.plan
    if plan.mode == FREE:
        return
    reference = reference_of(plan, stage.script, stage.product)
    here = outcome_of(stage.world)
    if plan.mode == LOCKSTEP:
        insist_on_parity(here, reference)
    else:
        insist_on_fewer(here, reference, slices_were_late=bool(stage.script.latecomers))


@dataclass(frozen=True)
class Verdict:
    """What came of one seed.

    Attributes
    ----------
    failure : str
        Empty where every promise held.
    befallen : Counter
        How often each (port method, what) happened.
    figures : Counter
        How much there was to go wrong.
    """

    seed: int
    mode: str
    failure: str
    befallen: Counter[tuple[str, str]]
    figures: Counter[str]


def judge(seed: int, mode: str = "", build: Build = Product) -> Verdict:
    """Run one seed, and return what came of it, whatever it was."""
    plan, stage = plan_of(seed, mode), None
    failure = ""
    try:
        stage = simulate(plan, build)
    except (Violation, Exception) as error:  # noqa: BLE001 - any way of failing is a finding
        failure = f"{type(error).__name__}: {error}"
    befallen = stage.world.chaos.befallen if stage else Counter()
    return Verdict(seed, plan.mode, failure, befallen, _figures(stage) if stage else Counter())


def judge_all(seeds: Sequence[int], mode: str, build: Build) -> list[Verdict]:
    """Judge several seeds, as a process of its own is handed them."""
    return [judge(seed, mode, build) for seed in seeds]


def _figures(stage: Stage) -> Counter[str]:
    items, record = stage.world.items, Counter[str]()
    record["port calls"] = stage.world.crossings
    record["decisions"] = sum(len(one.decisions) for one in stage.world.decisions.items.values())
    record["orders"], record["fills"] = len(items.orders), len(items.fills)
    record["alerts"] = len(stage.world.topic.published)
    record["dead letters sent again"] = stage.redriven
    record.update(f"fills of {fill.leg}" for fill in items.fills.values())
    record.update(f"orders {order.status}" for order in items.orders.values())
    actions = (one.action for each in stage.world.decisions.items.values() for one in each.decisions)
    record.update(f"decisions {action}" for action in actions)
    return record
