"""The table's answers to throttles, canceled transactions and half-done batches."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.builders import ACME, COSTLY, PAPER, SHARE, account, day, entry, flat_bar
from tradewind.adapters.dynamodb.failures import CanceledError, ConditionError
from tradewind.adapters.dynamodb.ledger import DynamoLedger
from tradewind.adapters.dynamodb.table import Item, Table, key
from tradewind.domain.changeset import Changeset
from tradewind.domain.errors import ConflictError, InvariantError, PermanentError, TransientError
from tradewind.domain.ledger import Book
from tradewind.domain.order import OrderStatus
from tradewind.execution import transactions
from tradewind.execution.paper import apply_bar


@dataclass
class Canceling:
    """A client whose every transaction is canceled for these reasons."""

    reasons: Sequence[str]

    def transact_write_items(self, **_: Any) -> None:
        response: Any = {
            "Error": {"Code": "TransactionCanceledException", "Message": "canceled"},
            "CancellationReasons": [{"Code": code} for code in self.reasons],
        }
        raise ClientError(response, "TransactWriteItems")


def canceled(*reasons: str) -> BaseException:
    table = Table(Canceling(reasons), "market")  # type: ignore[arg-type]
    with pytest.raises((TransientError, PermanentError)) as caught:
        table.transact([])
    return caught.value


def test_conditions_that_did_not_hold_are_a_conflict_that_names_them() -> None:
    caught = canceled("None", "ConditionalCheckFailed", "None", "ConditionalCheckFailed")

    assert isinstance(caught, CanceledError)
    assert caught.failed == (1, 3)


def test_a_collision_is_a_conflict() -> None:
    assert type(canceled("None", "TransactionConflict")) is ConflictError


@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_throttled_transaction_is_transient_and_no_conflict(reason: str) -> None:
    assert type(canceled("TransactionConflict", reason)) is TransientError


def test_a_transaction_that_can_never_succeed_is_permanent_whatever_else_it_was() -> None:
    assert type(canceled("ThrottlingError", "ValidationError", "ConditionalCheckFailed")) is PermanentError


def ledger(*reasons: str) -> DynamoLedger:
    return DynamoLedger(Table(Canceling(reasons), "ledger"))  # type: ignore[arg-type]


def denied() -> Changeset:
    return transactions.end_unsent(account(), entry(status=OrderStatus.DENIED), day(1))


def test_a_commit_that_collides_is_a_conflict_and_breaks_no_promise() -> None:
    with pytest.raises(ConflictError):
        ledger("None", "None", "TransactionConflict").commit(denied())


def test_a_commit_whose_journal_number_is_taken_is_a_conflict() -> None:
    with pytest.raises(ConflictError):
        ledger("None", "None", "ConditionalCheckFailed").commit(denied())


def test_a_fill_that_is_there_already_breaks_a_promise_only_where_nothing_else_moved() -> None:
    submitted = entry(status=OrderStatus.SUBMITTED)
    first = transactions.submit(account(), Book(PAPER, ACME), submitted, day(1))
    (fill,) = apply_bar(Book(PAPER, ACME, 1, day(1), orders=(entry(),)), flat_bar(2, 100.0), SHARE, COSTLY).fills
    booked = Changeset(first.account, None, 0, (), (fill,), first.entry)

    with pytest.raises(InvariantError, match=fill.trade_id):
        ledger("None", "ConditionalCheckFailed", "None").commit(booked)
    with pytest.raises(ConflictError):
        ledger("ConditionalCheckFailed", "ConditionalCheckFailed", "None").commit(booked)


# ── batches that are half done ───────────────────────────────────────────────────────────────────────────────────


@dataclass
class Reluctant:
    """A client that takes a few keys or items of a batch at a time, and fails a number of writes for now."""

    at_once: int
    asked: list[int] = field(default_factory=list)
    written: list[Item] = field(default_factory=list)

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - the SDK's name
        ((name, request),) = RequestItems.items()
        self.asked.append(len(request["Keys"]))
        now, later = request["Keys"][: self.at_once], request["Keys"][self.at_once :]
        left = {name: {**request, "Keys": later}} if later else {}
        return {"Responses": {name: now}, "UnprocessedKeys": left}

    def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        ((name, requests),) = RequestItems.items()
        self.asked.append(len(requests))
        self.written += [one["PutRequest"]["Item"] for one in requests[: self.at_once]]
        left = requests[self.at_once :]
        return {"UnprocessedItems": {name: left} if left else {}}


def reluctant(at_once: int) -> tuple[Table, Reluctant]:
    client = Reluctant(at_once)
    return Table(client, "market"), client  # type: ignore[arg-type]


KEYS = [("pk", f"{i:02d}") for i in range(10)]


def test_keys_that_were_left_unprocessed_are_asked_for_again() -> None:
    table, client = reluctant(4)

    assert set(table.get_many(KEYS)) == set(KEYS)
    assert client.asked == [10, 6, 2]


def test_a_key_that_is_named_twice_is_asked_for_once() -> None:
    table, client = reluctant(10)

    table.get_many([*KEYS, *KEYS])

    assert client.asked == [10]


def test_keys_that_are_always_left_are_a_transient_error() -> None:
    with pytest.raises(TransientError, match="throttled"):
        reluctant(0)[0].get_many(KEYS)


def test_items_that_were_left_unwritten_are_written_again() -> None:
    table, client = reluctant(10)

    table.write_many([key("pk", f"{i:02d}") for i in range(30)])

    assert client.asked == [25, 15, 5, 5]
    assert len(client.written) == 30


def test_items_that_are_always_left_are_a_transient_error() -> None:
    with pytest.raises(TransientError, match="throttled"):
        reluctant(0)[0].write_many([key("pk", "sk")])


def test_a_condition_that_did_not_hold_shows_what_is_stored() -> None:
    error = ConditionError("moved", {"pk": {"S": "a"}})

    assert isinstance(error, ConflictError)
    assert error.item == {"pk": {"S": "a"}}
