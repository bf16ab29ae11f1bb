"""Woken by a message: write two items in one transaction."""

import os
import sys
from typing import Any

from botocore.session import get_session

dynamodb: Any = get_session().create_client("dynamodb")


def handler(event: dict[str, Any], _: Any) -> None:
    """Record every message."""
    for record in event["Records"]:
        items = [{"pk": {"S": f"{kind}-{record['body']}"}} for kind in ("filled", "booked")]
        puts = [{"Put": {"TableName": os.environ["OUT"], "Item": item}} for item in items]
        dynamodb.transact_write_items(TransactItems=puts)
    sys.stderr.write("recorded\n")
