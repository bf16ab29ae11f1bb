"""Latency: slice t+1 written → the fills of the orders decided at t recorded, over a bare chain of the same hops.

Both run on one emulator with IAM and TLS, in turn: a step of the pipeline, a step of the chain, each begun at rest. The
chain is a 4 kB item → a function with one put → FIFO → a function with one transaction → read back. At every step of
the pipeline one order is decided, an entry and then the exit of it, so at every next one a fill is recorded.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from benchmarks.chain.deploy import archive, bare_chain
from benchmarks.figures import OUTPUT, Figure
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.dynamodb.slices import DynamoSlices
from tradewind.cli.configuration.building import canonical, write
from tradewind.cli.deployed import Deployed, of_local
from tradewind.cli.local import Places, down, ends_when_interrupted, up
from tradewind.cli.paths import root
from tradewind.cli.pricing.scenario import ACCOUNT, STRATEGIES, STRATEGY, WARM, Scenario, closes
from tradewind.cli.pricing.strategies.clockwork import ENTER, LEAVE
from tradewind.cli.run.clearing import clear
from tradewind.cli.run.lockstep import Lockstep
from tradewind.domain.identifiers import intent_id
from tradewind.domain.order import Leg
from tradewind.domain.slice import Slice
from tradewind.domain.timeframe import Timeframe
from tradewind.strategies.registry import build

TARGETS = {5: 2.0, 90: 3.0}
STEPS = 120
PORT = 4588
_FIRST = WARM + 3
_UNCOUNTED = 10
_PATIENCE = 20.0


def measure() -> list[Figure]:
    """Deploy once, and measure each market in turn with the chain."""
    home = OUTPUT / "pipeline"
    with _stack(home) as deployed:
        chain = Chain(deployed, bare_chain(deployed))
        return [figure for count in TARGETS for figure in _figures(count, *_market(deployed, chain, count))]


@contextmanager
def _stack(home: Path) -> Iterator[Deployed]:
    places, file = Places(home / "stack"), home / "environment.json"
    write(_scenario(5).configuration(), file)
    down(places)
    try:
        with ends_when_interrupted(places):
            yield of_local(up("minimal", PORT, file, places=places))
    finally:
        down(places)


def _figures(count: int, pipeline: Sequence[float], chain: Sequence[float]) -> Iterator[Figure]:
    ours, bare = quantiles(pipeline, n=100), quantiles(chain, n=100)
    name = f"{count} instruments, slice to fill"
    yield Figure(f"{name} over the bare chain, p50", ours[49] / bare[49], "times", TARGETS[count])
    yield Figure(f"{name} over the bare chain, p99", ours[98] / bare[98], "times")
    for label, cuts in ((name, ours), (f"{count} instruments, bare chain", bare)):
        yield Figure(f"{label}, p50", 1000 * cuts[49], "ms")
        yield Figure(f"{label}, p99", 1000 * cuts[98], "ms")


def _scenario(count: int) -> Scenario:
    last = _FIRST + STEPS + 2
    orders = {(_trader(step, count), step): _told(step) for step in range(_FIRST, last)}
    return Scenario(count, last, orders)


def _trader(step: int, count: int) -> int:
    """Return which instrument is told to trade at a step: each enters and leaves, then it is the next one's turn."""
    return (step - _FIRST) // 2 % count


def _told(step: int) -> float:
    return LEAVE if (step - _FIRST) % 2 else ENTER


def _market(deployed: Deployed, chain: "Chain", count: int) -> tuple[list[float], list[float]]:
    scenario = _scenario(count)
    _equip(deployed, scenario)
    clear(deployed)
    course = Course(deployed, scenario)
    course.warm_up()
    ours, bare = [], []
    for step in range(_FIRST + 2, _FIRST + STEPS):
        ours.append(course.step(step))
        bare.append(chain.step(f"{count}-{step}"))
    return ours[_UNCOUNTED:], bare[_UNCOUNTED:]


