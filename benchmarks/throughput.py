"""Orders a second through the deployed stack across fifty groups, over a bare chain of the same transactions.

Both run on one emulator in turn: the same messages in the same groups, each leading to the same read and the same two
transactions, in the chain to nothing else.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.chain.deploy import archive, bare_chain
from benchmarks.figures import OUTPUT, Figure
from benchmarks.order_path import wish
from tradewind.adapters.dynamodb.ledger import DynamoLedger
from tradewind.adapters.sqs import SqsOrderQueue
from tradewind.cli.configuration.building import canonical, write
from tradewind.cli.deployed import Deployed, of_local
from tradewind.cli.local import Places, down, ends_when_interrupted, up
from tradewind.cli.paths import root
from tradewind.cli.pricing.scenario import STRATEGIES, STRATEGY, Scenario, closes
from tradewind.cli.run.clearing import clear
from tradewind.domain.messages import IntentMessage
from tradewind.domain.order import OrderIntent

SHARE = 0.3
GROUPS, EACH = 50, 4
PORT = 4590
_PATIENCE = 120.0


def measure() -> Iterator[Figure]:
    """Deploy, and measure the one after the other."""
    home = OUTPUT / "execution"
    places, file = Places(home / "stack"), home / "environment.json"
    scenario = Scenario(GROUPS, 2)
    made = _many_accounts(scenario)
    write(made, file)
    down(places)
    try:
        with ends_when_interrupted(places):
            deployed = of_local(up("minimal", PORT, file, places=places))
            _equip(deployed, made)
            clear(deployed)
            bare = Bare(deployed)
            ours = _orders_a_second(deployed, scenario)
            alone = bare.messages_a_second()
    finally:
        down(places)
    yield Figure(f"orders a second across {GROUPS} groups over a bare chain", ours / alone, "times", SHARE, "higher")
    yield Figure(f"orders a second across {GROUPS} groups", ours, "/s")
    yield Figure("the bare chain of the same transactions", alone, "/s")


def _many_accounts(scenario: Scenario) -> dict[str, Any]:
    """Return a configuration with an account for each instrument: no group waits for another's transaction."""
    made = scenario.configuration()
    (account,), (strategy,) = made["accounts"], made["strategies"]
    accounts = [_account(i) for i in range(GROUPS)]
    limits = {**account["limits"], "open_positions": 100}
    made["accounts"] = [{**account, "name": name, "limits": limits} for name in accounts]
    made["strategies"] = [{**strategy, "account": name} for name in accounts]
    return made


def _account(number: int) -> str:
    return f"account-{number:02d}"


def _equip(deployed: Deployed, configuration: dict[str, Any]) -> None:
    function = deployed.functions["execute_orders"]
    files = {
        "handler.py": (root() / "functions" / "execute_orders" / "handler.py").read_bytes(),
        "configuration/environment.json": canonical(configuration).encode(),
        f"user_strategies/{STRATEGY}.py": (STRATEGIES / f"{STRATEGY}.py").read_bytes(),
    }
    deployed.client("lambda").update_function_code(FunctionName=function, ZipFile=archive(files))


def _orders_a_second(deployed: Deployed, scenario: Scenario) -> float:
    """Send every group its orders, and wait until the venue's answer to the last one is on record."""
    queue = SqsOrderQueue(deployed.client("sqs"), deployed.output("OrderQueueUrl"), "")
    ledger, groups = DynamoLedger(deployed.ledger), list(enumerate(scenario.instruments))
    warm = [IntentMessage(wish(name, 0, _account(i), closes(1))) for i, name in groups]
    queue.send(warm)
    _until(lambda: all(_known(ledger, one.intent) for one in warm))
    orders = [
        IntentMessage(replace(wish(name, number, _account(i), closes(1)), assumed_version=2 * number))
        for number in range(1, EACH + 1)
        for i, name in groups
    ]
    begun = time.perf_counter()
    queue.send(orders)
    last = orders[-GROUPS:]
    _until(lambda: all(_known(ledger, one.intent) for one in last))
    return len(orders) / (time.perf_counter() - begun)


def _known(ledger: DynamoLedger, intent: OrderIntent) -> bool:
    order = ledger.view(intent.account, intent.instrument, intent.id).order
    if order is not None and order.status == "DENIED":
        raise RuntimeError(f"an order of the benchmark was denied: {order.reason}")
    return order is not None and order.status == "ACCEPTED"


class Bare:
    """The chain: a FIFO queue and a function that does an order's two transactions and nothing else."""

    def __init__(self, deployed: Deployed) -> None:
        bare_chain(deployed)
        self._deployed = deployed
        self._queue = deployed.client("sqs").get_queue_url(QueueName="bare.fifo")["QueueUrl"]
        code = (root() / "benchmarks" / "chain" / "order.py").read_bytes()
        deployed.client("lambda").update_function_code(
            FunctionName="bare-second", ZipFile=archive({"handler.py": code})
        )

    def messages_a_second(self) -> float:
        """Send every group its messages, and wait until the last one's second transaction is there."""
        self._send(["warm"])
        _until(lambda: self._last("warm"))
        rounds = [str(number) for number in range(EACH)]
        begun = time.perf_counter()
        self._send(rounds)
        _until(lambda: self._last(rounds[-1]))
        return GROUPS * len(rounds) / (time.perf_counter() - begun)

    def _send(self, rounds: Sequence[str]) -> None:
        sqs = self._deployed.client("sqs")
        rows = [(f"{group}-{name}", f"group-{group}") for name in rounds for group in range(GROUPS)]
        for at in range(0, len(rows), 10):
            sqs.send_message_batch(
                QueueUrl=self._queue,
                Entries=[
                    {"Id": str(i), "MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": body}
                    for i, (body, group) in enumerate(rows[at : at + 10])
                ],
            )

    def _last(self, name: str) -> bool:
        dynamodb = self._deployed.client("dynamodb")
        keys = [{"pk": {"S": f"accepted-{group}-{name}"}} for group in range(GROUPS)]
        found = dynamodb.batch_get_item(RequestItems={"bare-out": {"Keys": keys, "ConsistentRead": True}})
        return len(found["Responses"]["bare-out"]) == GROUPS


def _until(done: Callable[[], bool]) -> None:
    begun = time.perf_counter()
    while not done():
        if time.perf_counter() - begun > _PATIENCE:
            raise TimeoutError(f"the orders were not done within {_PATIENCE:.0f} s")
        time.sleep(0.1)
