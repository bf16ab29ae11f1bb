"""`ledger restore`: an account is put back to what a restored table has of it, and may not trade before or after."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.cli.conftest import Run
from tradewind.adapters.dynamodb import ledger_items as items
from tradewind.adapters.dynamodb import queries
from tradewind.adapters.dynamodb.table import Item, Table, key_of
from tradewind.cli.deployed import Deployed

PAPER = "paper"
COPY = "ledger-restored"


def all_of(table: Table) -> dict[tuple[str, str], Item]:
    pages = table.client.get_paginator("scan").paginate(TableName=table.name)
    return {key_of(item): item for page in pages for item in page["Items"]}


@pytest.fixture
def place(standing: Deployed) -> Iterator[Deployed]:
    """Give the replayed environment with a copy of its ledger as it was; put back later what a test has altered."""
    before, client = all_of(standing.ledger), standing.client("dynamodb")
    keys: Any = {
        "AttributeDefinitions": [{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "sk")],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    }
    client.create_table(TableName=COPY, BillingMode="PAY_PER_REQUEST", **keys)
    Table(client, COPY).write_many(list(before.values()))
    yield standing
    client.delete_table(TableName=COPY)
    after = all_of(standing.ledger)
    for where in after.keys() - before.keys():
        standing.ledger.delete(*where)
    standing.ledger.write_many([item for where, item in before.items() if after.get(where) != item])


def restored(command: Run, table: str = COPY) -> Any:
    return command("ledger", "restore", table, "--account", PAPER, "--by", "ana", "--yes", "--json")


def damaged(place: Deployed) -> dict[tuple[str, str], Item]:
    """Lose a fill, alter a book and book something later; return what was there before."""
    before = all_of(place.ledger)
    fill, *_ = queries.fills(place.ledger, PAPER)
    place.ledger.delete(*items.fill_key(PAPER, fill.trade_id))
    *_, last = queries.journal(place.ledger, PAPER)
    place.ledger.put(items.entry_item(type(last)(PAPER, last.seq + 1, last.ts, last.events, last.hash)))
    return before


def test_what_was_lost_comes_back_what_came_later_goes_and_the_account_stays_halted(
    command: Run, place: Deployed
) -> None:
    before = damaged(place)
    assert command("kill-switch", "on", "--halt", "--account", PAPER).exit_code == 0
    halted = place.ledger.get(*items.control_key(PAPER))

    done = restored(command)

    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert (told["written"], told["removed"]) == (1, 1)
    mine = {where: item for where, item in all_of(place.ledger).items() if where[0].partition("#")[2] == PAPER}
    assert mine.pop(items.control_key(PAPER)) == halted
    assert mine == {where: item for where, item in before.items() if where in mine}
    assert command("ledger", "verify").exit_code == 0
    (word,) = json.loads(command("ledger", "audit", "--by", "ana", "--json").output)
    assert word["what"] == "ACCOUNT_RESTORED"


def test_an_account_that_may_trade_is_not_restored(command: Run, place: Deployed) -> None:
    before = damaged(place)
    after = all_of(place.ledger)

    assert "paper is NORMAL: first `tradewind kill-switch on --halt" in str(restored(command).exception)
    assert all_of(place.ledger) == after != before


def test_a_table_without_the_account_is_refused(command: Run, place: Deployed) -> None:
    command("kill-switch", "on", "--halt", "--account", PAPER)
    Table(place.client("dynamodb"), COPY).delete(*items.account_key(PAPER))

    for table in (COPY, place.ledger.name):
        assert "no restored ledger table" in str(restored(command, table).exception)
