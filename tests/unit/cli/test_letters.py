"""`dlq` over a real queue and table: nothing is removed before its effect shows, and nothing is forgotten."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.aws import mocked_aws
from tests.builders import ACME, PAPER, account, book, configuration, day, entry, flat_bar, intent
from tests.unit.cli.conftest import Run
from tests.unit.cli.desk import OPTIONS, tables
from tradewind.adapters.clock import JitterPause, SystemClock
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.controls import DynamoControls
from tradewind.adapters.dynamodb.journal import DynamoJournal
from tradewind.adapters.sqs import SqsOrderQueue
from tradewind.adapters.sqs_letters import SqsDeadLetters
from tradewind.application.dead_letters import LetterBlocks, SetAside
from tradewind.application.publish_events import SYSTEM
from tradewind.application.switch import SwitchTrading
from tradewind.cli.deployed import Deployed
from tradewind.domain.messages import BarMessage, IntentMessage, ResolveMessage, from_json, to_json
from tradewind.domain.order import OrderStatus
from tradewind.domain.timeframe import Timeframe

BUY = intent()
BODY = to_json(IntentMessage(BUY))


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    with mocked_aws():
        made = Deployed("local", {}, OPTIONS)
        made.outputs = tables(made)
        monkeypatch.setattr("tradewind.cli.deployed.connect", lambda _: made)
        monkeypatch.setattr(Deployed, "configuration", configuration())
        monkeypatch.setattr(SqsDeadLetters, "_page", _impatient(SqsDeadLetters._page))
        yield made


def _impatient(page: Callable[[SqsDeadLetters], Any]) -> Callable[[SqsDeadLetters], Any]:
    return lambda self: page(replace(self, patience=0))


def refuse(place: Deployed, body: str, reason: str) -> None:
    SqsOrderQueue(place.client("sqs"), "", place.outputs["OrderDlqUrl"]).refuse(body, reason)


def received(place: Deployed) -> list[dict[str, Any]]:
    answer = place.client("sqs").receive_message(
        QueueUrl=place.outputs["OrderQueueUrl"], AttributeNames=["All"], MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return list(answer.get("Messages", []))


def ordered(place: Deployed, status: OrderStatus) -> None:
    place.ledger.put(items.order_item(entry(id=BUY.id, status=status), 1))


def listed(command: Run) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(command("dlq", "list", "--json").output)
    return rows


def told(place: Deployed) -> list[tuple[str, str]]:
    return [(event.kind, event.text) for one in queries.journal(place.ledger, SYSTEM) for event in one.events]


def test_each_dead_letter_is_listed_with_its_reason_and_may_be_listed_again(command: Run, place: Deployed) -> None:
    refuse(place, BODY, "schema 7 is unknown")
    refuse(place, "{not json", "it cannot be read")

    for _ in range(2):
        rows = {row["kind"]: row for row in listed(command)}
        assert rows["intent"]["reason"] == "schema 7 is unknown"
        assert (rows["intent"]["instrument"], rows["intent"]["done"]) == (ACME, "no")
        assert rows["unreadable"]["reason"] == "it cannot be read"
    assert "schema 7 is unknown" in command("dlq", "list").output


def test_a_letter_is_shown_whole(command: Run, place: Deployed) -> None:
    refuse(place, BODY, "why")
    (row,) = listed(command)

    shown = json.loads(command("dlq", "show", row["id"][:8], "--json").output)

    assert shown["body"] == json.loads(BODY)
    assert str(BUY.id) in command("dlq", "show", row["id"]).output


def test_redriving_sends_it_under_an_id_of_its_own_and_keeps_it_until_its_effect_shows(
    command: Run, place: Deployed
) -> None:
    refuse(place, BODY, "why")
    ordered(place, OrderStatus.SUBMITTED)

    first = command("dlq", "redrive", "--all", "--wait", 0)
    second = command("dlq", "redrive", "--all", "--wait", 0)

    assert (first.exit_code, second.exit_code) == (1, 1), first.output
    sent = received(place)
    assert [one["Attributes"]["MessageDeduplicationId"] for one in sent] == [
        f"{BUY.id}#redrive-1",
        f"{BUY.id}#redrive-2",
    ]
    assert {one["Attributes"]["MessageGroupId"] for one in sent} == {f"{PAPER}#{ACME}"}
    assert [from_json(str(one["Body"])) for one in sent] == [IntentMessage(BUY)] * 2
    assert len(listed(command)) == 1
    assert [kind for kind, _ in told(place)] == ["DEAD_LETTER_REDRIVEN"] * 2


def test_a_letter_whose_effect_shows_is_removed_without_being_sent(command: Run, place: Deployed) -> None:
    refuse(place, BODY, "why")
    ordered(place, OrderStatus.EXPIRED)

    done = command("dlq", "redrive", "--all")

    assert done.exit_code == 0, done.output
    assert "showed its effect already" in done.output
    assert (received(place), listed(command)) == ([], [])


def test_what_cannot_be_read_can_only_be_discarded(command: Run, place: Deployed) -> None:
    refuse(place, "{not json", "it cannot be read")

    (row,) = listed(command)
    assert "can only be discarded" in str(command("dlq", "redrive", row["id"]).exception)
    assert received(place) == []
    assert len(listed(command)) == 1


def test_what_cannot_be_read_holds_up_no_other(command: Run, place: Deployed) -> None:
    refuse(place, "{not json", "it cannot be read")
    refuse(place, BODY, "why")
    ordered(place, OrderStatus.EXPIRED)

    done = command("dlq", "redrive", "--all")

    assert done.exit_code == 0, done.output
    assert "can only be discarded" in done.output + done.stderr
    assert [row["kind"] for row in listed(command)] == ["unreadable"]


def test_discarding_asks_first_and_is_in_the_journal_with_all_that_was_said(command: Run, place: Deployed) -> None:
    refuse(place, BODY, "why")

    asked = command("dlq", "discard", "--all", "--reason", "old")
    assert asked.exit_code == 1
    assert (len(listed(command)), told(place)) == (1, [])

    done = command("dlq", "discard", "--all", "--reason", "of a version that is gone", "--yes", "--by", "ana")
    assert done.exit_code == 0, done.output
    assert "takes no new risk" in done.output + done.stderr
    assert listed(command) == []
    ((kind, text),) = told(place)
    assert kind == "DEAD_LETTER_DISCARDED"
    assert "discarded by ana: of a version that is gone" in text
    (kept,) = queries.journal(place.ledger, SYSTEM)
    assert (kept.events[0].data or {})["body"] == BODY


@pytest.mark.parametrize("arguments", [(), ("--all", "abc")])
def test_which_letters_are_meant_must_be_said(command: Run, place: Deployed, arguments: tuple[str, ...]) -> None:
    assert "say which" in str(command("dlq", "redrive", *arguments).exception)


def test_a_letter_that_is_not_there_is_named(command: Run, place: Deployed) -> None:
    assert "no dead letter nobody" in str(command("dlq", "show", "nobody").exception)


def test_a_bar_has_had_its_effect_once_its_book_has_come_as_far_or_rests(command: Run, place: Deployed) -> None:
    message = BarMessage(PAPER, ACME, Timeframe.D1, 1, flat_bar(2, 100), -1, "", "daily@2.1")
    refuse(place, to_json(message), "why")
    place.ledger.put(items.account_item(account(seq=1)))
    assert [row["done"] for row in listed(command)] == ["yes"]

    place.ledger.put(items.book_item(book(entry()), 1))
    assert [row["done"] for row in listed(command)] == ["no"]

    place.ledger.put(items.book_item(book(entry(), last_bar=day(2)), 1))
    assert [row["done"] for row in listed(command)] == ["yes"]


@pytest.mark.parametrize(("status", "done"), [(OrderStatus.UNKNOWN, "no"), (OrderStatus.FILLED, "yes")])
def test_a_question_has_had_its_effect_once_it_is_answered(
    command: Run, place: Deployed, status: OrderStatus, done: str
) -> None:
    refuse(place, to_json(ResolveMessage(PAPER, ACME, BUY.id, day(2), "")), "why")
    ordered(place, status)

    assert [row["done"] for row in listed(command)] == [done]


# ── what letters block ───────────────────────────────────────────────────────────────────────────────────────────


def blocks(place: Deployed) -> dict[str, str]:
    return dict(DynamoControls(place.ledger).get(PAPER).parts)


def set_aside(place: Deployed, body: str) -> None:
    """Refuse a message as the executor does."""
    switch = SwitchTrading(DynamoControls(place.ledger), DynamoJournal(place.ledger), JitterPause())
    queue = SqsOrderQueue(place.client("sqs"), "", place.outputs["OrderDlqUrl"])
    SetAside(queue, LetterBlocks(place.configuration, switch, SystemClock(), "execute_orders"))(body, "why")


def test_discarding_the_last_letter_lets_new_risk_return(command: Run, place: Deployed) -> None:
    bar = to_json(BarMessage(PAPER, ACME, Timeframe.D1, 1, flat_bar(2, 100), -1, "", "daily@2.1"))
    set_aside(place, BODY)
    set_aside(place, bar)
    assert blocks(place) == {f"dead-letter:{ACME}": "REDUCING"}
    assert "could not be executed" in command("kill-switch", "status").output

    first, second = (row["id"] for row in listed(command))
    command("dlq", "discard", first, "--reason", "old", "--yes")
    assert blocks(place) == {f"dead-letter:{ACME}": "REDUCING"}

    command("dlq", "discard", second, "--reason", "old", "--yes")
    assert (blocks(place), listed(command)) == ({}, [])


def test_an_entry_that_is_sent_again_opens_its_block_and_without_effect_closes_it(
    command: Run, place: Deployed
) -> None:
    set_aside(place, BODY)

    assert command("dlq", "redrive", "--all", "--wait", 0).exit_code == 1
    assert blocks(place) == {f"dead-letter:{ACME}": "REDUCING"}
    states = [text.split(",")[0] for kind, text in told(place) if kind == "TRADING_STATE_CHANGED"]
    assert [state.split()[-1] for state in states] == ["REDUCING", "NORMAL", "REDUCING"]

    ordered(place, OrderStatus.ACCEPTED)
    assert command("dlq", "redrive", "--all").exit_code == 0
    assert blocks(place) == {}
