"""The local stack that everything else stands on: done once, enforced, and reached only as itself."""

from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from tradewind.cli.deployed import Deployed
from tradewind.cli.local import LocalStack, up

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="session")
def stack(deployed: Deployed) -> LocalStack:
    assert deployed.local is not None
    return deployed.local


def test_a_second_up_with_the_same_inputs_does_nothing(stack: LocalStack, home: Path) -> None:
    told: list[str] = []

    again = up(stack.profile, stack.port, home / "environment.json", told.append, stack.places)

    assert again.outputs == stack.outputs
    assert "deploying the stacks" not in told
    assert "starting the emulator" not in told


def test_iam_is_enforced(stack: LocalStack) -> None:
    iam = stack.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    stranger = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    client = boto3.session.Session().client("dynamodb", **stack.client_options | stranger)

    with pytest.raises(ClientError, match="AccessDenied"):
        client.get_item(TableName=stack.outputs["MarketTable"], Key={"pk": {"S": "a"}, "sk": {"S": "b"}})


def test_restarted_functions_keep_their_variables(stack: LocalStack) -> None:
    client = stack.client("lambda")
    name = stack.functions["watch"]
    before = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    stack.restart_functions()

    after = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    assert set(before) <= set(after)
    assert len({key for key in after if after[key] != before.get(key)}) == 1
