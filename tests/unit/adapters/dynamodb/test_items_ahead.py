"""What was read ahead: given out as often as expected, and never after a write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tradewind.adapters.dynamodb.items_ahead import ItemsAhead
from tradewind.adapters.dynamodb.table import Item, Key, Table, key, key_of, number

ONE, TWO = ("P", "1"), ("P", "2")


@dataclass
class Client:
    """Two tables of items, and the requests that were made."""

    tables: Mapping[str, Sequence[Item]]
    asked: list[str] = field(default_factory=list)
    fails: bool = False
    leaves_out: bool = False

    def batch_get_item(self, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803 - the service's name
        self.asked.append("BatchGetItem")
        if self.fails:
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "?"}}, "BatchGetItem")
        wanted = {name: [(k["pk"]["S"], k["sk"]["S"]) for k in part["Keys"]] for name, part in RequestItems.items()}
        left = {"market": RequestItems["market"]} if self.leaves_out and len(self.asked) == 1 else {}
        return {
            "Responses": {name: [i for i in self.tables[name] if key_of(i) in keys] for name, keys in wanted.items()},
            "UnprocessedKeys": left,
        }

    def get_item(self, **_: Any) -> dict[str, Any]:
        self.asked.append("GetItem")
        return {}

    def put_item(self, **_: Any) -> None:
        self.asked.append("PutItem")

    def update_item(self, **_: Any) -> None:
        self.asked.append("UpdateItem")

    def transact_write_items(self, **_: Any) -> None:
        self.asked.append("TransactWriteItems")


def item(where: Key) -> Item:
    return {**key(*where), "n": number(7)}


def reading_ahead(
    wanted: Mapping[str, Sequence[Key]], *, fails: bool = False, leaves_out: bool = False
) -> tuple[Client, Table, Table]:
    client = Client({"market": [item(ONE)], "ledger": [item(TWO)]}, fails=fails, leaves_out=leaves_out)
    ahead = ItemsAhead(client)  # type: ignore[arg-type]
    ahead.read(wanted)
    return client, *(Table(client, name, ahead) for name in ("market", "ledger"))  # type: ignore[arg-type, return-value]


def test_items_of_two_tables_cost_one_request() -> None:
    client, market, ledger = reading_ahead({"market": [ONE, TWO], "ledger": [TWO]})

    assert (market.get(*ONE), market.get(*TWO), ledger.get_many([TWO])) == (item(ONE), None, {TWO: item(TWO)})
    assert client.asked == ["BatchGetItem"]


def test_an_item_is_given_out_only_as_often_as_was_expected() -> None:
    client, market, _ = reading_ahead({"market": [ONE, ONE]})

    market.get(*ONE), market.get(*ONE), market.get(*ONE)

    assert client.asked == ["BatchGetItem", "GetItem"]


def test_an_answer_is_never_half_read_ahead() -> None:
    client, market, _ = reading_ahead({"market": [ONE]})

    market.get_many([ONE, TWO])

    assert client.asked == ["BatchGetItem", "BatchGetItem"]


def test_what_was_written_is_read_again_and_the_rest_is_not() -> None:
    client, market, _ = reading_ahead({"market": [ONE, TWO]})

    market.put(item(ONE))
    market.get(*ONE)
    market.get(*TWO)

    assert client.asked == ["BatchGetItem", "PutItem", "GetItem"]


def test_a_transaction_may_have_written_anything() -> None:
    client, market, ledger = reading_ahead({"market": [ONE], "ledger": [TWO]})

    ledger.transact([])
    market.get(*ONE)

    assert client.asked == ["BatchGetItem", "TransactWriteItems", "GetItem"]


def test_a_service_that_fails_or_leaves_something_out_makes_nobody_worse_off() -> None:
    for trouble in ({"fails": True}, {"leaves_out": True}):
        client, market, _ = reading_ahead({"market": [ONE]}, **trouble)

        market.get(*ONE)

        assert client.asked == ["BatchGetItem", "GetItem"]
