"""The driver over real queues and tables on moto, with functions that do what a test tells them to."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.aws import mocked_aws
from tests.builders import ACME, PAPER, day, entry, flat_bar
from tests.builders import book as book_of
from tests.builders import intent as intent_of
from tests.unit.cli.desk import OPTIONS, tables
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb.decisions import DynamoDecisions
from tradewind.adapters.dynamodb.progress import DynamoProgress
from tradewind.adapters.dynamodb.table import Table
from tradewind.application.ports import ShardProgress
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError
from tradewind.cli.run.clearing import clear
from tradewind.cli.run.effects import Effects
from tradewind.cli.run.inbox import drain
from tradewind.cli.run.lockstep import LISTENERS, Lockstep
from tradewind.domain.decision_record import DecisionRecord
from tradewind.domain.instrument import InstrumentId
from tradewind.domain.messages import BarMessage, IntentMessage, Message
from tradewind.domain.order import OrderStatus
from tradewind.domain.timeframe import Timeframe

SHARD = "daily"
BAR = BarMessage(PAPER, ACME, Timeframe.D1, 1, flat_bar(3, 100.0), -1, "", "t")
INTENT = IntentMessage(intent_of())


@dataclass
class Functions:
    """Lambda as the driver sees it; `fetch` is what a test lets `fetch_bars` do."""

    fetch: Callable[[int], dict[str, Any]]
    asked: list[dict[str, Any]] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)

    def invoke(self, **request: Any) -> dict[str, Any]:
        payload = json.loads(request["Payload"])
        if request.get("InvocationType") == "Event":
            assert payload == {"Records": []}
            self.woken.append(request["FunctionName"])
            return {}
        self.asked.append(payload)
        answer = self.fetch(payload["now"])
        body: dict[str, Any] = {"Payload": io.BytesIO(json.dumps(answer).encode())}
        return body | ({"FunctionError": "Unhandled"} if "errorType" in answer else {})


@pytest.fixture
def environment() -> Iterator[Deployed]:
    with mocked_aws():
        made = Deployed("local", {}, OPTIONS)
        made.outputs = tables(made)
        yield made


def report(ts: int, remaining: int = 0) -> dict[str, Any]:
    return {"watermark": ts, "remaining": remaining, "refusals": 1}


def driver(environment: Deployed, fetch: Callable[[int], dict[str, Any]]) -> tuple[Lockstep, Functions]:
    functions = Functions(fetch)
    environment._clients["lambda"] = functions
    return Lockstep(environment, [SHARD], patience=0.2), functions


def evaluated(environment: Deployed, ts: int, owed: tuple[Message, ...] = ()) -> None:
    """Leave what the evaluator leaves after a slice."""
    record = DecisionRecord(SHARD, ts, 1, False, "c", {}, {}, {}, (), owed, "d", "b")
    DynamoDecisions(environment.market, lambda: 0.0).put(record)
    environment.market.delete(f"SHARD#{SHARD}", "PROGRESS")
    DynamoProgress(environment.market, lambda: 0.0).save(
        ShardProgress(SHARD, watermark=ts, digest="d", owed=len(owed), version=1)
    )


def test_a_step_ends_once_the_shard_is_evaluated(environment: Deployed) -> None:
    def fetch(now: int) -> dict[str, Any]:
        evaluated(environment, now)
        return report(now)

    lockstep, functions = driver(environment, fetch)

    lockstep.step(day(1))
    lockstep.step(day(2))

    assert functions.asked == [{"shard": SHARD, "now": day(1)}, {"shard": SHARD, "now": day(2)}]
    assert lockstep.refused == 2


def test_the_functions_that_wait_for_work_are_woken_without_waiting_for_them(environment: Deployed) -> None:
    lockstep, functions = driver(environment, report)
    environment.outputs = {f"{name}Function": f"tradewind-local-{name}" for name in LISTENERS}

    lockstep.wake()

    assert functions.woken == [f"tradewind-local-{name}" for name in LISTENERS]
    assert functions.asked == []


def test_a_fetch_that_leaves_bars_is_called_again(environment: Deployed) -> None:
    left = [1, 1, 0]

    def fetch(now: int) -> dict[str, Any]:
        evaluated(environment, now)
        return report(now, left.pop(0))

    lockstep, functions = driver(environment, fetch)

    lockstep.step(day(1))

    assert len(functions.asked) == 3


def test_a_shard_that_is_never_evaluated_names_the_function_to_look_at(environment: Deployed) -> None:
    lockstep, _ = driver(environment, report)

    with pytest.raises(CommandError, match=r"shard daily was not evaluated up to .*look at the log of evaluate_bars"):
        lockstep.step(day(1))


def test_a_shard_without_a_bar_yet_has_nothing_to_wait_for(environment: Deployed) -> None:
    lockstep, functions = driver(environment, lambda _: report(0))

    lockstep.step(day(1))

    assert len(functions.asked) == 1


def test_an_empty_queue_ends_no_step_whose_messages_are_still_to_be_sent(environment: Deployed) -> None:
    def fetch(now: int) -> dict[str, Any]:
        evaluated(environment, now, (BAR,))
        environment.market.delete(f"SHARD#{SHARD}", "PROGRESS")
        return report(now)

    lockstep, _ = driver(environment, fetch)

    with pytest.raises(CommandError, match="were not worked off"):
        lockstep.step(day(3))


def test_a_function_that_fails_is_told_in_its_own_words(environment: Deployed) -> None:
    lockstep, _ = driver(environment, lambda _: {"errorType": "BadInputError", "errorMessage": "no such shard"})

    with pytest.raises(CommandError, match=r"fetch_bars failed on .*: BadInputError: no such shard"):
        lockstep.step(day(1))


def test_a_step_waits_for_the_effect_of_what_it_owed(environment: Deployed) -> None:
    def fetch(now: int) -> dict[str, Any]:
        evaluated(environment, now, (BAR,))
        environment.client("sqs").send_message(
            QueueUrl=environment.outputs["OrderQueueUrl"], MessageBody="{}", MessageGroupId="g",
            MessageDeduplicationId="d",
        )  # fmt: skip
        return report(now)

    lockstep, _ = driver(environment, fetch)
    with pytest.raises(CommandError, match="look at the log of execute_orders"):
        lockstep.step(day(3))

    environment.ledger.put(items.book_item(book_of(last_bar=BAR.ts), 1))

    lockstep.step(day(3))


def test_a_step_like_the_one_before_is_seen_to_its_end_in_one_look(environment: Deployed) -> None:
    looks: list[str] = []

    def fetch(now: int) -> dict[str, Any]:
        evaluated(environment, now, (replace(BAR, bar=flat_bar(3 if now == day(3) else 4, 100.0)),))
        environment.ledger.put(items.book_item(book_of(last_bar=now), 1))
        looks.clear()
        return report(now)

    lockstep, _ = driver(environment, fetch)
    environment.client("dynamodb").meta.events.register(
        "before-call.dynamodb.*", lambda model, **_: looks.append(model.name)
    )

    lockstep.step(day(3))
    assert looks == ["BatchGetItem", "BatchGetItem"]

    lockstep.step(day(4))
    assert looks == ["BatchGetItem"]


def test_a_step_after_more_messages_than_one_request_reads_is_seen_as_well(environment: Deployed) -> None:
    many = tuple(replace(BAR, instrument=InstrumentId(f"I{number}.TEST")) for number in range(120))
    evaluated(environment, day(3), many)
    evaluated(environment, day(4))
    seen = effects(environment)

    assert seen.decided(SHARD, day(3))
    assert seen.decided(SHARD, day(4))


def effects(environment: Deployed, *written: Any) -> Effects:
    for item in written:
        environment.ledger.put(item)
    return Effects(environment.market, environment.ledger)


def test_a_bar_has_had_its_effect_once_its_book_has_come_as_far(environment: Deployed) -> None:
    before = effects(environment, items.book_item(book_of(last_bar=day(2)), 1)).visible([BAR])
    after = effects(environment, items.book_item(book_of(last_bar=day(3)), 1)).visible([BAR])

    assert (before, after) == (False, True)


@pytest.mark.parametrize(
    ("status", "visible"),
    [
        (OrderStatus.SUBMITTED, False),
        (OrderStatus.ACCEPTED, True),
        (OrderStatus.DENIED, True),
        (OrderStatus.UNKNOWN, True),
    ],
)
def test_an_intent_has_had_its_effect_once_its_order_is_answered(
    environment: Deployed, status: OrderStatus, *, visible: bool
) -> None:
    assert not effects(environment).visible([INTENT])

    order = replace(entry(), id=INTENT.intent.id, status=status)

    assert effects(environment, items.order_item(order, 1)).visible([INTENT]) is visible


def test_all_of_several_messages_must_have_had_their_effect(environment: Deployed) -> None:
    seen = effects(environment, items.book_item(book_of(last_bar=day(3)), 1))

    assert seen.visible([BAR])
    assert not seen.visible([BAR, INTENT])


def test_only_a_local_environment_is_ever_emptied(environment: Deployed) -> None:
    environment.ledger.put(items.control_item(PAPER, items.control_of(None)))

    with pytest.raises(CommandError, match="is not local"):
        clear(environment)

    assert _count(environment.ledger) == 1


def test_clearing_empties_tables_and_queues_and_makes_functions_cold(environment: Deployed) -> None:
    class Local:
        restarted = 0

        def restart_functions(self) -> None:
            self.restarted += 1

    local: Any = Local()
    environment.local = local
    for number in range(60):
        environment.market.put({"pk": {"S": "SLICE#x"}, "sk": {"S": f"{number:04d}"}})
    environment.client("sqs").send_message(QueueUrl=environment.outputs["AlertsInboxUrl"], MessageBody="{}")

    assert clear(environment) == 60
    assert _count(environment.market) == 0
    assert drain(environment).alerts == ()
    assert local.restarted == 1


def test_the_inbox_counts_each_alert_once_and_its_copies_apart(environment: Deployed) -> None:
    alerts = [("paper-10-0", 5), ("paper-2-0", 5), ("paper-1-0", 1), ("paper-2-0", 5)]
    for alert_id, ts in alerts * 4:
        body = json.dumps({"alert_id": alert_id, "ts": ts})
        environment.client("sqs").send_message(QueueUrl=environment.outputs["AlertsInboxUrl"], MessageBody=body)

    delivered = drain(environment)

    assert [one["alert_id"] for one in delivered.alerts] == ["paper-1-0", "paper-2-0", "paper-10-0"]
    assert delivered.repeated == 13
    assert drain(environment).alerts == ()


def _count(table: Table) -> int:
    answer = table.client.scan(TableName=table.name, Select="COUNT")
    return answer["Count"]
