"""Replays of recorded bars through deployed functions, and the same in this process, for comparison."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.fakes.pipeline import Result, run_in_process
from tests.parity.engines import ENOUGH
from tradewind.adapters.dynamodb import queries
from tradewind.cli.bars import pack_dataset
from tradewind.cli.configuration.building import write
from tradewind.cli.configuration.reading import read
from tradewind.cli.configuration.sizes import SizingTable
from tradewind.cli.deployed import Deployed
from tradewind.cli.run.clearing import clear
from tradewind.cli.run.lockstep import Lockstep
from tradewind.cli.run.plan import RunPlan, RunRequest, load, plan
from tradewind.domain.configuration import Configuration
from tradewind.domain.decision import Action
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.fill import Fill
from tradewind.domain.ledger import Account
from tradewind.domain.order import Leg, Order, OrderStatus

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "paper"


@dataclass(frozen=True)
class Outcome:
    """What a run decided and did, without what only the order of side-by-side groups decides (journal numbers)."""

    decisions: list[bytes]
    orders: list[Order]
    fills: list[Fill]
    ledger: tuple[object, ...]


def planned(request: RunRequest, beside: Mapping[str, SizingTable] = MappingProxyType({})) -> RunPlan:
    """Return the plan of a run with the local environment's configuration, and other strategies on its account."""
    file = read(ROOT / "config" / "local.toml")
    others = [
        file.strategies[0].model_copy(update={"name": name, "parameters": {}, "sizing": sizing})
        for name, sizing in beside.items()
    ]
    return plan(request, file.model_copy(update={"strategies": [*file.strategies, *others]}), load(request))


def written(plan_: RunPlan, path: Path) -> Configuration:
    """Write the run's configuration where the deploy reads it; return it as the functions will."""
    return write(plan_.configuration, path)


def prepare(deployed: Deployed, plan_: RunPlan) -> Lockstep:
    """Empty the environment, bring the bars, and warm the strategies up."""
    clear(deployed)
    for key, data in pack_dataset(plan_.series).items():
        deployed.client("s3").put_object(Bucket=deployed.output("DataBucket"), Key=key, Body=data)
    driver = Lockstep(deployed, plan_.shards)
    driver.step(plan_.warm_up[-1])
    return driver


def replay(deployed: Deployed, plan_: RunPlan, before_step: Callable[[int], None] = lambda _: None) -> Outcome:
    """Replay through the deployed functions; `before_step` is told each step's number."""
    driver = prepare(deployed, plan_)
    for number, now in enumerate(plan_.traded):
        before_step(number)
        driver.step(now)
    driver.announced([ACCOUNT])
    return deployed_outcome(deployed, plan_)


def deployed_outcome(deployed: Deployed, plan_: RunPlan) -> Outcome:
    """Return what the deployed tables hold."""
    records = [one for shard in plan_.shards for one in queries.decisions(deployed.market, shard)]
    account = queries.account(deployed.ledger, ACCOUNT)
    assert account is not None
    return _outcome(records, queries.orders(deployed.ledger, ACCOUNT), queries.fills(deployed.ledger, ACCOUNT), account)


def in_process(configuration: Configuration, plan_: RunPlan) -> tuple[Outcome, Result]:
    """Run the same use cases over the fakes."""
    result = in_process_result(configuration, plan_)
    return _outcome(result.decisions, result.orders, result.fills, result.accounts[ACCOUNT]), result


def in_process_result(configuration: Configuration, plan_: RunPlan) -> Result:
    """Run the plan's bars through the use cases in this process."""
    return run_in_process(configuration, plan_.series, end=plan_.traded[-1])


def _outcome(records: list[DecisionRecord], orders: list[Order], fills: list[Fill], account: Account) -> Outcome:
    stakes = {name: (stake.exposure, stake.reserved) for name, stake in account.stakes.items()}
    ledger = (account.opening, account.cash, account.realised, account.fees, account.seq, stakes)
    return Outcome(
        [one.to_bytes() for one in sorted(records, key=lambda one: (one.ts, one.shard, one.rev))],
        sorted(orders, key=lambda one: one.id),
        sorted(fills, key=lambda one: one.trade_id),
        ledger,
    )


def assert_counts(result: Result) -> None:
    """A sample counts only with twenty round trips of each strategy, each kind of exit, a denial and adapted sizes."""
    closing = [fill for fill in result.fills if fill.leg is not Leg.ENTRY]
    trips = Counter(fill.strategy for fill in closing)
    assert len(trips) >= 2, f"only {trips} closed positions"
    assert min(trips.values()) >= ENOUGH, f"only {trips} round trips"
    assert {fill.reason for fill in closing} >= {"STOP", "TARGET", "TRAILING", "SIGNAL", "TIME"}
    decisions = [one for record in result.decisions for one in record.decisions]
    assert sum("Kelly" in one.reason and one.action is Action.ENTER for one in decisions) >= ENOUGH
    denied = any(one.action is Action.DENY for one in decisions)
    assert denied or any(order.status is OrderStatus.DENIED for order in result.orders)
