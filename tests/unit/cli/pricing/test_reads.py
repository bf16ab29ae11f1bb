"""What reads cost: as AWS counts them, from the calls that were really made."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.aws import mocked_aws
from tests.unit.cli.desk import OPTIONS, tables
from tradewind.adapters.dynamodb.table import Item, Table
from tradewind.adapters.metering import Accountant, Recorder
from tradewind.cli.deployed import Deployed

BIG: Item = {"pk": {"S": "SLICE#x"}, "sk": {"S": "1"}, "v": {"B": b"x" * 9000}}


@pytest.fixture
def table() -> Iterator[Table]:
    with mocked_aws():
        made = Deployed("local", {}, OPTIONS)
        made.outputs = tables(made)
        made.market.put(BIG)
        yield made.market


def read(table: Table) -> tuple[float, float, float]:
    """Return the units of one item read by itself, in a batch, and by a query."""
    recorder = Recorder()
    recorder.listen(table.client)
    reads: list[Any] = [
        lambda: table.get("SLICE#x", "1"),
        lambda: table.get_many([("SLICE#x", "1")]),
        lambda: list(table.query("SLICE#x")),
    ]
    units = []
    for one in reads:
        one()
        units.append(sum(Accountant().usage(recorder.taken()).reads.values()))
    return units[0], units[1], units[2]


def test_who_need_not_see_the_latest_write_reads_at_half_the_price(table: Table) -> None:
    assert read(table) == (3, 3, 3)
    assert read(replace(table, consistent=False)) == (1.5, 1.5, 1.5)
