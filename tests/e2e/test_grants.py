"""IAM is enforced: a grant that is taken away is missed, loudly, and nothing is lost once it is back."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.e2e.replays import ACCOUNT, deployed_outcome, in_process, prepare
from tradewind.cli.deployed import Deployed
from tradewind.cli.run.plan import RunPlan
from tradewind.domain.configuration import Configuration

pytestmark = pytest.mark.e2e


@contextmanager
def without_grant(deployed: Deployed, function: str, action: str) -> Iterator[None]:
    """Take one action out of a function's role, and put it back afterwards."""
    iam = deployed.client("iam")
    role = deployed.client("lambda").get_function_configuration(FunctionName=deployed.functions[function])["Role"]
    name = role.rpartition("/")[2]
    policies = {
        policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    for policy, document in policies.items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(_less(document, action)))
    try:
        yield
    finally:
        for policy, document in policies.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))


def _less(document: dict[str, Any], action: str) -> dict[str, Any]:
    kept = []
    for statement in document["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        rest = [one for one in actions if one != action]
        if rest:
            kept.append({**statement, "Action": rest})
    return {**document, "Statement": kept}


def _errors(deployed: Deployed, function: str) -> list[str]:
    """Return the error lines that an alarm's metric counts: what the function logged when it failed."""
    group = f"/aws/lambda/{deployed.functions[function]}"
    pages = deployed.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    return [event["message"] for page in pages for event in page["events"] if "AccessDenied" in event["message"]]


def test_a_missing_grant_is_an_error_that_alarms_and_nothing_is_lost_once_it_is_back(
    deployed: Deployed, run_plan: RunPlan, configuration: Configuration
) -> None:
    short = replace(run_plan, traded=run_plan.traded[:60])
    expected, _ = in_process(configuration, short)
    assert expected.fills, "the sample must trade"
    driver = prepare(deployed, short)
    broken_at = 5
    for now in short.traded[:broken_at]:
        driver.step(now)

    with without_grant(deployed, "evaluate_bars", "dynamodb:PutItem"):
        payload = json.dumps({"shard": short.shards[0], "now": short.traded[broken_at]})
        deployed.client("lambda").invoke(FunctionName=deployed.functions["fetch_bars"], Payload=payload)
        deadline = time.monotonic() + 20
        while not _errors(deployed, "evaluate_bars") and time.monotonic() < deadline:
            time.sleep(0.2)
        assert _errors(deployed, "evaluate_bars"), "the denial reached no log"

    for now in short.traded[broken_at:]:
        driver.step(now)
    driver.announced([ACCOUNT])

    assert deployed_outcome(deployed, short) == expected
