"""Removing what an earlier run left: a replay begins with empty tables, empty queues and cold functions."""

from collections.abc import Iterator
from itertools import batched
from typing import Any

from tradewind.adapters.dynamodb.table import Table
from tradewind.cli.deployed import Deployed
from tradewind.cli.errors import CommandError

_AT_ONCE = 25


def clear(deployed: Deployed) -> int:
    """Empty tables and queues of a local stack and restart its functions; return how many items there were.

    Raises
    ------
    CommandError
        If the environment is not local: nothing else may ever be emptied.
    """
    if deployed.local is None:
        raise CommandError(f"{deployed.environment} is not local: a replay would erase it")
    removed = sum(_empty(table) for table in (deployed.market, deployed.ledger))
    for name, url in deployed.outputs.items():
        if _is_queue(name):
            deployed.client("sqs").purge_queue(QueueUrl=url)
    deployed.local.restart_functions()
    return removed


def _is_queue(name: str) -> bool:
    return name in {"OrderQueueUrl", "OrderDlqUrl", "AlertsInboxUrl"} or name.endswith("FailuresUrl")


def _empty(table: Table) -> int:
    count = 0
    for keys in batched(_keys(table), _AT_ONCE, strict=False):
        requests: Any = {table.name: [{"DeleteRequest": {"Key": key}} for key in keys]}
        while requests:
            requests = table.client.batch_write_item(RequestItems=requests).get("UnprocessedItems")
        count += len(keys)
    return count


def _keys(table: Table) -> Iterator[Any]:
    pages = table.client.get_paginator("scan").paginate(
        TableName=table.name, ProjectionExpression="pk, sk", ConsistentRead=True
    )
    for page in pages:
        yield from page["Items"]
