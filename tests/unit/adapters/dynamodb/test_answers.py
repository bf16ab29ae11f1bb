"""Answers of the table are read as botocore reads them, every kind of value, and whatever else it answers."""

import json
from base64 import b64encode
from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.session import get_session

from tradewind.adapters.dynamodb.answers import AnswerParsers

EVERY_KIND: dict[str, Any] = {
    "S": "text",
    "N": "1.5",
    "B": b64encode(b"\0bytes").decode(),
    "SS": ["a"],
    "NS": ["1"],
    "BS": [b64encode(b"more").decode()],
    "M": {"inner": {"B": b64encode(b"deep").decode()}, "list": {"L": [{"N": "2"}]}},
    "L": [{"S": "x"}, {"M": {"y": {"BOOL": False}}}],
    "NULL": True,
    "BOOL": True,
}
ITEM = {kind.lower(): {kind: value} for kind, value in EVERY_KIND.items()}


@pytest.mark.parametrize(
    ("operation", "status", "body"),
    [
        ("GetItem", 200, {"Item": ITEM}),
        ("GetItem", 200, {}),
        ("Query", 200, {"Items": [ITEM, {}], "Count": 2, "LastEvaluatedKey": {"pk": {"S": "a"}}}),
        ("BatchGetItem", 200, {"Responses": {"one": [ITEM], "two": []}, "UnprocessedKeys": {}}),
        ("BatchGetItem", 200, {"Responses": {}, "UnprocessedKeys": {"one": {"Keys": [{"pk": {"B": "AAE="}}]}}}),
        ("DescribeTable", 200, {"Table": {"TableName": "one", "CreationDateTime": 1.5, "ItemCount": 3}}),
        ("PutItem", 400, {"__type": "x#ConditionalCheckFailedException", "message": "no", "Item": ITEM}),
        (
            "TransactWriteItems",
            400,
            {"__type": "TransactionCanceledException", "CancellationReasons": [{"Item": ITEM}]},
        ),
    ],
)
def test_an_answer_is_what_botocore_reads_in_it(operation: str, status: int, body: dict[str, Any]) -> None:
    shape: Any = get_session().get_service_model("dynamodb").operation_model(operation).output_shape
    answer = {"body": json.dumps(body).encode(), "headers": {"x-amzn-requestid": "1"}, "status_code": status}

    found = AnswerParsers().create_parser("json").parse(answer, shape)

    assert found == create_parser("json").parse(answer, shape)


def test_parsers_of_other_protocols_are_botocores_own() -> None:
    assert type(AnswerParsers().create_parser("query")) is type(create_parser("query"))
