"""Woken by a written item: put one item, send one message."""

import os
import sys
from typing import Any

from botocore.session import get_session

session = get_session()
dynamodb: Any = session.create_client("dynamodb")
sqs: Any = session.create_client("sqs")


def handler(event: dict[str, Any], _: Any) -> None:
    """Pass every record on."""
    for record in event["Records"]:
        name = record["dynamodb"]["Keys"]["pk"]["S"]
        dynamodb.put_item(TableName=os.environ["OUT"], Item={"pk": {"S": f"decided-{name}"}, "data": {"S": "x" * 1000}})
        sqs.send_message(
            QueueUrl=os.environ["QUEUE"], MessageBody=name, MessageGroupId="bare", MessageDeduplicationId=name
        )
    sys.stderr.write("passed on\n")
