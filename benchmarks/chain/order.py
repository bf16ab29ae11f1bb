"""Woken by a message: read four items, then write what an order writes, in two transactions of as many items."""

import os
import sys
from typing import Any

from botocore.session import get_session

dynamodb: Any = get_session().create_client("dynamodb")
OUT = os.environ["OUT"]


def handler(event: dict[str, Any], _: Any) -> None:
    """Do an order's reads and writes for every message."""
    for record in event["Records"]:
        name = record["body"]
        keys = [{"pk": {"S": f"{kind}-{name}"}} for kind in ("account", "control", "book", "order")]
        dynamodb.batch_get_item(RequestItems={OUT: {"Keys": keys, "ConsistentRead": True}})
        for step in ("submitted", "accepted"):
            puts = [
                {"Put": {"TableName": OUT, "Item": {"pk": {"S": f"{kind}{step}-{name}"}, "data": {"S": "x" * 600}}}}
                for kind in ("account-", "book-", "order-", "")
            ]
            dynamodb.transact_write_items(TransactItems=puts)
    sys.stderr.write("recorded\n")
