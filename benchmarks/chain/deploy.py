"""Deploying functions beside the stack, and the stack's own with other files beside their handlers."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tradewind.cli.deployed import Deployed

HERE = Path(__file__).parent
ROLE = "bare-chain"
_TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
_RIGHTS = {"Effect": "Allow", "Action": ["dynamodb:*", "sqs:*", "logs:*"], "Resource": "*"}


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files by their names in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archived:
        for name, content in files.items():
            archived.writestr(name, content)
    return buffer.getvalue()


def bare_chain(deployed: Deployed) -> str:
    """Deploy the chain onto the stack's emulator with the layers of the product; return the table that begins it."""
    source, out, queue = _table(deployed, "bare-in", stream=True), _table(deployed, "bare-out"), _queue(deployed)
    variables = {"OUT": "bare-out", "QUEUE": queue}
    lambda_, role = deployed.client("lambda"), _role(deployed)
    for name, wakes in (("first", source), ("second", _arn(deployed, queue))):
        _create(deployed, name, role, variables)
        starting = {"StartingPosition": "TRIM_HORIZON"} if name == "first" else {}
        lambda_.create_event_source_mapping(FunctionName=f"bare-{name}", EventSourceArn=wakes, BatchSize=10, **starting)
    assert out is not None
    return "bare-in"


def _create(deployed: Deployed, name: str, role: str, variables: Mapping[str, str]) -> None:
    lambda_ = deployed.client("lambda")
    like = lambda_.get_function_configuration(FunctionName=deployed.functions["evaluate_bars"])
    lambda_.create_function(
        FunctionName=f"bare-{name}",
        Runtime=like["Runtime"],
        Role=role,
        Handler="handler.handler",
        Code={"ZipFile": archive({"handler.py": (HERE / f"{name}.py").read_bytes()})},
        Layers=[layer["Arn"] for layer in like["Layers"]],
        MemorySize=like["MemorySize"],
        Timeout=30,
        Environment={"Variables": dict(variables)},
    )


def _table(deployed: Deployed, name: str, *, stream: bool = False) -> str:
    view: Any = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}} if stream else {}
    made = deployed.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **view,
    )["TableDescription"]
    return str(made.get("LatestStreamArn", ""))


def _queue(deployed: Deployed) -> str:
    url: str = deployed.client("sqs").create_queue(QueueName="bare.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    return url


def _arn(deployed: Deployed, url: str) -> str:
    answer = deployed.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def _role(deployed: Deployed) -> str:
    iam = deployed.client("iam")
    made = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({"Statement": [_TRUST]}))
    iam.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=json.dumps({"Statement": [_RIGHTS]}))
    return str(made["Role"]["Arn"])
