"""The state machine that fetches the past, and the stream tier behind its switch."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.layers import ROOT
from infra.settings import Profile
from tests.infra.conftest import SAMPLE, Application


def definition(application: Application) -> dict[str, Any]:
    (machine,) = application.properties("StepFunctions::StateMachine")
    parts = machine["DefinitionString"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "arn:aws:lambda:us-east-1:1:function:x" for part in parts)
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_backfill_is_planned_fetched_side_by_side_and_verified(prod: Application) -> None:
    states = definition(prod)["States"]
    every = states["Every series"]

    assert definition(prod)["StartAt"] == "Plan"
    assert [states["Plan"]["Next"], every["Next"], states["Verify"]["Next"]] == [
        "Every series", "Verify", "Is it whole?"
    ]  # fmt: skip
    assert every["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert 0 < every["MaxConcurrency"] < 10
    inner = every["ItemProcessor"]["States"]
    assert inner["Is anything left?"]["Choices"][0]["Next"] == "Fetch"
    steps = [states["Plan"], states["Verify"], inner["Fetch"]]
    assert all(step["Retry"][0]["ErrorEquals"] == ["States.ALL"] for step in steps)
    assert states["Is it whole?"]["Default"] == "Not whole"


def test_a_machine_may_start_its_own_map_and_the_one_function_and_nothing_else(prod: Application) -> None:
    (machine,) = prod.properties("StepFunctions::StateMachine")
    role = machine["RoleArn"]["Fn::GetAtt"][0]
    statements = [
        statement
        for policy in prod.properties("IAM::Policy")
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    actions = {
        one for row in statements for one in ([row["Action"]] if isinstance(row["Action"], str) else row["Action"])
    }

    assert {one for one in actions if not one.startswith("logs:")} <= {
        "lambda:InvokeFunction", "states:StartExecution", "states:DescribeExecution", "states:StopExecution",
        "states:RedriveExecution",
    }  # fmt: skip


def test_it_stands_where_more_than_the_least_is_deployed(application: Application) -> None:
    machines = application.properties("StepFunctions::StateMachine")

    assert len(machines) == (0 if application.profile is Profile.MINIMAL else 1)


# ── the stream tier ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def streaming(tmp_path_factory: pytest.TempPathFactory, empty_layers: None) -> Application:
    from aws_cdk import App

    from infra.app import build

    folder = tmp_path_factory.mktemp("stream")
    configuration = folder / "environment.json"
    configuration.write_text(json.dumps(json.loads(SAMPLE.read_text()) | {"environment": "prod", "clock": "system"}))
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    context |= {"environment": "prod", "profile": "minimal", "configuration": str(configuration), "stream": "true"}
    app = App(context=context, outdir=str(folder / "out"))
    build(app)
    app.synth()
    templates: list[Path] = sorted((folder / "out").rglob("*.template.json"))
    return Application("prod", Profile.MINIMAL, tuple(templates), folder / "out")


def test_without_the_switch_nothing_of_the_stream_tier_is_there(application: Application) -> None:
    assert not [kind for kind in ("ECS::Service", "EC2::VPC", "ECR::Repository") if application.of(kind)]


def test_one_small_container_at_rest_without_a_gateway_that_costs(streaming: Application) -> None:
    (service,), (task,) = (streaming.properties(f"ECS::{kind}") for kind in ("Service", "TaskDefinition"))

    assert service["DesiredCount"] == 0
    assert (task["Cpu"], task["Memory"]) == ("256", "512")
    assert task["RuntimePlatform"]["CpuArchitecture"] == "ARM64"
    assert task["ContainerDefinitions"][0]["ReadonlyRootFilesystem"] is True
    assert not streaming.of("EC2::NatGateway")


def test_the_container_writes_quotes_and_its_lease_and_no_bar(streaming: Application) -> None:
    (task,) = streaming.properties("ECS::TaskDefinition")
    role = task["TaskRoleArn"]["Fn::GetAtt"][0]
    (statement,) = [
        row
        for policy in streaming.properties("IAM::Policy")
        if {"Ref": role} in policy["Roles"]
        for row in policy["PolicyDocument"]["Statement"]
    ]

    assert statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] == ["LEASE#stream", "QUOTE#*"]
    assert statement["Resource"] != "*"


def test_nobody_can_call_it(streaming: Application) -> None:
    (group,) = streaming.properties("EC2::SecurityGroup")

    assert "SecurityGroupIngress" not in group


def test_the_rule_packs_find_nothing_and_the_linter_passes(streaming: Application) -> None:
    from infra.synthesise import lint

    assert streaming.findings == []
    lint([path for path in streaming.templates if "stream" in path.name])
