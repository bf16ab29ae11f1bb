"""The rule packs, the linter, and errors that say what to do."""

import shutil
from pathlib import Path

import pytest

from infra.configuration import load
from infra.settings import Profile, SettingsError, environment, profile
from tests.infra.conftest import SAMPLE, Application, Case


def test_cdk_nag_finds_nothing_that_is_not_acknowledged(application: Application) -> None:
    assert application.findings == []


def test_a_rule_of_either_pack_broken_on_purpose_is_found(tmp_path: Path, empty_layers: None) -> None:
    from aws_cdk import App
    from aws_cdk import aws_sqs as sqs

    from infra.app import build
    from infra.synthesise import findings

    configuration = tmp_path / "environment.json"
    shutil.copyfile(SAMPLE, configuration)
    app = App(context={"environment": "local", "configuration": str(configuration)}, outdir=str(tmp_path / "out"))
    stage = build(app)
    sqs.Queue(stage.messaging, "Careless")

    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()

    careless = [line for line in findings(tmp_path / "out") if "Careless" in line]
    for rule in ("AwsSolutions-SQS4", "Serverless-SQSRedrivePolicy"):
        assert any(line.startswith(rule) for line in careless)


def test_cfn_lint_passes_on_the_smallest_and_the_largest(applications: dict[Case, Application]) -> None:
    from infra.synthesise import lint

    smallest, largest = applications["local", Profile.MINIMAL], applications["prod", Profile.FULL]

    lint([*smallest.templates, *largest.templates])


def test_everything_is_tagged_with_its_environment(application: Application) -> None:
    for table in application.properties("DynamoDB::Table"):
        tags = {row["Key"]: row["Value"] for row in table["Tags"]}
        assert tags["environment"] == application.environment
        assert tags["profile"] == application.profile


def test_an_unknown_environment_or_profile_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="unknown environment 'test': choose one of local, dev, prod"):
        environment("test")
    with pytest.raises(SettingsError, match="unknown profile 'big': choose one of minimal, standard, full"):
        profile("big")


def test_a_configuration_that_was_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    from aws_cdk import App

    from infra.app import build

    app = App(context={"environment": "dev", "configuration": str(tmp_path / "none.json")})

    with pytest.raises(SettingsError, match=r"none\.json is missing: run `tradewind config build dev`"):
        build(app)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is not JSON"),
        ('{"environment": "prod"}', "is not the configuration of 'dev'"),
        ('{"environment": "dev", "shards": []}', "lacks or misuses 'clock'"),
        (
            '{"environment": "dev", "clock": "system", "shards": [{"name": "s", "timeframe": "7m"}]}',
            "no schedule for timeframe '7m'",
        ),
    ],
)
def test_a_configuration_that_is_wrong_says_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "environment.json"
    path.write_text(text)

    with pytest.raises(SettingsError, match=complaint):
        load(path, "dev")