def _equip(deployed: Deployed, scenario: Scenario) -> None:
    """Give every function the scenario's configuration, and the evaluator its strategy."""
    text = canonical(scenario.configuration()).encode()
    strategy = (STRATEGIES / f"{STRATEGY}.py").read_bytes()
    for name, function in deployed.functions.items():
        files = {
            "handler.py": (root() / "functions" / name / "handler.py").read_bytes(),
            "configuration/environment.json": text,
            f"user_strategies/{STRATEGY}.py": strategy,
        }
        deployed.client("lambda").update_function_code(FunctionName=function, ZipFile=archive(files))


@dataclass(frozen=True, slots=True)
class Chain:
    """The bare chain, deployed."""

    deployed: Deployed
    table: str

    def step(self, name: str) -> float:
        """Put an item and wait until the transaction at the other end is there; return the seconds."""
        dynamodb = self.deployed.client("dynamodb")
        wanted = {"pk": {"S": f"filled-{name}"}}

        def recorded() -> bool:
            return "Item" in dynamodb.get_item(TableName="bare-out", Key=wanted, ConsistentRead=True)

        begun = time.perf_counter()
        dynamodb.put_item(TableName=self.table, Item={"pk": {"S": name}, "data": {"B": bytes(4000)}})
        return _until(recorded, begun, f"the bare chain's step {name}")


@dataclass
class Course:
    """The pipeline on its way through a scenario."""

    deployed: Deployed
    scenario: Scenario

    def __post_init__(self) -> None:
        self._slices = DynamoSlices(self.deployed.market, time.time)
        self._progress = DynamoProgress(self.deployed.market, time.time)
        self._lockstep = Lockstep(self.deployed, self.scenario.shards)
        self._version = build(STRATEGY, {}, STRATEGIES).version

    def warm_up(self) -> None:
        """Bring everything up to the first trades."""
        for step in range(1, _FIRST + 2):
            self._write(step)
            self._rest(step)

    def step(self, step: int) -> float:
        """Write a slice and wait until the fill that it leads to is recorded; return the seconds."""
        ledger, wanted = self.deployed.ledger, (f"FILLS#{ACCOUNT}", self._trade(step))
        begun = time.perf_counter()
        self._write(step)
        taken = _until(
            lambda: ledger.get(*wanted) is not None, begun, f"step {step} of {self.scenario.count} instruments"
        )
        self._rest(step)
        return taken

    def _write(self, step: int) -> None:
        bars = {one.instrument.id: one.bars[step - 1] for one in self.scenario.series}
        previous = closes(step - 1) if step > 1 else 0
        self._slices.put(Slice(self.scenario.shards[0], Timeframe.M1, closes(step), bars, previous=previous))

    def _trade(self, step: int) -> str:
        """Return the trade of the order that was decided one step before."""
        name = self.scenario.instruments[_trader(step - 1, self.scenario.count)]
        leg = Leg.ENTRY if _told(step - 1) == ENTER else Leg.EXIT
        frame, ts = Timeframe.M1, closes(step - 1)
        return f"{intent_id(ACCOUNT, 'strategy', STRATEGY, self._version, frame, name, ts, leg, leg, 0)}-1"

    def _rest(self, step: int) -> None:
        """Wait until everything that a step led to has ended, so that nothing of it disturbs what follows."""
        shard, begun = self.scenario.shards[0], time.perf_counter()
        _until(lambda: self._progress.load(shard).watermark >= closes(step), begun, f"evaluation of step {step}")
        self._lockstep.announced([ACCOUNT])


def _until(done: Callable[[], bool], begun: float, what: str) -> float:
    """Look every other millisecond until it is done; return the seconds since it began.

    Raises
    ------
    TimeoutError
        If it takes too long.
    """
    while not done():
        if time.perf_counter() - begun > _PATIENCE:
            raise TimeoutError(f"{what} did not end within {_PATIENCE:.0f} s")
        time.sleep(0.002)
    return time.perf_counter() - begun
